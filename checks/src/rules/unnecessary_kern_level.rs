// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds KERN_ levels in functions whose name says the level.
//! # Why
//! The function adds one itself.
//! # Example
//! ```text
//! pr_err(KERN_ERR "a");
//! ```
//! # Instead
//! ```text
//! pr_err("a");
//! ```
//! # Source
//! The type UNNECESSARY_KERN_LEVEL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "unnecessary_kern_level.rs" UNNECESSARY_KERN_LEVEL, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tpr_err(KERN_ERR \"a\");")],
    silent: [Case::C("\tprintk(KERN_ERR \"a\");")],
}

fn check(cx: &mut Cx<'_>) {
    if re!(r"printk(?:_ratelimited|_once)?\s*\(").is(&cx.lang, cx.line) {
        return;
    }
    let level = re!(r"\b$LogFunctions\s*\(.*\b(KERN_[A-Z]+)\b");
    if let Some(caps) = level.caps(&cx.lang, cx.line) {
        let level = text::show(caps.s(1));
        cx.on(&caps, 1)
            .warn(format!("the function adds a level itself, {level} can go"));
    }
}
