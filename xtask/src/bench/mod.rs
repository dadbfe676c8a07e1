// SPDX-License-Identifier: GPL-2.0-only
//! The benchmark. In: kernels and cells (a workload at a size). Out: a
//! [`crate::report::bench::Report`]: what each cell costs, in instructions, so
//! that the numbers are the same on any machine, however loaded.
//!
//! The boot is the unit of sampling: boots of the variants are interleaved, and
//! the spread over them bounds what may be claimed.

pub mod compare;
pub mod fit;
pub mod interval;
pub mod plan;
pub mod preflight;
pub mod profile;
pub mod profiler;
pub mod run;
pub mod samples;
pub mod tools;
