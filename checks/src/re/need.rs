// SPDX-License-Identifier: GPL-2.0-only
//! What a text must contain for a pattern to have a chance, as a few bits that
//! are compared in a nanosecond; computed from the pattern itself.

use std::sync::Arc;

use super::class::Set;
use super::parse::Node;

/// A text with a summary of its letters and pairs of letters.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'t> {
    /// The text.
    pub(crate) bytes: &'t [u8],
    has: Mask,
}

impl<'t> Text<'t> {
    /// A text that many patterns will be tried on.
    pub(crate) fn scan(bytes: &'t [u8]) -> Self {
        let mut has = Mask::default();
        let mut previous = None;
        for &byte in bytes {
            has.note(previous, byte);
            previous = Some(byte);
        }
        Self { bytes, has }
    }

    /// The same for a text that may be the same as another.
    pub(crate) fn scan_like(bytes: &'t [u8], other: &Text<'_>) -> Self {
        if bytes == other.bytes {
            let has = other.has;
            return Self { bytes, has };
        }
        Self::scan(bytes)
    }

    /// A text whose summary is known, or that of a larger one.
    pub(crate) fn with(bytes: &'t [u8], summary: &Summary) -> Self {
        Self {
            bytes,
            has: summary.0,
        }
    }
}

/// The summary of a text that is kept elsewhere.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Summary(Mask);

impl Summary {
    /// Adds a line and its end, where its diff marker may become a blank.
    pub(crate) fn add_line(&mut self, line: &Text<'_>) {
        self.0.add(&line.has);
        self.0.note(line.bytes.last().copied(), b'\n');
        for first in [line.bytes.first().copied().unwrap_or(b'\n'), b' '] {
            self.0.note(Some(b'\n'), first);
            self.0
                .note(Some(first), line.bytes.get(1).copied().unwrap_or(b'\n'));
        }
    }
}

impl Text<'_> {
    fn is_unknown(&self) -> bool {
        self.has.letters == u128::MAX
    }
}

impl<'t> From<&'t [u8]> for Text<'t> {
    /// A text for one pattern: not worth a summary.
    fn from(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            has: Mask {
                letters: u128::MAX,
                pairs: u128::MAX,
            },
        }
    }
}

impl<'t> From<&'t Vec<u8>> for Text<'t> {
    fn from(bytes: &'t Vec<u8>) -> Self {
        bytes.as_slice().into()
    }
}

/// Bits of letters (exact, ASCII) and of pairs (hashed).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask {
    letters: u128,
    pairs: u128,
}

impl Mask {
    pub(super) const EMPTY: Mask = Mask {
        letters: 0,
        pairs: 0,
    };

    /// One of the letters, the rarest by a guess.
    const fn rare(&self) -> Option<u8> {
        let (mut rare, mut least, mut byte) = (None, u8::MAX, 0_u8);
        while byte < 128 {
            if self.letters >> byte & 1 != 0 && commonness(byte) < least {
                (rare, least) = (Some(byte), commonness(byte));
            }
            byte += 1;
        }
        rare
    }

    pub(super) const fn note(&mut self, previous: Option<u8>, byte: u8) {
        if byte < 128 {
            self.letters |= 1 << byte;
        }
        if let Some(previous) = previous {
            let hash = (previous as u32).wrapping_mul(37) ^ (byte as u32).wrapping_mul(101);
            self.pairs |= 1 << ((hash ^ (hash >> 7)) & 127);
        }
    }

    #[inline]
    fn within(&self, other: &Mask) -> bool {
        self.letters & !other.letters == 0 && self.pairs & !other.pairs == 0
    }

    fn meets(&self, other: &Mask) -> bool {
        self.letters & other.letters != 0 || self.pairs & other.pairs != 0
    }

    fn add(&mut self, other: &Mask) {
        self.letters |= other.letters;
        self.pairs |= other.pairs;
    }

