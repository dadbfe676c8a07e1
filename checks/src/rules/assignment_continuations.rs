// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines that start with an assignment operator.
//! # Why
//! The operator at the end of the line before says that something follows.
//! # Example
//! ```text
//! a
//! 	= b;
//! ```
//! # Instead
//! ```text
//! a =
//! 	b;
//! ```
//! # Source
//! The type ASSIGNMENT_CONTINUATIONS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "assignment_continuations.rs" ASSIGNMENT_CONTINUATIONS, [Check], Sure,
    { Code: check },
    fires: [Case::C("\ta\n\t\t= b;")],
    silent: [Case::C("\ta =\n\t\tb;")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"^\+\s+($Assignment)[^=]").caps(&cx.lang, cx.plain) {
        let operator = text::show(caps.s(1));
        cx.on(&caps, 1).check(format!(
            "'{operator}' belongs at the end of the line before"
        ));
    }
}
