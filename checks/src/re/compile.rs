// SPDX-License-Identifier: GPL-2.0-only
//! A tree becomes a program.

use std::sync::Arc;

use super::GROUPS;
use super::class::Set;
use super::heads::Heads;
use super::need::Need;
use super::parse::{Alt, Assert, Kind, Node, Parsed, first};
use super::vm::{ANY, Branches, Gate, Inst, Prog, Retry, Start};

/// Compiles a parsed pattern.
pub(crate) fn compile(parsed: &Parsed) -> Prog {
    assert!(parsed.groups <= GROUPS, "too many groups");
    let mut maker = Maker {
        code: Vec::new(),
        gates: Vec::new(),
        literals: Vec::new(),
        alts: Vec::new(),
        guards: 0,
        recursed: &parsed.recursed,
        bodies: [0; GROUPS],
    };
    maker.node(&parsed.node, Follow::ANYTHING);
    maker.code.push(Inst::Match);
    let (set, empty) = first(&parsed.node);
    Prog {
        code: maker.code,
        gates: maker.gates,
        literals: maker.literals,
        alts: maker.alts,
        guards: maker.guards as usize,
        retry: if anchored(&parsed.node) {
            Retry::Never
        } else if begins_with_anything(&parsed.node) {
            Retry::NextLine
        } else {
            Retry::Anywhere
        },
        slots: 2 * parsed.groups.max(1),
        names: begins_with_name(&parsed.node) && !refers(&parsed.node),
        words: !empty && begins_at_word(&parsed.node) && set.within(&Set::word()),
        start: if empty { Start::Any } else { Start::of(&set) },
        need: Need::of(&parsed.node),
    }
}

/// What can follow a node, or more: what else follows, it cannot lead to a match.
#[derive(Clone, Copy)]
struct Follow {
    set: Set,
    /// The end of the text.
    end: bool,
    /// There is a word's edge before it.
    edge: bool,
}

impl Follow {
    const ANYTHING: Follow = Follow {
        set: Set::ALL,
        end: true,
        edge: false,
    };

    /// What can follow if these nodes do, and then something else.
    fn of(nodes: &[Node], next: Follow) -> Self {
        let Some(head) = nodes.first() else {
            return next;
        };
        let mut all = Follow {
            set: Set::default(),
            end: false,
            edge: begins_at_word(head),
        };
        for node in nodes {
            if matches!(node, Node::Assert(Assert::End)) {
                all.set.add(b'\n');
                all.end = true;
                return all;
            }
            let (set, empty) = first(node);
            all.set.add_set(&set);
            if !empty {
                return all;
            }
        }
        all.set.add_set(&next.set);
        all.end |= next.end;
        all
    }

    fn or(mut self, other: Follow) -> Self {
        self.set.add_set(&other.set);
        self.end |= other.end;
        self.edge &= other.edge;
        self
    }

