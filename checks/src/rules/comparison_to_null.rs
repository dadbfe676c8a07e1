// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds comparisons with NULL.
//! # Why
//! Most of the kernel writes a pointer as a condition.
//! # Example
//! ```text
//! if (a == NULL)
//! ```
//! # Instead
//! ```text
//! if (!a)
//! ```
//! # Source
//! The type COMPARISON_TO_NULL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "comparison_to_null.rs" COMPARISON_TO_NULL, [Check], Sure,
    { Late: check },
    fires: [Case::C("\tif (a->b == NULL)")],
    silent: [Case::C("\tif (!a->b)\n\t\ta = NULL;")],
}

fn check(cx: &mut Cx<'_>) {
    let compared = re!(r"\b$LvalOrFunc\s*(==|\!=)\s*NULL\b");
    for caps in compared.all(&cx.lang, cx.line) {
        let not = if caps.s(4) == b"!=" { "" } else { "!" };
        let value = text::show(caps.s(1));
        cx.on(&caps, 0).check(format!(
            "a comparison to NULL can be written '{not}{value}'"
        ));
    }
}
