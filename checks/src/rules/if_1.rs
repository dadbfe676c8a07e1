// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds #if 1.
//! # Why
//! The condition is always true, so it only takes lines.
//! # Example
//! ```text
//! #if 1
//! ...
//! #endif
//! ```
//! # Instead
//! ```text
//! The code without the condition.
//! ```
//! # Source
//! The type IF_1 of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "if_1.rs" IF_1, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#if 1")],
    silent: [Case::C("#if A")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^.\s*\#\s*if\s+1\b"), cx.line, 0) {
        cx.warn("a condition that is always true can go");
    }
}
