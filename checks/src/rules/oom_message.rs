// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a message right after an allocation that failed.
//! # Why
//! The allocator has printed one already, with a stack trace.
//! # Example
//! ```text
//! a = kmalloc(size, GFP_KERNEL);
//! if (!a) {
//!     pr_err("no memory\n");
//! ```
//! # Instead
//! ```text
//! a = kmalloc(size, GFP_KERNEL);
//! if (!a)
//!     return -ENOMEM;
//! ```
//! # Source
//! The type OOM_MESSAGE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::statement::statement;

rule! {
    "oom_message.rs" OOM_MESSAGE, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\ta = kmalloc(b, GFP_KERNEL);\n\tif (!a) {\n\t\tpr_err(\"x\");\n\t}")],
    silent: [Case::C("\ta = kmalloc(b, GFP_KERNEL | __GFP_NOWARN);\n\tif (!a) {\n\t\tpr_err(\"x\");\n\t}")],
}

fn check(cx: &mut Cx<'_>) {
    let test = re!(r"^[ \+]\s*if\s*\(\s*(\!\s*|NULL\s*==\s*)?($Lval)(\s*==\s*NULL\s*)?\s*\)");
    let Some(caps) = test.caps(&cx.lang, cx.previous) else {
        return;
    };
    if cx.n <= 3
        || (caps.get(1).is_none() && caps.get(3).is_none())
        || !re!(r"^\+.*\b$LogFunctions\s*\(").is(&cx.lang, cx.line)
    {
        return;
    }
    // The line before the test and what is left of its statement.
    let before = statement(cx.lines, cx.n - 3, cx.left, 0).text;
    let allocates =
        re!(r"(?:^|\n)[ \+]\s*(?:$Type\s*)?$Arg0\s*=\s*(?:\([^\)]*\)\s*)?\s*$AllocFunctions\s*\(");
    if allocates.is_with(&cx.lang, &before, &[caps.s(2)])
        && !re!(r"\b__GFP_NOWARN\b").is(&cx.lang, &before)
    {
        cx.sees(re!(r"\b$LogFunctions\s*\("), cx.line, 0);
        cx.warn("an allocation that fails has a message already");
    }
}
