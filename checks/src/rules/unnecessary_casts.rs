// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds allocations that are cast to a pointer.
//! # Why
//! A void pointer needs no cast, and the cast hides a missing declaration.
//! # Example
//! ```text
//! p = (struct foo *)kmalloc(n, GFP_KERNEL);
//! ```
//! # Instead
//! ```text
//! p = kmalloc(n, GFP_KERNEL);
//! ```
//! # Source
//! The type UNNECESSARY_CASTS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "unnecessary_casts.rs" UNNECESSARY_CASTS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tp = (struct foo *)kmalloc(n, GFP_KERNEL);")],
    silent: [Case::C("\tp = kmalloc(n, GFP_KERNEL);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\*\s*\)\s*$AllocFunctions\b"), cx.line, 0) {
        cx.warn("an allocation needs no cast");
    }
}
