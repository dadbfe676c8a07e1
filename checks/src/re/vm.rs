// SPDX-License-Identifier: GPL-2.0-only
//! Runs a program over a text.

use std::cell::RefCell;
use std::sync::Arc;

use super::class::Set;
use super::heads::{self, Heads};
use super::need::Need;
use super::parse::{Alt, Assert, Kind};
use super::words::{self, is_word};
use super::{GROUPS, UNSET};
use crate::lang::Lang;

/// Steps after which a match is given up. A pattern needs tens to thousands;
/// only a text made for it needs more.
const STEPS: u32 = 200_000;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Prog {
    pub(crate) code: Vec<Inst>,
    pub(crate) gates: Vec<Gate>,
    pub(crate) literals: Vec<u8>,
    pub(crate) alts: Vec<Branches>,
    pub(crate) guards: usize,
    /// Where else to look if there is no match at the first place.
    pub(crate) retry: Retry,
    /// Slots of the groups that it has.
    pub(crate) slots: usize,
    /// A match starts where a word does.
    pub(crate) words: bool,
    /// A match that starts in a word could start where the word does.
    pub(crate) names: bool,
    pub(crate) start: Start,
    pub(crate) need: Need,
}

/// What may be at a place for it to be worth going on: a byte of a set, or the
/// end of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gate {
    set: Set,
    end: bool,
    /// It must be where a word begins or ends.
    edge: bool,
    shape: Shape,
}

/// Sets that are found faster than byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    All,
    Line,
    One(u8),
    Other,
}

impl Gate {
    pub(crate) fn new(set: &Set, end: bool, edge: bool) -> Self {
        let shape = match set.bytes().next() {
            Some(_) if *set == Set::ALL => Shape::All,
            Some(_) if *set == Set::of(b'\n').inverse() => Shape::Line,
            Some(byte) if set.len() == 1 => Shape::One(byte),
            _ => Shape::Other,
        };
        Self {
            set: *set,
            end,
            edge,
            shape,
        }
    }

    pub(crate) fn is(&self, set: &Set, end: bool, edge: bool) -> bool {
        self.set == *set && self.end == end && self.edge == edge
    }

    /// How many bytes of a text are of the set.
    #[inline]
    fn count(&self, text: &[u8]) -> usize {
        let end = match self.shape {
            Shape::All => None,
            Shape::Line => memchr::memchr(b'\n', text),
            _ => text.iter().position(|byte| !self.set.has(*byte)),
        };
        end.unwrap_or(text.len())
    }

    /// Where the last of them is.
    #[inline]
    fn last(&self, text: &[u8]) -> Option<usize> {
        match self.shape {
            Shape::One(byte) => memchr::memrchr(byte, text),
            _ => text.iter().rposition(|byte| self.set.has(*byte)),
        }
    }
}

/// Alternatives, where the code of each is, and where it goes on after them.
#[derive(Debug)]
pub(crate) struct Branches {
    pub(crate) alt: Arc<Alt>,
    pub(crate) starts: Vec<u32>,
    pub(crate) after: u32,
}

/// The number of the gate that is always open.
pub(crate) const ANY: u32 = u32::MAX;

/// The bytes that a match can start with.
#[derive(Debug)]
pub(crate) enum Start {
    Any,
    One(u8),
    Two(u8, u8),
    Three(u8, u8, u8),
    Set(Set),
}

impl Start {
    pub(crate) fn of(set: &Set) -> Self {
        let bytes: Vec<u8> = set.bytes().take(4).collect();
        match bytes[..] {
            [one] => Start::One(one),
            [one, two] => Start::Two(one, two),
            [one, two, three] => Start::Three(one, two, three),
            _ => Start::Set(*set),
        }
    }

    /// How far the next of them is.
    #[inline]
    fn find(&self, text: &[u8]) -> Option<usize> {
        match self {
            Start::Any => Some(0),
            Start::One(one) => memchr::memchr(*one, text),
            Start::Two(one, two) => memchr::memchr2(*one, *two, text),
            Start::Three(one, two, three) => memchr::memchr3(*one, *two, *three, text),
            Start::Set(set) => text.iter().position(|byte| set.has(*byte)),
        }
    }

