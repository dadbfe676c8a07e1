// SPDX-License-Identifier: GPL-2.0-only
//! The stages of the pipeline, as a library so that `tests/` can call them.
//!
//! Each stage takes the value that the one before made, and imports nothing
//! that comes later: [`source`] → [`tree`] → [`build`] → [`boot`] →
//! [`scenario`] → [`report`].

pub mod bench;
pub mod boot;
pub mod build;
pub mod checked;
pub mod commands;
pub mod context;
pub mod deep;
pub mod fsx;
pub mod initramfs;
pub mod interrupt;
pub mod job;
pub mod lock;
pub mod mail;
pub mod paths;
pub mod proc;
pub mod recipients;
pub mod report;
pub mod results;
pub mod review;
pub mod scenario;
pub mod series;
pub mod source;
pub mod stop;
pub mod suite;
pub mod toolchain;
pub mod tree;
pub mod ui;
