// SPDX-License-Identifier: GPL-2.0-only
//! The pin loop of VFIO type1 without the kernel around it, for tests on the
//! host. All there is lives in [`pinning`], which the kernel compiles too, as a
//! module of a crate of its own; this file is what it does not need.

#![no_std]
#![forbid(unsafe_code)]

// The oldest compiler that the kernel is built with.
#[clippy::msrv = "1.85.0"]
pub mod pinning;
