// SPDX-License-Identifier: GPL-2.0-only
//! A tree becomes a program.

use super::GROUPS;
use super::class::Set;
use super::need::Need;
use super::parse::{Assert, Kind, Node, Parsed, first, first_of};
use super::vm::{Inst, Prog, Retry};

/// Compiles a parsed pattern.
pub(crate) fn compile(parsed: &Parsed) -> Prog {
    assert!(parsed.groups <= GROUPS, "too many groups");
    let mut maker = Maker {
        code: Vec::new(),
        sets: Vec::new(),
        alts: Vec::new(),
        guards: 0,
        recursed: &parsed.recursed,
        bodies: [0; GROUPS],
    };
    maker.node(&parsed.node, None);
    maker.code.push(Inst::Match);
    let (set, empty) = first(&parsed.node);
    Prog {
        code: maker.code,
        sets: maker.sets,
        alts: maker.alts,
        guards: maker.guards,
        retry: if anchored(&parsed.node) {
            Retry::Never
        } else if begins_with_anything(&parsed.node) {
            Retry::NextLine
        } else {
            Retry::Anywhere
        },
        slots: 2 * parsed.groups.max(1),
        words: !empty && begins_at_word(&parsed.node) && set.within(&Set::word()),
        first: (!empty).then_some(set),
        need: Need::of(&parsed.node),
    }
}

fn anchored(node: &Node) -> bool {
    match node {
        Node::Assert(Assert::Start) => true,
        Node::Cat(nodes) => nodes.first().is_some_and(anchored),
        Node::Group(_, node) | Node::Atomic(node) => anchored(node),
        Node::Alt(alt) => alt.branches.iter().all(anchored),
        _ => false,
    }
}

/// Whether a pattern begins with `\b`.
fn begins_at_word(node: &Node) -> bool {
    match node {
        Node::Assert(Assert::Word) => true,
        Node::Cat(nodes) => nodes.first().is_some_and(begins_at_word),
        Node::Group(_, node) | Node::Atomic(node) => begins_at_word(node),
        Node::Piece(node) => begins_at_word(node),
        Node::Alt(alt) => alt.branches.iter().all(begins_at_word),
        _ => false,
    }
}

/// Whether a pattern begins with `.*`.
fn begins_with_anything(node: &Node) -> bool {
    match node {
        Node::Repeat {
            node,
            min: 0,
            max: u32::MAX,
            kind: Kind::Greedy | Kind::Lazy,
        } => matches!(&**node, Node::Set(set) if *set == Set::of(b'\n').inverse()),
        Node::Cat(nodes) => nodes.first().is_some_and(begins_with_anything),
        Node::Group(_, node) => begins_with_anything(node),
        _ => false,
    }
}

struct Maker<'p> {
    code: Vec<Inst>,
    sets: Vec<Set>,
    alts: Vec<(std::sync::Arc<super::parse::Alt>, Vec<u32>)>,
    guards: u32,
    recursed: &'p [usize],
    bodies: [u32; GROUPS],
}

