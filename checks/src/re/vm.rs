// SPDX-License-Identifier: GPL-2.0-only
//! Runs a program over a text.

use std::cell::RefCell;
use std::sync::Arc;

use super::GROUPS;
use super::class::Set;
use super::need::Need;
use super::parse::{Alt, Assert, Kind};
use crate::lang::Lang;

/// Steps after which a match is given up. A pattern needs tens to thousands;
/// only a text made for it needs more.
const STEPS: u32 = 2_000_000;

/// A compiled pattern.
#[derive(Debug)]
pub(crate) struct Prog {
    pub(crate) code: Vec<Inst>,
    pub(crate) sets: Vec<Set>,
    pub(crate) alts: Vec<(Arc<Alt>, Vec<u32>)>,
    pub(crate) guards: u32,
    /// Where else to look if there is no match at the first place.
    pub(crate) retry: Retry,
    /// Slots of the groups that it has.
    pub(crate) slots: usize,
    /// A match starts where a word does.
    pub(crate) words: bool,
    pub(crate) first: Option<Set>,
    pub(crate) need: Need,
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
    Set(u32),
    Star {
        set: u32,
        min: u32,
        max: u32,
        kind: Kind,
        next: Option<u32>,
    },
    Alt(u32),
    Split(u32, u32),
    Jump(u32),
    Save(usize),
    Assert(Assert),
    Look {
        negative: bool,
        behind: Option<usize>,
        after: u32,
    },
    Atomic {
        after: u32,
    },
    Backref(usize),
    Call(u32),
    Return,
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

/// What to do when the way taken turns out wrong.
#[derive(Clone, Copy, Debug)]
enum Back {
    Go {
        pc: u32,
        pos: usize,
    },
    Shorter {
        pc: u32,
        low: usize,
        high: usize,
        next: Option<u32>,
    },
    Longer {
        pc: u32,
        set: u32,
        pos: usize,
        high: usize,
    },
    Other {
        pc: u32,
        alt: u32,
        list: u8,
        index: u8,
        pos: usize,
    },
    Modifier {
        pc: u32,
        index: usize,
        pos: usize,
    },
    Slot(usize, usize),
    Guard(u32, usize),
    Uncall,
    Recall(u32),
}

#[derive(Default)]
struct Room {
    back: Vec<Back>,
    calls: Vec<u32>,
    guards: Vec<usize>,
}

thread_local! {
    static ROOM: RefCell<Room> = RefCell::default();
}

/// Finds the first match at or after `from` and fills the slots.
pub(crate) fn search(
    prog: &Prog,
    lang: &Lang,
    text: &[u8],
    from: usize,
    args: &[&[u8]],
    slots: Option<&mut [usize; GROUPS * 2]>,
) -> Option<usize> {
    ROOM.with(|room| {
        let mut room = room.take_or_new();
        let mut own = [usize::MAX; GROUPS * 2];
        let keep = slots.is_some();
        let mut run = Run {
            prog,
            lang,
            text,
            args,
            slots: slots.unwrap_or(&mut own),
            keep,
            room: &mut room,
            steps: lang.take_steps(STEPS),
        };
        let found = run.search(from);
        lang.return_steps(run.steps);
        ROOM.with(|place| *place.borrow_mut() = room);
        found
    })
}

trait TakeOrNew {
    fn take_or_new(&self) -> Room;
}

impl TakeOrNew for RefCell<Room> {
    fn take_or_new(&self) -> Room {
        self.try_borrow_mut()
            .map_or_else(|_| Room::default(), |mut room| std::mem::take(&mut *room))
    }
}

struct Run<'r> {
    prog: &'r Prog,
    lang: &'r Lang,
    text: &'r [u8],
    args: &'r [&'r [u8]],
    slots: &'r mut [usize; GROUPS * 2],
    keep: bool,
    room: &'r mut Room,
    steps: u32,
}