    /// Whether a loop over a set that is followed by this ends nowhere but
    /// where the set does. `inside` says that it begins within a word.
    fn only_at_end(&self, set: &Set, inside: bool) -> bool {
        self.set.apart(set) || (self.edge && inside && set.within(&Set::word()))
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

/// Whether a pattern begins with an identifier, perhaps with signs before it:
/// what does not match where a word starts does not where it goes on.
fn begins_with_name(node: &Node) -> bool {
    match node {
        Node::Ident(_) => true,
        Node::Cat(nodes) => {
            let signs = |node: &&Node| {
                matches!(node, Node::Repeat { min: 0, .. }) && first(node).0.apart(&Set::word())
            };
            let skipped = nodes.iter().take_while(signs).count();
            nodes.get(skipped).is_some_and(begins_with_name)
        }
        Node::Group(_, node) => begins_with_name(node),
        Node::Piece(node) => begins_with_name(node),
        _ => false,
    }
}

/// Whether a pattern refers to what it matched.
fn refers(node: &Node) -> bool {
    match node {
        Node::Backref(_) => true,
        Node::Cat(nodes) => nodes.iter().any(refers),
        Node::Alt(alt) => alt.branches.iter().any(refers),
        Node::Repeat { node, .. } | Node::Look { node, .. } => refers(node),
        Node::Group(_, node) | Node::Atomic(node) => refers(node),
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
    gates: Vec<Gate>,
    literals: Vec<u8>,
    alts: Vec<Branches>,
    guards: u32,
    recursed: &'p [usize],
    bodies: [u32; GROUPS],
}

fn index(count: usize) -> u32 {
    u32::try_from(count).expect("patterns are short")
}

impl Maker<'_> {
    fn here(&self) -> u32 {
        index(self.code.len())
    }

    fn gate(&mut self, set: &Set, end: bool, edge: bool) -> u32 {
        if *set == Set::ALL && end && !edge {
            return ANY;
        }
        let known = self.gates.iter().rposition(|gate| gate.is(set, end, edge));
        index(known.unwrap_or_else(|| {
            self.gates.push(Gate::new(set, end, edge));
            self.gates.len() - 1
        }))
    }

    fn set(&mut self, set: &Set) -> u32 {
        self.gate(set, false, false)
    }

    fn next(&mut self, next: Follow) -> u32 {
        self.gate(&next.set, next.end, next.edge)
    }

    /// A place for an instruction whose end is not known yet.
    fn place(&mut self) -> usize {
        self.code.push(Inst::Fail);
        self.code.len() - 1
    }

    /// Emits a node.
    fn node(&mut self, node: &Node, next: Follow) {
        match node {
            Node::Empty => {}
            Node::Set(set) => {
                let inst = match set.len() {
                    1 => Inst::Byte(set.bytes().next().unwrap_or_default()),
                    _ => Inst::Set(self.set(set)),
                };
                self.code.push(inst);
            }
            Node::Cat(nodes) => self.sequence(nodes, next),
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
                let at = self.place();
                self.node(node, Follow::ANYTHING);
                self.code.push(Inst::Done);
                self.code[at] = Inst::Look {
                    negative: *negative,
                    behind: behind.then(|| index(width(node))),
                    after: self.here(),
                };
            }
            Node::Atomic(node) => {
                let at = self.place();
                self.node(node, Follow::ANYTHING);
                self.code.push(Inst::Done);
                self.code[at] = Inst::Atomic { after: self.here() };
            }
            Node::Backref(group) => self.code.push(Inst::Backref(*group)),
            Node::Recurse(group) => self.code.push(Inst::Call(self.bodies[*group])),
            Node::LearntType => self.code.push(Inst::LearntType),
            Node::LearntModifier => self.code.push(Inst::LearntModifier),
            Node::Arg(number) => self.code.push(Inst::Arg(*number)),
            Node::Piece(node) => self.node(node, next),
            Node::Ident(node) => self.identifier(node, next),
            Node::TypeStart => self.code.push(Inst::TypeStart),
            Node::TypeName => self.code.push(Inst::TypeName),
        }
    }

    fn sequence(&mut self, nodes: &[Node], next: Follow) {
        let mut at = 0;
        while at < nodes.len() {
            let bytes: Vec<u8> = nodes[at..].iter().map_while(one).collect();
            if bytes.len() > 1 {
                self.code.push(Inst::Literal {
                    at: index(self.literals.len()),
                    len: index(bytes.len()),
                });
                self.literals.extend_from_slice(&bytes);
                at += bytes.len();
                continue;
            }
            self.node(&nodes[at], Follow::of(&nodes[at + 1..], next));
            at += 1;
        }
    }

    /// An identifier is a word, unless `##` follows: then the piece's own
    /// pattern decides.
    fn identifier(&mut self, node: &Node, next: Follow) {
        let at = self.place();
        let set = self.next(next);
        self.node(node, next);
        self.code[at] = Inst::Ident {
            after: self.here(),
            next: set,
            whole: next.only_at_end(&Set::word(), true),
        };
    }

    fn alternatives(&mut self, alt: &Arc<Alt>, next: Follow) {
        let number = self.alts.len();
        self.alts.push(Branches {
            alt: alt.clone(),
            starts: Vec::new(),
            after: 0,
        });
        self.code.push(Inst::Alt(index(number)));
        let mut starts = Vec::with_capacity(alt.branches.len());
        let mut ends = Vec::new();
        for (branch, heads) in alt.branches.iter().zip(&alt.heads) {
            starts.push(self.here());
            // What is nothing but text is compared where it is chosen.
            if !matches!(heads, Heads::Literal(..)) {
                self.node(branch, next);
                ends.push(self.place());
            }
        }
        let after = self.here();
        for end in ends {
            self.code[end] = Inst::Jump(after);
        }
        self.alts[number].starts = starts;
        self.alts[number].after = after;
    }

    fn group(&mut self, number: usize, node: &Node, next: Follow) {
        let slot = index(number * 2);
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
        let at = self.place();
        self.node(node, Follow::ANYTHING);
        self.code.push(Inst::Return);
        self.code[at] = Inst::Jump(self.here());
    }

    fn repeat(&mut self, node: &Node, min: u32, max: u32, kind: Kind, next: Follow) {
        if let Some(set) = single(node) {
            let only = kind == Kind::Greedy && next.only_at_end(&set, min > 0);
            let inst = Inst::Star {
                set: self.set(&set),
                min,
                max,
                kind: if only { Kind::Possessive } else { kind },
                next: self.next(next),
            };
            self.code.push(inst);
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
        let again = Follow::of(std::slice::from_ref(node), next).or(next);
        for _ in 0..min {
            self.node(node, again);
        }
        let (set, empty) = first(node);
        let body = if empty { ANY } else { self.set(&set) };
        let lazy = kind == Kind::Lazy;
        let next_gate = self.next(next);
        let fork = |after| Inst::Fork {
            body,
            next: next_gate,
            after,
            lazy,
        };
        if max == u32::MAX {
            let guard = empty.then(|| {
                self.guards += 1;
                self.guards - 1
            });
            let top = self.place();
            if let Some(guard) = guard {
                self.code.push(Inst::Enter(guard));
            }
            self.node(node, again);
            let top_at = index(top);
            self.code.push(match guard {
                Some(guard) => Inst::Again { guard, top: top_at },
                None => Inst::Jump(top_at),
            });
            self.code[top] = fork(self.here());
        } else {
            let mut exits = Vec::new();
            for _ in min..max {
                exits.push(self.place());
                self.node(node, again);
            }
            let after = self.here();
            for at in exits {
                self.code[at] = fork(after);
            }
        }
    }
}

/// The byte of a node that takes nothing else.
fn one(node: &Node) -> Option<u8> {
    match node {
        Node::Set(set) if set.len() == 1 => set.bytes().next(),
        _ => None,
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
