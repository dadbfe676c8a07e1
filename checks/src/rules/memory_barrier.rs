// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds memory barriers without a comment, and those that belong to
//! barrier.h elsewhere.
//! # Why
//! A barrier has a counterpart on another processor, which only a comment
//! can name.
//! # Example
//! ```text
//! smp_mb();
//! ```
//! # Instead
//! ```text
//! /* pairs with the smp_rmb() in a() */
//! smp_mb();
//! ```
//! # Source
//! Documentation/process/submit-checklist.rst.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "memory_barrier.rs" MEMORY_BARRIER, [Warning], Likely,
    { Late: check },
    fires: [
        Case::C("\tsmp_mb();"),
        Case::C("\t/* pairs with b() */\n\t__smp_wmb();"),
    ],
    silent: [Case::C("\t/* pairs with b() */\n\tsmp_mb();")],
}

fn check(cx: &mut Cx<'_>) {
    let barrier = re!(r"\b(?:mb|rmb|wmb|smp_$SmpBarrier|virt_$SmpBarrier)\s*\(");
    if cx.sees(barrier, cx.line, 0) && !cx.has_comment() {
        cx.warn("no comment says what this barrier pairs with");
    }
    if cx.sees(re!(r"\b__smp_$SmpBarrier\s*\("), cx.line, 0)
        && !re!(r"^.\s*\#\s*define\s+__smp_$SmpBarrier\s*\(").is(&cx.lang, cx.line)
        && !cx.file.starts_with("include/asm-generic/")
        && !cx.file.ends_with("/barrier.h")
    {
        cx.warn("the __smp barriers are for barrier.h");
    }
}
