// SPDX-License-Identifier: GPL-2.0-only
//! Tells a profiler in QEMU what is being measured: instructions that do
//! nothing, at whose encoding the profiler knows them. They are there in every
//! run, so that a profile is of what is counted.

use std::arch::asm;

use crate::protocol::Op;

/// `nopl disp32(%rax,%rax)`: what comes before the displacement.
pub const OPCODE: [u8; 4] = [0x0f, 0x1f, 0x84, 0x00];

/// Displacements. Two for the bits of a number ...
pub const ZERO: u32 = 0x6b73_6d30;
/// See [`ZERO`].
pub const ONE: u32 = 0x6b73_6d31;
/// ... whose measurement now begins ...
pub const BEGIN: u32 = 0x6b73_6d32;
/// ... and now ends.
pub const END: u32 = 0x6b73_6d33;

/// Bits of a number, the highest first.
const BITS: u32 = 16;

macro_rules! mark {
    ($displacement:expr) => {
        // SAFETY: an instruction without effect on registers, flags and memory.
        unsafe {
            asm!(
                ".byte 0x0f, 0x1f, 0x84, 0x00",
                ".long {displacement}",
                displacement = const $displacement,
                options(nomem, nostack, preserves_flags)
            );
        }
    };
}

/// The number that stands for an operation of a cell.
pub fn number(cell: usize, op: Op) -> u32 {
    let op = match op {
        Op::Map => 0,
        Op::Unmap => 1,
        Op::Exit => 2,
    };
    (cell as u32) << 2 | op
}

/// The measurement of `op` of the `cell`-th cell begins.
pub(super) fn begin(cell: usize, op: Op) {
    let number = number(cell, op);
    for bit in (0..BITS).rev() {
        if number >> bit & 1 == 0 {
            mark!(ZERO);
        } else {
            mark!(ONE);
        }
    }
    mark!(BEGIN);
}

/// The measurement ends.
pub(super) fn end() {
    mark!(END);
}