    /// Each bit as a mask.
    fn bits(&self) -> Vec<Mask> {
        let single = |mut bits: u128| {
            std::iter::from_fn(move || {
                let bit = bits & bits.wrapping_neg();
                bits ^= bit;
                (bit != 0).then_some(bit)
            })
        };
        let letter = |letters| Mask { letters, pairs: 0 };
        let pair = |pairs| Mask { letters: 0, pairs };
        let letters = single(self.letters).map(letter);
        letters.chain(single(self.pairs).map(pair)).collect()
    }

    fn is_empty(&self) -> bool {
        self.letters == 0 && self.pairs == 0
    }
}

/// Letters and pairs that are all needed: kept where a look at it costs nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct All(Mask);

impl All {
    /// Whether a text may have them.
    #[inline]
    pub(crate) fn met(&self, text: &Text<'_>) -> bool {
        self.0.within(&text.has)
    }

    /// Whether it is needed, too.
    pub(crate) fn has(&self, plain: &Plain) -> bool {
        plain.mask.within(&self.0)
    }
}

/// What the text of a pattern says that is needed, see [`super::plain`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plain {
    mask: Mask,
    /// One of the letters, the rarest by a guess.
    rare: Option<u8>,
}

impl Plain {
    pub(crate) const fn of(pattern: &str, flags: &str) -> Self {
        let mask = super::plain::mask(pattern, flags);
        Self {
            mask,
            rare: mask.rare(),
        }
    }

    /// Whether a text may have it.
    #[inline]
    pub(crate) fn met(&self, text: &Text<'_>) -> bool {
        if text.is_unknown() {
            return self
                .rare
                .is_none_or(|byte| memchr::memchr(byte, text.bytes).is_some());
        }
        self.mask.within(&text.has)
    }
}

/// Signs are rarer than letters, and some than others.
const fn commonness(byte: u8) -> u8 {
    if byte.is_ascii_alphanumeric() {
        return 2;
    }
    matches!(byte, b' ' | b'\t' | b'+' | b'(' | b')' | b',' | b';' | b'_') as u8
}

/// All of the clauses must hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    pub(crate) all: All,
    /// One bit of each.
    any: Vec<Mask>,
    /// All bits of one mask of each.
    clauses: Vec<Arc<Vec<Mask>>>,
    /// A letter that is needed in any case, the rarest by a guess.
    rare: Option<u8>,
}

/// More alternatives than this are slower to compare than to try.
const ALTERNATIVES: usize = 24;

/// What must hold besides.
#[derive(Clone, Debug)]
pub(crate) enum Clause {
    /// One bit of a mask.
    Any(Mask),
    /// All bits of one of the masks.
    OneOf(Arc<Vec<Mask>>),
}

impl Clause {
    /// Of how many masks one must be there.
    fn len(&self) -> usize {
        match self {
            Clause::Any(mask) => (mask.letters.count_ones() + mask.pairs.count_ones()) as usize,
            Clause::OneOf(masks) => masks.len(),
        }
    }
}

impl Need {
    /// What a pattern needs.
    pub(crate) fn of(node: &Node) -> Self {
        let mut found = Vec::new();
        let all = gather(node, &mut found);
        let mut any: Vec<Mask> = Vec::new();
        let mut clauses = Vec::new();
        for clause in found {
            match clause {
                Clause::Any(one) if any.contains(&one) || one.meets(&all) => {}
                Clause::Any(one) => any.push(one),
                Clause::OneOf(masks) if masks.iter().any(|mask| mask.within(&all)) => {}
                Clause::OneOf(masks) => clauses.push(masks),
            }
        }
        Self {
            all: All(all),
            any,
            clauses,
            rare: all.rare(),
        }
    }

    /// Whether a text that has all of the letters has the rest.
    pub(crate) fn met(&self, text: &Text<'_>) -> bool {
        if text.is_unknown() {
            return self
                .rare
                .is_none_or(|byte| memchr::memchr(byte, text.bytes).is_some());
        }
        self.any.iter().all(|mask| mask.meets(&text.has))
            && self
                .clauses
                .iter()
                .all(|clause| clause.iter().any(|mask| mask.within(&text.has)))
    }
}

