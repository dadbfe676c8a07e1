// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds pr_cont() and KERN_CONT.
//! # Why
//! Other processors print in between; a message should be one call.
//! # Example
//! ```text
//! pr_cont("done\n");
//! ```
//! # Instead
//! ```text
//! pr_info("copying: done\n");
//! ```
//! # Source
//! The type LOGGING_CONTINUATION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "logging_continuation.rs" LOGGING_CONTINUATION, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tpr_cont(\"a\");")],
    silent: [Case::C("\tpr_info(\"a\");")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"\bprintk\s*\(\s*KERN_CONT\b|\bpr_cont\s*\("),
        cx.line,
        0,
    ) {
        cx.warn("a message in parts can be torn apart");
    }
}
