// SPDX-License-Identifier: GPL-2.0-only
//! What a branch of a pattern begins with, in up to eight bytes: a comparison
//! of one number tells whether it is worth being run.

use super::class::Set;
use super::parse::Node;
use crate::lang::Lang;

/// More beginnings than this are not worth being compared.
const MANY: usize = 4;
/// Bytes that are compared.
const LENGTH: u32 = 8;

/// The beginnings of a branch, of which one must be there.
#[derive(Clone, Debug)]
pub(crate) enum Heads {
    /// Nothing is known.
    Any,
    /// Bytes and the bits of them that count.
    Bytes(Vec<(u64, u64)>),
    /// The branch is nothing but this text; its beginning as above.
    Literal(Box<[u8]>, u64, u64),
    /// A modifier that was learnt.
    Modifier,
    /// A word that ends as the names of types do.
    TypeName,
}

impl Heads {
    /// The beginnings of a node.
    pub(crate) fn of(node: &Node) -> Self {
        match node {
            Node::LearntModifier => return Heads::Modifier,
            Node::Cat(nodes) if matches!(nodes.first(), Some(Node::TypeName)) => {
                return Heads::TypeName;
            }
            _ => {}
        }
        if let Some(text) = literal(node) {
            let mut head = Head::default();
            for byte in &text {
                head = head.push(*byte, 0xff);
            }
            return Heads::Literal(text.into(), head.bytes, head.mask);
        }
        match extend(node, vec![Head::default()]) {
            Some(heads) if heads.iter().all(|head| head.len > 0) => {
                Heads::Bytes(heads.iter().map(|head| (head.bytes, head.mask)).collect())
            }
            _ => Heads::Any,
        }
    }

    /// Whether a branch may match at a place; `ahead` are the bytes there.
    #[inline]
    pub(crate) fn fit(&self, lang: &Lang, rest: &[u8], ahead: u64) -> bool {
        match self {
            Heads::Any => true,
            Heads::Bytes(heads) => heads
                .iter()
                .any(|(bytes, mask)| (ahead ^ bytes) & mask == 0),
            Heads::Literal(text, bytes, mask) => {
                (ahead ^ bytes) & mask == 0 && (text.len() <= 8 || rest.starts_with(text))
            }
            Heads::Modifier => !lang.modifiers().is_empty(),
            Heads::TypeName => super::words::names_type(rest),
        }
    }
}

/// The next bytes of a text; what is after its end is 0.
#[inline]
pub(crate) fn ahead(rest: &[u8]) -> u64 {
    match rest.first_chunk::<8>() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => {
            let mut bytes = [0; 8];
            bytes[..rest.len()].copy_from_slice(rest);
            u64::from_le_bytes(bytes)
        }
    }
}

/// The text of a node that is nothing else.
fn literal(node: &Node) -> Option<Vec<u8>> {
    fn add(node: &Node, text: &mut Vec<u8>) -> bool {
        match node {
            Node::Set(set) if set.len() == 1 => {
                text.extend(set.bytes());
                true
            }
            Node::Cat(nodes) => nodes.iter().all(|node| add(node, text)),
            _ => false,
        }
    }
    let mut text = Vec::new();
    add(node, &mut text).then_some(text)
}

#[derive(Clone, Copy, Default)]
struct Head {
    bytes: u64,
    mask: u64,
    len: u32,
    /// What follows is not known.
    closed: bool,
}

impl Head {
    fn push(mut self, byte: u8, mask: u8) -> Self {
        if self.len < LENGTH {
            self.bytes |= u64::from(byte & mask) << (8 * self.len);
            self.mask |= u64::from(mask) << (8 * self.len);
            self.len += 1;
        }
        self.closed |= self.len == LENGTH;
        self
    }

    fn close(mut self) -> Self {
        self.closed = true;
        self
    }
}

/// The heads with a node after them; nothing if there would be too many.
fn extend(node: &Node, heads: Vec<Head>) -> Option<Vec<Head>> {
    if heads.iter().all(|head| head.closed) {
        return Some(heads);
    }
    let heads = match node {
        Node::Set(set) => after_set(set, &heads),
        Node::Cat(nodes) => {
            let mut heads = heads;
            for node in nodes {
                heads = extend(node, heads)?;
            }
            heads
        }
        Node::Alt(alt) => {
            let mut all: Vec<Head> = heads.iter().copied().filter(|head| head.closed).collect();
            let open: Vec<Head> = heads.into_iter().filter(|head| !head.closed).collect();
            for branch in &alt.branches {
                all.extend(extend(branch, open.clone())?);
                if all.len() > MANY {
                    return None;
                }
            }
            all
        }
        Node::Repeat { node, min, max, .. } => {
            let mut all = if *min == 0 { heads.clone() } else { Vec::new() };
            let once = extend(node, heads)?;
            let only = *max == 1;
            all.extend(once.into_iter().map(|head| match only {
                true => head,
                false => head.close(),
            }));
            all
        }
        Node::Group(_, node) | Node::Atomic(node) => extend(node, heads)?,
        Node::Piece(node) => extend(node, heads)?,
        Node::Empty | Node::Assert(_) | Node::Look { .. } | Node::TypeStart | Node::TypeName => {
            heads
        }
        _ => heads.into_iter().map(Head::close).collect(),
    };
    (heads.len() <= MANY).then_some(heads)
}

fn after_set(set: &Set, heads: &[Head]) -> Vec<Head> {
    let mut out = Vec::new();
    for head in heads {
        let bytes: Vec<u8> = set.bytes().take(3).collect();
        match bytes[..] {
            _ if head.closed => out.push(*head),
            [byte] => out.push(head.push(byte, 0xff)),
            [upper, lower] if lower == upper | 0x20 && upper.is_ascii_uppercase() => {
                out.push(head.push(upper, !0x20));
            }
            [one, other] => {
                out.push(head.push(one, 0xff));
                out.push(head.push(other, 0xff));
            }
            _ => out.push(head.close()),
        }
    }
    out
}