    #[inline]
    fn has(&self, byte: u8) -> bool {
        match self {
            Start::Any => true,
            Start::One(one) => byte == *one,
            Start::Two(one, two) => byte == *one || byte == *two,
            Start::Three(one, two, three) => byte == *one || byte == *two || byte == *three,
            Start::Set(set) => set.has(byte),
        }
    }
}

/// Where a match can start, as far as the pattern's beginning says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// Anywhere.
    Anywhere,
    /// At the start of the text.
    Never,
    /// It begins with `.*`: what it does not find from one place, it does not
    /// find from a later one of the same line.
    NextLine,
}

/// One step.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Inst {
    Byte(u8),
    Literal {
        at: u32,
        len: u32,
    },
    Set(u32),
    Star {
        set: u32,
        min: u32,
        max: u32,
        kind: Kind,
        next: u32,
    },
    /// A word, or what follows if it is continued by `##`.
    Ident {
        after: u32,
        next: u32,
        /// No part of the word will do.
        whole: bool,
    },
    Alt(u32),
    /// What follows, or what is `after`, each if its gate is open.
    Fork {
        body: u32,
        next: u32,
        after: u32,
        lazy: bool,
    },
    Jump(u32),
    Save(u32),
    Assert(Assert),
    Look {
        negative: bool,
        behind: Option<u32>,
        after: u32,
    },
    Atomic {
        after: u32,
    },
    Backref(usize),
    Call(u32),
    Return,
    TypeStart,
    TypeName,
    LearntType,
    LearntModifier,
    Arg(usize),
    Enter(u32),
    Again {
        guard: u32,
        top: u32,
    },
    Done,
    Match,
    Fail,
}

/// What to do when the way taken turns out wrong. Texts are shorter than 4 GiB.
#[derive(Clone, Copy, Debug)]
enum Back {
    Go {
        pc: u32,
        pos: u32,
    },
    Shorter {
        pc: u32,
        low: u32,
        high: u32,
        next: u32,
    },
    Longer {
        pc: u32,
        pos: u32,
        high: u32,
    },
    Other {
        pc: u32,
        index: u32,
        pos: u32,
    },
    Modifier {
        pc: u32,
        index: u32,
        pos: u32,
    },
    Slot(u32, u32),
    Guard(u32, u32),
    Uncall,
    Recall(u32),
}

#[derive(Default)]
struct Room {
    back: Vec<Back>,
    calls: Vec<u32>,
    guards: Vec<u32>,
}

thread_local! {
    static ROOM: RefCell<Room> = const {
        RefCell::new(Room {
            back: Vec::new(),
            calls: Vec::new(),
            guards: Vec::new(),
        })
    };
}

/// Where groups start and end.
pub(crate) type Slots = [u32; GROUPS * 2];

/// Finds the first match at or after `from` and fills the slots.
pub(crate) fn search(
    prog: &Prog,
    lang: &Lang,
    text: &[u8],
    from: usize,
    args: &[&[u8]],
    slots: Option<&mut Slots>,
) -> Option<usize> {
    if u32::try_from(text.len()).is_err() {
        return None;
    }
    // Most texts end here.
    if prog.retry == Retry::Never
        && (from > 0
            || match text.first() {
                Some(byte) => !prog.start.has(*byte),
                None => !matches!(prog.start, Start::Any),
            })
    {
        return None;
    }
    ROOM.with_borrow_mut(|room| {
        let keep = slots.is_some();
        let slots: &mut [u32] = match slots {
            Some(slots) => slots,
            None => &mut [],
        };
        let steps = lang.take_steps(STEPS);
        if steps == 0 {
            return None;
        }
        let mut run = Run {
            prog,
            lang,
            text,
            args,
            slots,
            keep,
            room,
            steps,
        };
        let found = run.search(from);
        lang.return_steps(run.steps);
        found
    })
}