impl Maker<'_> {
    fn here(&self) -> u32 {
        u32::try_from(self.code.len()).expect("patterns are short")
    }

    fn set(&mut self, set: &Set) -> u32 {
        let index = self.sets.iter().position(|known| known == set);
        u32::try_from(index.unwrap_or_else(|| {
            self.sets.push(*set);
            self.sets.len() - 1
        }))
        .expect("patterns are short")
    }

    /// Emits a node; `next` are the bytes that must follow it, if that is known.
    fn node(&mut self, node: &Node, next: Option<Set>) {
        match node {
            Node::Empty => {}
            Node::Set(set) => {
                let inst = match set.len() {
                    1 => Inst::Byte(set.bytes().next().unwrap_or_default()),
                    _ => Inst::Set(self.set(set)),
                };
                self.code.push(inst);
            }
            Node::Cat(nodes) => {
                for (index, node) in nodes.iter().enumerate() {
                    let (mut set, empty) = first_of(&nodes[index + 1..]);
                    let follows = match (empty, next) {
                        (false, _) => Some(set),
                        (true, Some(next)) => {
                            set.add_set(&next);
                            Some(set)
                        }
                        (true, None) => None,
                    };
                    // A look or an assertion that is known to fail is cheaper
                    // than the set; both are only a hint.
                    self.node(node, follows);
                }
            }
            Node::Alt(alt) => self.alternatives(alt, next),
            Node::Repeat {
                node,
                min,
                max,
                kind,
            } => self.repeat(node, *min, *max, *kind, next),
            Node::Group(number, node) => self.group(*number, node, next),
            Node::Assert(assert) => self.code.push(Inst::Assert(*assert)),
            Node::Look {
                node,
                behind,
                negative,
            } => {
                let at = self.code.len();
                self.code.push(Inst::Fail);
                self.node(node, None);
                self.code.push(Inst::Done);
                self.code[at] = Inst::Look {
                    negative: *negative,
                    behind: behind.then(|| width(node)),
                    after: self.here(),
                };
            }
            Node::Atomic(node) => {
                let at = self.code.len();
                self.code.push(Inst::Fail);
                self.node(node, None);
                self.code.push(Inst::Done);
                self.code[at] = Inst::Atomic { after: self.here() };
            }
            Node::Backref(group) => self.code.push(Inst::Backref(*group)),
            Node::Recurse(group) => self.code.push(Inst::Call(self.bodies[*group])),
            Node::LearntType => self.code.push(Inst::LearntType),
            Node::LearntModifier => self.code.push(Inst::LearntModifier),
            Node::Arg(number) => self.code.push(Inst::Arg(*number)),
            Node::Piece(node) => self.node(node, next),
        }
    }

    fn alternatives(&mut self, alt: &std::sync::Arc<super::parse::Alt>, next: Option<Set>) {
        let index = self.alts.len();
        self.alts.push((alt.clone(), Vec::new()));
        self.code
            .push(Inst::Alt(u32::try_from(index).expect("patterns are short")));
        let mut starts = Vec::new();
        let mut ends = Vec::new();
        for branch in &alt.branches {
            starts.push(self.here());
            self.node(branch, next);
            ends.push(self.code.len());
            self.code.push(Inst::Fail);
        }
        let after = self.here();
        for end in ends {
            self.code[end] = Inst::Jump(after);
        }
        self.alts[index].1 = starts;
    }

    fn group(&mut self, number: usize, node: &Node, next: Option<Set>) {
        let slot = number * 2;
        self.code.push(Inst::Save(slot));
        if !self.recursed.contains(&number) {
            self.node(node, next);
            self.code.push(Inst::Save(slot + 1));
            return;
        }
        let body = self.here() + 3;
        self.bodies[number] = body;
        self.code.push(Inst::Call(body));
        self.code.push(Inst::Save(slot + 1));
        let at = self.code.len();
        self.code.push(Inst::Fail);
        self.node(node, None);
        self.code.push(Inst::Return);
        self.code[at] = Inst::Jump(self.here());
    }

    fn repeat(&mut self, node: &Node, min: u32, max: u32, kind: Kind, next: Option<Set>) {
        if let Some(set) = single(node) {
            let set = self.set(&set);
            let next = next.filter(|set| *set != Set::ALL);
            let next = next.map(|next| self.set(&next));
            self.code.push(Inst::Star {
                set,
                min,
                max,
                kind,
                next,
            });
            return;
        }
        if kind == Kind::Possessive {
            let loops = Node::Repeat {
                node: Box::new(node.clone()),
                min,
                max,
                kind: Kind::Greedy,
            };
            self.node(&Node::Atomic(Box::new(loops)), next);
            return;
        }
        for _ in 0..min {
            self.node(node, None);
        }
        if max == u32::MAX {
            self.endless(node, kind);
        } else {
            let mut exits = Vec::new();
            for _ in min..max {
                exits.push(self.code.len());
                self.code.push(Inst::Fail);
                self.node(node, None);
            }
            let after = self.here();
            for at in exits {
                let inside = u32::try_from(at + 1).expect("patterns are short");
                self.code[at] = split(kind, inside, after);
            }
        }
    }

    fn endless(&mut self, node: &Node, kind: Kind) {
        let guard = first(node).1.then(|| {
            self.guards += 1;
            self.guards - 1
        });
        let top = self.here();
        self.code.push(Inst::Fail);
        if let Some(guard) = guard {
            self.code.push(Inst::Enter(guard));
        }
        let inside = top + 1;
        self.node(node, None);
        match guard {
            Some(guard) => self.code.push(Inst::Again { guard, top }),
            None => self.code.push(Inst::Jump(top)),
        }
        self.code[top as usize] = split(kind, inside, self.here());
    }
}

fn split(kind: Kind, inside: u32, after: u32) -> Inst {
    match kind {
        Kind::Lazy => Inst::Split(after, inside),
        _ => Inst::Split(inside, after),
    }
}

/// The set of a node that always takes one byte.
fn single(node: &Node) -> Option<Set> {
    match node {
        Node::Set(set) => Some(*set),
        Node::Piece(node) => single(node),
        Node::Alt(alt) => {
            let mut all = Set::default();
            for branch in &alt.branches {
                all.add_set(&single(branch)?);
            }
            Some(all)
        }
        _ => None,
    }
}

/// How many bytes a node takes; what looks behind takes a fixed number.
fn width(node: &Node) -> usize {
    match node {
        Node::Set(_) => 1,
        Node::Cat(nodes) => nodes.iter().map(width).sum(),
        Node::Alt(alt) => width(&alt.branches[0]),
        Node::Group(_, node) | Node::Atomic(node) => width(node),
        Node::Piece(node) => width(node),
        _ => 0,
    }
}
