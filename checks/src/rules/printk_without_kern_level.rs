// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds printk() without a level.
//! # Why
//! Only with one can people choose what reaches the console.
//! # Example
//! ```text
//! printk("x\n");
//! ```
//! # Instead
//! ```text
//! pr_info("x\n");
//! ```
//! # Source
//! The type PRINTK_WITHOUT_KERN_LEVEL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "printk_without_kern_level.rs" PRINTK_WITHOUT_KERN_LEVEL, [Warning], Likely,
    { Added: check },
    fires: [Case::C("\tprintk(\"x\\n\");")],
    silent: [Case::C("\tprintk(KERN_INFO \"x\\n\");")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bprintk\s*\(\s*(?!KERN_[A-Z]+\b)"), cx.line, 0) {
        cx.warn("printk() without a level");
    }
}