/// The letters that a node needs in any case; alternatives become clauses.
fn gather(node: &Node, clauses: &mut Vec<Clause>) -> Mask {
    let mut mask = Mask::default();
    match node {
        Node::Set(set) => small(set, &mut mask, clauses),
        Node::Cat(nodes) => {
            let mut previous: Option<Set> = None;
            for node in nodes {
                if matches!(node, Node::Assert(_) | Node::TypeStart | Node::TypeName) {
                    continue;
                }
                let (head, tail) = edges(node);
                if let (Some(previous), Some(head)) = (previous, head) {
                    pairs(&previous, &head, &mut mask, clauses);
                }
                mask.add(&gather(node, clauses));
                previous = tail;
            }
        }
        Node::Alt(alt) => {
            let masks = alt.masks.get_or_init(|| {
                let masks: Vec<Mask> = alt.branches.iter().flat_map(choices).collect();
                let fine = masks.len() <= ALTERNATIVES && masks.iter().all(|mask| !mask.is_empty());
                fine.then(|| Arc::new(masks))
            });
            if let Some(masks) = masks {
                clauses.push(Clause::OneOf(masks.clone()));
            }
        }
        Node::Repeat { node, min, .. } if *min > 0 => return gather(node, clauses),
        Node::Group(_, node) | Node::Atomic(node) => return gather(node, clauses),
        Node::Piece(node) | Node::Ident(node) => return gather(node, clauses),
        _ => {}
    }
    mask
}

/// The bytes that a node always begins with and ends with.
fn edges(node: &Node) -> (Option<Set>, Option<Set>) {
    match node {
        Node::Set(set) => (Some(*set), Some(*set)),
        Node::Repeat { node, min, .. } if *min > 0 => match &**node {
            Node::Set(set) => (Some(*set), Some(*set)),
            _ => (None, None),
        },
        Node::Group(_, node) | Node::Atomic(node) => edges(node),
        Node::Piece(node) => edges(node),
        Node::Cat(nodes) => {
            let head = nodes.first().and_then(|node| edges(node).0);
            let tail = nodes.last().and_then(|node| edges(node).1);
            (head, tail)
        }
        _ => (None, None),
    }
}

/// Pairs of more bytes than these are in every text.
const PAIRS: u32 = 12;

fn pairs(one: &Set, other: &Set, mask: &mut Mask, clauses: &mut Vec<Clause>) {
    if one.len() * other.len() > PAIRS {
        return;
    }
    let mut any = Mask::default();
    for previous in one.bytes() {
        for byte in other.bytes() {
            any.note(Some(previous), byte);
        }
    }
    any.letters = 0;
    if one.len() * other.len() == 1 {
        mask.add(&any);
    } else {
        clauses.push(Clause::Any(any));
    }
}

/// What a node needs, as masks of which one must be there.
fn choices(node: &Node) -> Vec<Mask> {
    let mut clauses = Vec::new();
    let all = gather(node, &mut clauses);
    let with_all = |mut mask: Mask| {
        mask.add(&all);
        mask
    };
    // Further choices would only multiply.
    let least = clauses.into_iter().min_by_key(Clause::len);
    let masks = match least {
        Some(clause) if clause.len() <= ALTERNATIVES / 2 => match clause {
            Clause::Any(mask) => mask.bits(),
            Clause::OneOf(masks) => masks.to_vec(),
        },
        _ => return vec![all],
    };
    masks.into_iter().map(with_all).collect()
}

/// Sets of more bytes than these are in every text.
const BYTES: u32 = 40;

fn small(set: &Set, mask: &mut Mask, clauses: &mut Vec<Clause>) {
    let Some(letters) = set.ascii() else {
        return;
    };
    let one = Mask { letters, pairs: 0 };
    match set.len() {
        1 => mask.add(&one),
        2..=BYTES => clauses.push(Clause::Any(one)),
        _ => {}
    }
}
