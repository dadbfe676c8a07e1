// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds variables of the type struct spinlock.
//! # Why
//! The name of the type is spinlock_t on every configuration.
//! # Example
//! ```text
//! struct spinlock a;
//! ```
//! # Instead
//! ```text
//! spinlock_t a;
//! ```
//! # Source
//! The type USE_SPINLOCK_T of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "use_spinlock_t.rs" USE_SPINLOCK_T, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tstruct spinlock a;")],
    silent: [Case::C("\tspinlock_t a;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^.\s*\bstruct\s+spinlock\s+\w+\s*;"), cx.line, 0) {
        cx.warn("spinlock_t instead of struct spinlock");
    }
}
