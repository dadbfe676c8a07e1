// SPDX-License-Identifier: GPL-2.0-only
//! What a text must contain for a pattern to have a chance, as a few bits that
//! are compared in a nanosecond; computed from the pattern itself.

use std::cell::OnceCell;

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

    /// A text whose summary is kept: made when it is first needed.
    pub(crate) fn scan_once(bytes: &'t [u8], summary: &OnceCell<Summary>) -> Self {
        let summary = summary.get_or_init(|| Summary(Self::scan(bytes).has));
        Self {
            bytes,
            has: summary.0,
        }
    }
}

/// The summary of a text that is kept elsewhere.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary(Mask);

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
struct Mask {
    letters: u128,
    pairs: u128,
}

impl Mask {
    fn note(&mut self, previous: Option<u8>, byte: u8) {
        if byte < 128 {
            self.letters |= 1 << byte;
        }
        if let Some(previous) = previous {
            let hash = u32::from(previous).wrapping_mul(37) ^ u32::from(byte).wrapping_mul(101);
            self.pairs |= 1 << ((hash ^ (hash >> 7)) & 127);
        }
    }

    fn within(&self, other: &Mask) -> bool {
        self.letters & other.letters == self.letters && self.pairs & other.pairs == self.pairs
    }

    fn is_empty(&self) -> bool {
        self.letters == 0 && self.pairs == 0
    }
}

/// All of the clauses must hold; a clause holds if one of its masks does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Need {
    clauses: Vec<Vec<Mask>>,
    /// A letter that is needed in any case, the rarest by a guess.
    rare: Option<u8>,
}

/// More alternatives than this are slower to compare than to try.
const ALTERNATIVES: usize = 24;

impl Need {
    /// What a pattern needs.
    pub(crate) fn of(node: &Node) -> Self {
        let mut clauses = Vec::new();
        let all = gather(node, &mut clauses);
        if !all.is_empty() {
            clauses.insert(0, vec![all]);
        }
        // Signs are rarer than letters, and those at the end rarer than others.
        let rare = (0..128u8)
            .filter(|byte| all.letters >> byte & 1 != 0)
            .min_by_key(|byte| (byte.is_ascii_alphanumeric(), b" \t+(),;_".contains(byte)));
        Self { clauses, rare }
    }

    /// Whether a text has it.
    pub(crate) fn met(&self, text: &Text<'_>) -> bool {
        if text.is_unknown() {
            return self
                .rare
                .is_none_or(|byte| memchr::memchr(byte, text.bytes).is_some());
        }
        self.clauses
            .iter()
            .all(|clause| clause.iter().any(|mask| mask.within(&text.has)))
    }
}

/// The letters that a node needs in any case; alternatives become clauses.
fn gather(node: &Node, clauses: &mut Vec<Vec<Mask>>) -> Mask {
    let mut mask = Mask::default();
    match node {
        Node::Set(set) => small(set, &mut mask, clauses),
        Node::Cat(nodes) => {
            let mut previous = None;
            for node in nodes {
                let one = match node {
                    Node::Set(set) if set.len() == 1 => set.bytes().next(),
                    _ => None,
                };
                if let Some(byte) = one {
                    mask.note(previous, byte);
                } else if !matches!(node, Node::Assert(_)) {
                    let inner = gather(node, clauses);
                    mask.letters |= inner.letters;
                    mask.pairs |= inner.pairs;
                } else {
                    continue;
                }
                previous = one;
            }
        }
        Node::Alt(alt) => {
            let masks: Vec<Mask> = alt.branches.iter().flat_map(choices).collect();
            if masks.len() <= ALTERNATIVES && masks.iter().all(|mask| !mask.is_empty()) {
                clauses.push(masks);
            }
        }
        Node::Repeat { node, min, .. } if *min > 0 => return gather(node, clauses),
        Node::Group(_, node) | Node::Atomic(node) => return gather(node, clauses),
        Node::Piece(node) => return gather(node, clauses),
        _ => {}
    }
    mask
}

/// What a node needs, as masks of which one must be there.
fn choices(node: &Node) -> Vec<Mask> {
    let mut clauses = Vec::new();
    let all = gather(node, &mut clauses);
    // Further choices would only multiply.
    match clauses.into_iter().min_by_key(Vec::len) {
        Some(clause) if clause.len() <= ALTERNATIVES / 2 => clause
            .into_iter()
            .map(|mut mask| {
                mask.letters |= all.letters;
                mask.pairs |= all.pairs;
                mask
            })
            .collect(),
        _ => vec![all],
    }
}

fn small(set: &Set, mask: &mut Mask, clauses: &mut Vec<Vec<Mask>>) {
    if set.len() == 1 {
        for byte in set.bytes() {
            mask.note(None, byte);
        }
    } else if set.len() <= 6 {
        clauses.push(
            set.bytes()
                .map(|byte| {
                    let mut mask = Mask::default();
                    mask.note(None, byte);
                    mask
                })
                .collect(),
        );
    }
}
