// SPDX-License-Identifier: GPL-2.0-only
//! One command, one file: its arguments on top, `run` below.

pub mod doctor;
pub mod setup;