impl Run<'_> {
    fn search(&mut self, from: usize) -> Option<usize> {
        let last = if self.prog.retry == Retry::Never {
            if from > 0 {
                return None;
            }
            0
        } else {
            self.text.len()
        };
        let mut start = from;
        while start <= last {
            if let Some(first) = &self.prog.first {
                let skipped = self.text[start..]
                    .iter()
                    .take(last + 1 - start)
                    .position(|byte| first.has(*byte))?;
                start += skipped;
            }
            if self.prog.words && start > 0 && is_word(self.text[start - 1]) {
                let rest = self.text[start..].iter();
                start += rest.take_while(|byte| is_word(**byte)).count();
                continue;
            }
            self.room.back.clear();
            self.room.calls.clear();
            self.room.guards.clear();
            self.room
                .guards
                .resize(self.prog.guards as usize, usize::MAX);
            if self.keep {
                self.slots[..self.prog.slots].fill(usize::MAX);
            }
            if let Some(end) = self.run(0, start) {
                self.slots[0] = start;
                self.slots[1] = end;
                return Some(end);
            }
            if self.steps == 0 {
                return None;
            }
            start += match self.prog.retry {
                Retry::NextLine => 1 + memchr::memchr(b'\n', &self.text[start..])?,
                _ => 1,
            };
        }
        None
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
            let next = match &prog.code[pc as usize] {
                Inst::Byte(byte) => {
                    if text.get(pos) == Some(byte) {
                        pc += 1;
                        pos += 1;
                        continue;
                    }
                    None
                }
                Inst::Set(set) => {
                    let set = &prog.sets[*set as usize];
                    if text.get(pos).is_some_and(|byte| set.has(*byte)) {
                        pc += 1;
                        pos += 1;
                        continue;
                    }
                    None
                }
                Inst::Jump(to) => {
                    pc = *to;
                    continue;
                }
                Inst::Split(first, second) => {
                    self.room.back.push(Back::Go { pc: *second, pos });
                    pc = *first;
                    continue;
                }
                Inst::Save(_) if !self.keep => {
                    pc += 1;
                    continue;
                }
                Inst::Assert(assert) => {
                    if self.holds(*assert, pos) {
                        pc += 1;
                        continue;
                    }
                    None
                }
                Inst::Match | Inst::Done => return Some(pos),
                inst => self.step(*inst, pc, pos),
            };
            match next.or_else(|| self.back(base)) {
                Some(next) => (pc, pos) = next,
                None => return None,
            }
        }
    }

    fn step(&mut self, inst: Inst, pc: u32, pos: usize) -> Option<(u32, usize)> {
        match inst {
            Inst::Star {
                set,
                min,
                max,
                kind,
                next,
            } => self.star((set, min, max), kind, next, pc, pos),
            Inst::Alt(alt) => {
                let table = &self.prog.alts[alt as usize].0.table;
                let byte = self.text.get(pos).map_or(256, |byte| usize::from(*byte));
                self.alternative(pc, alt, table[byte], 0, pos)
            }
            Inst::Save(slot) => {
                if self.room.calls.is_empty() {
                    self.room.back.push(Back::Slot(slot, self.slots[slot]));
                    self.slots[slot] = pos;
                }
                Some((pc + 1, pos))
            }
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
                let (start, end) = (self.slots[group * 2], self.slots[group * 2 + 1]);
                if !self.keep || end == usize::MAX {
                    return None;
                }
                let wanted = &self.text[start..end];
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
            Inst::LearntType => {
                let len = self.text[pos..]
                    .iter()
                    .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                    .count();
                self.lang
                    .is_learnt_type(&self.text[pos..pos + len])
                    .then_some((pc + 1, pos + len))
            }
            Inst::LearntModifier => self.modifier(pc, 0, pos),
            Inst::Enter(guard) => {
                let old = self.room.guards[guard as usize];
                self.room.back.push(Back::Guard(guard, old));
                self.room.guards[guard as usize] = pos;
                Some((pc + 1, pos))
            }
            Inst::Again { guard, top } => {
                if self.room.guards[guard as usize] == pos {
                    Some((pc + 1, pos))
                } else {
                    Some((top, pos))
                }
            }
            // The others were handled before.
            _ => None,
        }
    }

    fn holds(&self, assert: Assert, pos: usize) -> bool {
        let len = self.text.len();
        match assert {
            Assert::Start => pos == 0,
            Assert::End => pos == len || (pos + 1 == len && self.text[pos] == b'\n'),
            Assert::Word => self.at_word(pos),
            Assert::NotWord => !self.at_word(pos),
        }
    }

    fn at_word(&self, pos: usize) -> bool {
        let before = pos > 0 && self.text.get(pos - 1).is_some_and(|byte| is_word(*byte));
        let after = self.text.get(pos).is_some_and(|byte| is_word(*byte));
        before != after
    }

    fn star(
        &mut self,
        (set, min, max): (u32, u32, u32),
        kind: Kind,
        next: Option<u32>,
        pc: u32,
        pos: usize,
    ) -> Option<(u32, usize)> {
        let bytes = &self.prog.sets[set as usize];
        let (min, max) = (min as usize, max as usize);
        let rest = &self.text[pos..];
        let limit = if kind == Kind::Lazy { min } else { max };
        let taken = rest
            .iter()
            .take(limit)
            .take_while(|byte| bytes.has(**byte))
            .count();
        self.steps = self
            .steps
            .saturating_sub(u32::try_from(taken / 8).unwrap_or(u32::MAX))
            .max(1);
        if taken < min {
            return None;
        }
        match kind {
            Kind::Possessive => Some((pc + 1, pos + taken)),
            Kind::Lazy => {
                let high = pos.saturating_add(max).min(self.text.len());
                self.room.back.push(Back::Longer {
                    pc: pc + 1,
                    set,
                    pos: pos + taken,
                    high,
                });
                Some((pc + 1, pos + taken))
            }
            Kind::Greedy => self.shorter(pc + 1, pos + min, pos + taken, next),
        }
    }

    /// The longest way on between two ends, with the shorter ones kept.
    fn shorter(
        &mut self,
        pc: u32,
        low: usize,
        high: usize,
        next: Option<u32>,
    ) -> Option<(u32, usize)> {
        let mut at = high;
        if let Some(next) = next {
            let set = &self.prog.sets[next as usize];
            loop {
                if self.text.get(at).is_some_and(|byte| set.has(*byte)) {
                    break;
                }
                if at == low {
                    return None;
                }
                at -= 1;
            }
        }
        if at > low {
            self.room.back.push(Back::Shorter {
                pc,
                low,
                high: at - 1,
                next,
            });
        }
        Some((pc, at))
    }

    fn alternative(
        &mut self,
        pc: u32,
        alt: u32,
        list: u8,
        index: u8,
        pos: usize,
    ) -> Option<(u32, usize)> {
        let (node, starts) = &self.prog.alts[alt as usize];
        let branches = &node.lists[usize::from(list)];
        let branch = *branches.get(usize::from(index))?;
        if usize::from(index) + 1 < branches.len() {
            self.room.back.push(Back::Other {
                pc,
                alt,
                list,
                index: index + 1,
                pos,
            });
        }
        Some((starts[usize::from(branch)], pos))
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
                index: found + 1,
                pos,
            });
        }
        Some((pc + 1, pos + word.len()))
    }

    fn look(&mut self, pc: u32, pos: usize, negative: bool, behind: Option<usize>) -> bool {
        let Some(start) = pos.checked_sub(behind.unwrap_or(0)) else {
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
            Back::Slot(slot, old) => self.slots[slot] = old,
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
                Back::Go { pc, pos } => Some((pc, pos)),
                Back::Shorter {
                    pc,
                    low,
                    high,
                    next,
                } => self.shorter(pc, low, high, next),
                Back::Longer { pc, set, pos, high } => {
                    let more = pos < high
                        && self
                            .text
                            .get(pos)
                            .is_some_and(|byte| self.prog.sets[set as usize].has(*byte));
                    if more {
                        self.room.back.push(Back::Longer {
                            pc,
                            set,
                            pos: pos + 1,
                            high,
                        });
                    }
                    more.then_some((pc, pos + 1))
                }
                Back::Other {
                    pc,
                    alt,
                    list,
                    index,
                    pos,
                } => self.alternative(pc, alt, list, index, pos),
                Back::Modifier { pc, index, pos } => self.modifier(pc, index, pos),
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

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
