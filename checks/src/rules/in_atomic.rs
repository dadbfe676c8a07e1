// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds in_atomic() outside of the core of the kernel.
//! # Why
//! Without preemption it does not see a spinlock that is held.
//! # Example
//! ```text
//! if (in_atomic())
//! ```
//! # Instead
//! ```text
//! f(gfp_mask);
//! ```
//! # Source
//! The type IN_ATOMIC of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "in_atomic.rs" IN_ATOMIC, [Error, Warning], Likely,
    { Late: check },
    fires: [Case::C("\tif (in_atomic())"), Case::In("mm/a.c", "\tif (in_atomic())")],
    silent: [Case::In("kernel/a.c", "\tif (in_atomic())")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.sees(re!(r"\bin_atomic\s*\("), cx.line, 0) {
        return;
    }
    if cx.file.starts_with("drivers/") {
        cx.error("a driver cannot use in_atomic()");
    } else if !cx.file.starts_with("kernel/") {
        cx.warn("in_atomic() does not see all locks");
    }
}
