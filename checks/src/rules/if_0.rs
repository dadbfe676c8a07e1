// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds #if 0.
//! # Why
//! Code that is never compiled rots; git keeps what was removed.
//! # Example
//! ```text
//! #if 0
//! ...
//! #endif
//! ```
//! # Instead
//! ```text
//! Nothing.
//! ```
//! # Source
//! The type IF_0 of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "if_0.rs" IF_0, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#if 0")],
    silent: [Case::C("#if 0x10")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^.\s*\#\s*if\s+0\b"), cx.line, 0) {
        cx.warn("code that is never compiled can go");
    }
}
