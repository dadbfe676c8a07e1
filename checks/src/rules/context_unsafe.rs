// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds context_unsafe without a comment.
//! # Why
//! It switches the analysis of locks off; the comment says why that is
//! right.
//! # Example
//! ```text
//! context_unsafe(a = b);
//! ```
//! # Instead
//! ```text
//! /* nobody else has it yet */
//! context_unsafe(a = b);
//! ```
//! # Source
//! The type CONTEXT_UNSAFE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "context_unsafe.rs" CONTEXT_UNSAFE, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tcontext_unsafe(a = b);")],
    silent: [Case::C("\t/* not shared yet */\n\tcontext_unsafe(a = b);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bcontext_unsafe\b"), cx.line, 0) && !cx.has_comment() {
        cx.warn("no comment says why this is not analysed");
    }
}
