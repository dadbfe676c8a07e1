// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds assignments in the condition of an if.
//! # Why
//! They are easily taken for comparisons.
//! # Example
//! ```text
//! if ((a = b()))
//! ```
//! # Instead
//! ```text
//! a = b();
//! if (a)
//! ```
//! # Source
//! The type ASSIGN_IN_IF of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "assign_in_if.rs" ASSIGN_IN_IF, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tif ((a = b()))\n\t\tc();")],
    silent: [Case::C("\ta = b();\n\tif (a == c)\n\t\tc();")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(found) = super::shared::condition(cx)
        && re!(r"\bif\s*\(.*[^<>!=]=[^=].*", "s").is(&cx.lang, &found.condition)
    {
        cx.sees(re!(r"\bif\s*\(.*?[^<>!=](=)[^=]"), cx.line, 1);
        cx.error("no assignment in the condition of an if");
    }
}
