// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds printk_ratelimit().
//! # Why
//! All callers share one limit: a noisy one silences the others.
//! # Example
//! ```text
//! if (printk_ratelimit())
//! 	pr_err("x\n");
//! ```
//! # Instead
//! ```text
//! pr_err_ratelimited("x\n");
//! ```
//! # Source
//! The type PRINTK_RATELIMITED of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "printk_ratelimited.rs" PRINTK_RATELIMITED, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\tif (printk_ratelimit())")],
    silent: [Case::C("\tpr_err_ratelimited(\"x\\n\");")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bprintk_ratelimit\s*\("), cx.line, 0) {
        cx.warn("pr_<level>_ratelimited() has a limit of its own");
    }
}
