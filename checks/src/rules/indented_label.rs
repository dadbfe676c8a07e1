// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds labels that are indented.
//! # Why
//! They are easier to find at the margin.
//! # Example
//! ```text
//! 	out:
//! ```
//! # Instead
//! ```text
//! out:
//! ```
//! # Source
//! The type INDENTED_LABEL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "indented_label.rs" INDENTED_LABEL, [Warning], Likely,
    { Added: check },
    fires: [Case::C("\tout:")],
    silent: [Case::C("out:\n out2:\n\tdefault:\n\tint a:1;")],
}

fn check(cx: &mut Cx<'_>) {
    let line = cx.plain;
    if cx.sees(re!(r"^.\s+[A-Za-z_][A-Za-z\d_]*:(?!\s*\d+)"), line, 0)
        && !re!(r"^. [A-Za-z\d_][A-Za-z\d_]*:").is(&cx.lang, line)
        && !re!(r"^.\s+default:").is(&cx.lang, line)
    {
        cx.warn("labels stand at the margin");
    }
}
