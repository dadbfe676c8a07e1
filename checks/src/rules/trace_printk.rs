// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds trace_printk() and its kin.
//! # Why
//! They are for debugging: a kernel with one warns in large letters at boot.
//! # Example
//! ```text
//! trace_printk("x\n");
//! ```
//! # Instead
//! ```text
//! pr_debug("x\n");
//! ```
//! # Source
//! The type TRACE_PRINTK of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "trace_printk.rs" TRACE_PRINTK, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\ttrace_printk(\"x\\n\");")],
    silent: [Case::C("\tpr_debug(\"x\\n\");")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"\b(trace_printk|trace_puts|ftrace_vprintk)\s*\("),
        cx.line,
        1,
    ) {
        cx.warn("trace_printk() and its kin are for debugging");
    }
}
