// SPDX-License-Identifier: GPL-2.0-only
//! Init of the test VM.
fn main() {}
