// SPDX-License-Identifier: GPL-2.0-only
//! What a cost is read from. Where QEMU counts instructions (`-icount shift=0`),
//! the time stamp counter of the guest advances by one for each instruction; a
//! loop of known length proves it. Elsewhere the clock of the kernel is read.

use std::arch::asm;
use std::arch::x86_64::_rdtsc;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use super::ftrace::{Ftrace, Functions};
use super::marker;
use crate::protocol::{Clock, Op};

/// Turns of the loop, of two instructions each.
const TURNS: u64 = 100_000;

/// A read of the counter that takes this much longer than it should was
/// interrupted by the timer.
const INTERRUPTED: u64 = 400;

/// How long to wait for the timer at most: a period at 100 Hz, and some.
const LONGEST_PERIOD: u64 = 20_000_000;

/// The counter of one cell.
pub(super) struct Meter {
    clock: Clock,
    cell: usize,
    ftrace: Option<Ftrace>,
    /// What ftrace saw in the last turn.
    functions: RefCell<Result<BTreeMap<Op, Functions>>>,
}

impl Meter {
    /// For the `cell`-th cell. With ftrace the costs are those of a kernel that
    /// is being watched.
    pub(super) fn new(clock: Clock, cell: usize, ftrace: Option<Ftrace>) -> Self {
        Self {
            clock,
            cell,
            ftrace,
            functions: RefCell::new(Ok(BTreeMap::new())),
        }
    }

    /// Where the cost of each operation went, if ftrace looked.
    ///
    /// # Errors
    /// A file of ftrace that cannot be read or written.
    pub(super) fn functions(self) -> Result<BTreeMap<Op, Functions>> {
        self.functions.into_inner()
    }

    /// What `work` gives and what it costs.
    pub(super) fn time<T>(&self, op: Op, work: impl FnOnce() -> T) -> (T, u64) {
        self.settle();
        let watching = self.ftrace.as_ref().map(|ftrace| (ftrace, ftrace.start()));
        marker::begin(self.cell, op);
        let start = self.now();
        let answer = work();
        let cost = self.now() - start;
        marker::end();
        if let Some((ftrace, started)) = watching {
            let seen = started.and_then(|()| ftrace.stop());
            self.see(op, seen);
        }
        (answer, cost)
    }

    fn see(&self, op: Op, seen: Result<Functions>) {
        let mut all = self.functions.borrow_mut();
        match (seen, all.as_mut()) {
            (Ok(seen), Ok(all)) => {
                all.insert(op, seen);
            }
            (Err(error), Ok(_)) => *all = Err(error),
            (_, Err(_)) => {}
        }
    }

    /// Takes several turns and, for each operation, the median of their costs.
    /// The first turns, which fill the caches of the allocators, do not count.
    pub(super) fn repeat(
        &self,
        turn: impl FnMut() -> Result<Vec<(Op, u64)>>,
    ) -> Result<Vec<(Op, u64)>> {
        match self.clock {
            // The last turn is what ftrace tells of.
            Clock::Instructions if self.ftrace.is_some() => take(1, 1, turn),
            Clock::Instructions => take(2, 3, turn),
            Clock::Wall => take(2, 9, turn),
        }
    }

    /// The same for turns that each make their memory anew, which takes long.
    pub(super) fn repeat_dear(
        &self,
        turn: impl FnMut() -> Result<Vec<(Op, u64)>>,
    ) -> Result<Vec<(Op, u64)>> {
        match self.clock {
            Clock::Instructions => take(1, 1, turn),
            Clock::Wall => take(1, 3, turn),
        }
    }

    fn now(&self) -> u64 {
        match self.clock {
            Clock::Instructions => instructions(),
            Clock::Wall => nanoseconds(),
        }
    }

    /// Lets the kernel finish what it has put off, as freeing page tables after a
    /// grace period of RCU. Where instructions count, then returns just after the
    /// timer has ticked, so that each measurement is met by as many ticks in each
    /// boot.
    fn settle(&self) {
        // Several grace periods. An idle guest's time flies where instructions
        // are counted: this takes the host no time then.
        std::thread::sleep(match self.clock {
            Clock::Instructions => Duration::from_millis(100),
            Clock::Wall => Duration::from_millis(20),
        });
        if self.clock == Clock::Wall {
            return;
        }
        let start = instructions();
        let mut last = start;
        loop {
            let this = instructions();
            if this - last > INTERRUPTED || this - start > LONGEST_PERIOD {
                return;
            }
            last = this;
        }
    }
}

/// The median of `counted` turns, an odd number, after some more.
fn take(
    warm_up: usize,
    counted: usize,
    mut turn: impl FnMut() -> Result<Vec<(Op, u64)>>,
) -> Result<Vec<(Op, u64)>> {
    let mut costs: BTreeMap<Op, Vec<u64>> = BTreeMap::new();
    for number in 0..warm_up + counted {
        for (op, cost) in turn()? {
            if number >= warm_up {
                costs.entry(op).or_default().push(cost);
            }
        }
    }
    Ok(costs
        .into_iter()
        .map(|(op, costs)| (op, median(costs)))
        .collect())
}

fn instructions() -> u64 {
    // SAFETY: every x86-64 CPU has a time stamp counter, and nothing in the
    // guest forbids user space to read it.
    unsafe { _rdtsc() }
}

fn nanoseconds() -> u64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a live structure of the kind that the call fills.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_RAW, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The instructions of a loop: how many it has, and how many are counted. An
/// interrupt only ever adds, so the least of some runs is taken.
pub(super) fn calibrate() -> (u64, u64) {
    let counted = (0..5).map(|_| count_loop()).min().unwrap_or(0);
    (2 * TURNS, counted)
}

fn count_loop() -> u64 {
    let start = instructions();
    // SAFETY: counts a register down to zero and touches nothing else.
    unsafe {
        asm!("2:", "dec {turns}", "jnz 2b", turns = inout(reg) TURNS => _, options(nomem, nostack));
    }
    instructions() - start
}

/// Of an odd number of values.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_of_what_comes_after_the_warm_up() {
        let mut costs = [900, 800, 3, 1, 2].into_iter();
        let meter = Meter::new(Clock::Instructions, 0, None);
        let got = meter.repeat(|| Ok(vec![(Op::Map, costs.next().unwrap())]));
        assert_eq!(got.unwrap(), [(Op::Map, 2)]);
    }
}
