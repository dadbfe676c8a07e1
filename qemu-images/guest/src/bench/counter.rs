// SPDX-License-Identifier: GPL-2.0-only
//! The counter. Where QEMU counts instructions (`-icount shift=0`), the time
//! stamp counter of the guest advances by one for each instruction; a loop of
//! known length proves it.

use std::arch::asm;
use std::arch::x86_64::_rdtsc;
use std::time::Duration;

/// Turns of the loop, of two instructions each.
const TURNS: u64 = 100_000;

/// A read of the counter that takes this much longer than it should was
/// interrupted by the timer.
const INTERRUPTED: u64 = 400;

/// Several grace periods of RCU.
const PUT_OFF: Duration = Duration::from_millis(100);

/// How long to wait for the timer at most: a period at 100 Hz, and some.
const LONGEST_PERIOD: u64 = 20_000_000;

/// Now, in instructions.
pub(super) fn now() -> u64 {
    // SAFETY: every x86-64 CPU has a time stamp counter, and nothing in the
    // guest forbids user space to read it.
    unsafe { _rdtsc() }
}

/// The instructions of a loop: how many it has, and how many are counted. An
/// interrupt only ever adds, so the least of some runs is taken.
pub(super) fn calibrate() -> (u64, u64) {
    let counted = (0..5).map(|_| count_loop()).min().unwrap_or(0);
    (2 * TURNS, counted)
}

fn count_loop() -> u64 {
    let start = now();
    // SAFETY: counts a register down to zero and touches nothing else.
    unsafe {
        asm!("2:", "dec {turns}", "jnz 2b", turns = inout(reg) TURNS => _, options(nomem, nostack));
    }
    now() - start
}

/// Lets the kernel finish what it has put off, as freeing page tables after a
/// grace period, then returns just after the timer has ticked, so that each
/// measurement is met by as many ticks in each boot.
pub(super) fn settle() {
    // An idle guest's time flies: this takes the host no time.
    std::thread::sleep(PUT_OFF);
    let start = now();
    let mut last = start;
    loop {
        let this = now();
        if this - last > INTERRUPTED || this - start > LONGEST_PERIOD {
            return;
        }
        last = this;
    }
}
