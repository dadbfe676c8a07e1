// SPDX-License-Identifier: GPL-2.0-only
//! One command, one file: its arguments on top, `run` below.

pub mod bench;
pub mod cache;
pub mod check;
pub mod ci;
pub mod completions;
pub mod doctor;
pub mod review;
pub mod run_job;
pub mod send_series;
pub mod series;
pub mod setup;
pub mod test_vm;
pub mod vm;