struct Run<'r> {
    prog: &'r Prog,
    lang: &'r Lang,
    text: &'r [u8],
    args: &'r [&'r [u8]],
    slots: &'r mut [u32],
    keep: bool,
    room: &'r mut Room,
    steps: u32,
}

/// A position; [`search`] has made sure that it fits.
#[inline]
fn short(pos: usize) -> u32 {
    pos as u32
}

impl Run<'_> {
    fn search(&mut self, from: usize) -> Option<usize> {
        let last = match self.prog.retry {
            Retry::Never => 0,
            _ => self.text.len(),
        };
        let mut start = from;
        while start <= last {
            if self.prog.retry != Retry::Never {
                let rest = &self.text[start..];
                let skipped = self.prog.start.find(rest);
                self.pay(skipped.unwrap_or(rest.len()));
                start += skipped?;
            }
            if self.prog.words && start > 0 && is_word(self.text[start - 1]) {
                start += words::length(&self.text[start..]);
                continue;
            }
            self.room.back.clear();
            self.room.calls.clear();
            if self.prog.guards > 0 {
                self.room.guards.clear();
                self.room.guards.resize(self.prog.guards, UNSET);
            }
            if self.keep {
                self.slots[..self.prog.slots].fill(UNSET);
            }
            if let Some(end) = self.run(0, start) {
                if self.keep {
                    self.slots[0] = short(start);
                    self.slots[1] = short(end);
                }
                return Some(end);
            }
            if self.steps == 0 {
                return None;
            }
            start += match self.prog.retry {
                Retry::NextLine => 1 + memchr::memchr(b'\n', &self.text[start..])?,
                _ if self.prog.names => words::length(&self.text[start..]).max(1),
                _ => 1,
            };
        }
        None
    }

    /// Bytes that were passed over at once are cheaper than steps, not free.
    #[inline]
    fn pay(&mut self, bytes: usize) {
        if bytes >= 8 {
            let steps = u32::try_from(bytes / 8).unwrap_or(u32::MAX);
            self.steps = self.steps.saturating_sub(steps);
        }
    }

    /// Whether it is worth going on at a place.
    #[inline]
    fn open(&self, gate: u32, pos: usize) -> bool {
        if gate == ANY {
            return true;
        }
        let gate = &self.prog.gates[gate as usize];
        match self.text.get(pos) {
            Some(byte) => gate.set.has(*byte),
            None => gate.end,
        }
    }

    /// Runs from an instruction until it matches, or to the end of a part.
    fn run(&mut self, pc: u32, pos: usize) -> Option<usize> {
        let base = self.room.back.len();
        let (mut pc, mut pos) = (pc, pos);
        let (prog, text) = (self.prog, self.text);
        loop {
            if self.steps == 0 {
                return None;
            }
            self.steps -= 1;
            // What is frequent and simple goes on from here.
            let next = match prog.code[pc as usize] {
                Inst::Byte(byte) => {
                    if text.get(pos) == Some(&byte) {
                        pc += 1;
                        pos += 1;
                        continue;
                    }
                    None
                }
                Inst::Literal { at, len } => {
                    let (at, len) = (at as usize, len as usize);
                    if starts_with(&text[pos..], &prog.literals[at..at + len]) {
                        pc += 1;
                        pos += len;
                        continue;
                    }
                    None
                }
                Inst::Set(set) => {
                    let set = &prog.gates[set as usize].set;
                    if text.get(pos).is_some_and(|byte| set.has(*byte)) {
                        pc += 1;
                        pos += 1;
                        continue;
                    }
                    None
                }
                Inst::Jump(to) => {
                    pc = to;
                    continue;
                }
                Inst::Fork {
                    body,
                    next,
                    after,
                    lazy,
                } => {
                    let (inside, leave) = (self.open(body, pos), self.open(next, pos));
                    if inside && leave {
                        let (first, second) = if lazy {
                            (after, pc + 1)
                        } else {
                            (pc + 1, after)
                        };
                        let pos = short(pos);
                        self.room.back.push(Back::Go { pc: second, pos });
                        pc = first;
                        continue;
                    }
                    if inside || leave {
                        pc = if inside { pc + 1 } else { after };
                        continue;
                    }
                    None
                }
                Inst::Save(slot) => {
                    if self.keep && self.room.calls.is_empty() {
                        let old = self.slots[slot as usize];
                        self.room.back.push(Back::Slot(slot, old));
                        self.slots[slot as usize] = short(pos);
                    }
                    pc += 1;
                    continue;
                }
                Inst::Assert(assert) => {
                    if self.holds(assert, pos) {
                        pc += 1;
                        continue;
                    }
                    None
                }
                Inst::Ident { after, next, whole } => self.identifier(pc, pos, after, next, whole),
                Inst::Star {
                    set,
                    min,
                    max,
                    kind,
                    next,
                } => self.star((set, min, max), kind, next, pc, pos),
                Inst::Alt(_) => self.alternative(pc, 0, pos),
                Inst::TypeStart => {
                    if words::starts_type(self.lang, &text[pos..]) {
                        pc += 1;
                        continue;
                    }
                    None
                }
                Inst::Match | Inst::Done => return Some(pos),
                inst => self.step(inst, pc, pos),
            };
            match next.or_else(|| self.back(base)) {
                Some(next) => (pc, pos) = next,
                None => return None,
            }
        }
    }

    fn step(&mut self, inst: Inst, pc: u32, pos: usize) -> Option<(u32, usize)> {
        match inst {
            Inst::Look {
                negative,
                behind,
                after,
            } => self.look(pc, pos, negative, behind).then_some((after, pos)),
            Inst::Atomic { after } => {
                let base = self.room.back.len();
                let end = self.run(pc + 1, pos)?;
                self.forget(base);
                Some((after, end))
            }
            Inst::Backref(group) => {
                if !self.keep || self.slots[group * 2 + 1] == UNSET {
                    return None;
                }
                let (start, end) = (self.slots[group * 2], self.slots[group * 2 + 1]);
                let wanted = &self.text[start as usize..end as usize];
                self.text[pos..]
                    .starts_with(wanted)
                    .then_some((pc + 1, pos + wanted.len()))
            }
            Inst::Arg(number) => {
                let wanted = self.args.get(number)?;
                self.text[pos..]
                    .starts_with(wanted)
                    .then_some((pc + 1, pos + wanted.len()))
            }
            Inst::Call(to) => {
                self.room.calls.push(pc + 1);
                self.room.back.push(Back::Uncall);
                Some((to, pos))
            }
            Inst::Return => {
                let to = self.room.calls.pop()?;
                self.room.back.push(Back::Recall(to));
                Some((to, pos))
            }
            Inst::TypeName => words::names_type(&self.text[pos..]).then_some((pc + 1, pos)),
            Inst::LearntType => {
                let len = words::length(&self.text[pos..]);
                self.lang
                    .is_learnt_type(&self.text[pos..pos + len])
                    .then_some((pc + 1, pos + len))
            }
            Inst::LearntModifier => self.modifier(pc, 0, pos),
            Inst::Enter(guard) => {
                let old = self.room.guards[guard as usize];
                self.room.back.push(Back::Guard(guard, old));
                self.room.guards[guard as usize] = short(pos);
                Some((pc + 1, pos))
            }
            Inst::Again { guard, top } => {
                if self.room.guards[guard as usize] == short(pos) {
                    Some((pc + 1, pos))
                } else {
                    Some((top, pos))
                }
            }
            // The others were handled before.
            _ => None,
        }
    }

    #[inline]
    fn holds(&self, assert: Assert, pos: usize) -> bool {
        let len = self.text.len();
        match assert {
            Assert::Start => pos == 0,
            Assert::End => pos == len || (pos + 1 == len && self.text[pos] == b'\n'),
            Assert::Word => self.at_word(pos),
            Assert::NotWord => !self.at_word(pos),
        }
    }

    #[inline]
    fn at_word(&self, pos: usize) -> bool {
        let before = pos > 0 && self.text.get(pos - 1).is_some_and(|byte| is_word(*byte));
        let after = self.text.get(pos).is_some_and(|byte| is_word(*byte));
        before != after
    }

    #[inline]
    fn identifier(
        &mut self,
        pc: u32,
        pos: usize,
        after: u32,
        next: u32,
        whole: bool,
    ) -> Option<(u32, usize)> {
        let rest = &self.text[pos..];
        if !rest
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        {
            return None;
        }
        let len = words::length(rest);
        if words::pastes(&rest[len..]) {
            return Some((pc + 1, pos));
        }
        if whole {
            return self.open(next, pos + len).then_some((after, pos + len));
        }
        self.shorter(after, pos + 1, pos + len, next)
    }

    #[inline]
    fn star(
        &mut self,
        (set, min, max): (u32, u32, u32),
        kind: Kind,
        next: u32,
        pc: u32,
        pos: usize,
    ) -> Option<(u32, usize)> {
        let prog = self.prog;
        let bytes = &prog.gates[set as usize];
        let (min, max) = (min as usize, max as usize);
        let limit = if kind == Kind::Lazy { min } else { max };
        let mut rest = &self.text[pos..];
        if rest.len() > limit {
            rest = &rest[..limit];
        }
        let taken = bytes.count(rest);
        self.pay(taken);
        if taken < min {
            return None;
        }
        match kind {
            Kind::Possessive => self
                .open(next, pos + taken)
                .then_some((pc + 1, pos + taken)),
            Kind::Lazy => {
                let high = pos.saturating_add(max).min(self.text.len());
                self.longer(pc, pos + taken, high)
            }
            Kind::Greedy => self.shorter(pc + 1, pos + min, pos + taken, next),
        }
    }

    /// The longest way on between two ends, with the shorter ones kept.
    #[inline]
    fn shorter(&mut self, pc: u32, low: usize, high: usize, next: u32) -> Option<(u32, usize)> {
        let mut at = high;
        if next != ANY {
            let gate = &self.prog.gates[next as usize];
            if !(at == self.text.len() && gate.end) {
                let from = low.min(self.text.len());
                let mut rest = &self.text[from..self.text.len().min(high + 1)];
                loop {
                    at = from + gate.last(rest)?;
                    if !gate.edge || self.at_word(at) {
                        break;
                    }
                    rest = &self.text[from..at];
                }
            }
        }
        if at > low {
            self.room.back.push(Back::Shorter {
                pc,
                low: short(low),
                high: short(at - 1),
                next,
            });
        }
        Some((pc, at))
    }

    /// The shortest way on of a lazy loop, with the longer ones kept.
    fn longer(&mut self, pc: u32, pos: usize, high: usize) -> Option<(u32, usize)> {
        let prog = self.prog;
        let Inst::Star { set, next, .. } = prog.code[pc as usize] else {
            return None;
        };
        let bytes = &prog.gates[set as usize].set;
        let mut at = pos;
        loop {
            let more = at < high && self.text.get(at).is_some_and(|byte| bytes.has(*byte));
            if self.open(next, at) {
                if more {
                    self.room.back.push(Back::Longer {
                        pc,
                        pos: short(at + 1),
                        high: short(high),
                    });
                }
                return Some((pc + 1, at));
            }
            if !more {
                return None;
            }
            at += 1;
        }
    }

    /// The next branch that may match, with those after it kept.
    #[inline]
    fn alternative(&mut self, pc: u32, index: usize, pos: usize) -> Option<(u32, usize)> {
        let prog = self.prog;
        let Inst::Alt(alt) = prog.code[pc as usize] else {
            return None;
        };
        let Branches { alt, starts, after } = &prog.alts[alt as usize];
        let byte = self.text.get(pos).map_or(256, |byte| usize::from(*byte));
        let branches = &alt.lists[usize::from(alt.table[byte])][..];
        let rest = &self.text[pos..];
        let lang = self.lang;
        let ahead = heads::ahead(rest);
        let fits = |branch: &u8| alt.heads[usize::from(*branch)].fit(lang, rest, ahead);
        let first = index + branches[index..].iter().position(fits)?;
        if let Some(other) = branches[first + 1..].iter().position(fits) {
            self.room.back.push(Back::Other {
                pc,
                index: short(first + 1 + other),
                pos: short(pos),
            });
        }
        let branch = usize::from(branches[first]);
        Some(match &alt.heads[branch] {
            Heads::Literal(text, ..) => (*after, pos + text.len()),
            _ => (starts[branch], pos),
        })
    }

    fn modifier(&mut self, pc: u32, index: usize, pos: usize) -> Option<(u32, usize)> {
        let known = self.lang.modifiers();
        let rest = &self.text[pos..];
        let (found, word) = known
            .iter()
            .enumerate()
            .skip(index)
            .find(|(_, word)| rest.starts_with(word))?;
        if found + 1 < known.len() {
            self.room.back.push(Back::Modifier {
                pc,
                index: short(found + 1),
                pos: short(pos),
            });
        }
        Some((pc + 1, pos + word.len()))
    }

    fn look(&mut self, pc: u32, pos: usize, negative: bool, behind: Option<u32>) -> bool {
        let Some(start) = pos.checked_sub(behind.unwrap_or(0) as usize) else {
            return negative;
        };
        let base = self.room.back.len();
        let found = self.run(pc + 1, start).is_some();
        if found && negative {
            self.undo(base);
        } else if found {
            self.forget(base);
        }
        found != negative
    }

    /// Drops the other ways of a part that is settled, but not what undoes it.
    fn forget(&mut self, base: usize) {
        let mut kept = base;
        for index in base..self.room.back.len() {
            let entry = self.room.back[index];
            if matches!(
                entry,
                Back::Slot(..) | Back::Guard(..) | Back::Uncall | Back::Recall(_)
            ) {
                self.room.back[kept] = entry;
                kept += 1;
            }
        }
        self.room.back.truncate(kept);
    }

    fn undo(&mut self, base: usize) {
        while self.room.back.len() > base {
            if let Some(entry) = self.room.back.pop() {
                self.restore(entry);
            }
        }
    }

    fn restore(&mut self, entry: Back) {
        match entry {
            Back::Slot(slot, old) => self.slots[slot as usize] = old,
            Back::Guard(guard, old) => self.room.guards[guard as usize] = old,
            Back::Uncall => {
                self.room.calls.pop();
            }
            Back::Recall(to) => self.room.calls.push(to),
            _ => {}
        }
    }

    /// The next way that has not been tried.
    fn back(&mut self, base: usize) -> Option<(u32, usize)> {
        while self.room.back.len() > base {
            let entry = self.room.back.pop()?;
            let next = match entry {
                Back::Go { pc, pos } => Some((pc, pos as usize)),
                Back::Shorter {
                    pc,
                    low,
                    high,
                    next,
                } => self.shorter(pc, low as usize, high as usize, next),
                Back::Longer { pc, pos, high } => self.longer(pc, pos as usize, high as usize),
                Back::Other { pc, index, pos } => {
                    self.alternative(pc, index as usize, pos as usize)
                }
                Back::Modifier { pc, index, pos } => {
                    self.modifier(pc, index as usize, pos as usize)
                }
                undone => {
                    self.restore(undone);
                    None
                }
            };
            if next.is_some() {
                return next;
            }
        }
        None
    }
}

/// Short texts: a call costs more than a loop.
#[inline]
fn starts_with(text: &[u8], wanted: &[u8]) -> bool {
    text.len() >= wanted.len() && text.iter().zip(wanted).all(|(byte, wanted)| byte == wanted)
}
