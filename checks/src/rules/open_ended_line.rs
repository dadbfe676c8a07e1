// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines that end in an open parenthesis or bracket.
//! # Why
//! What is opened is easier to read with what is in it.
//! # Example
//! ```text
//! foo(
//! 	a);
//! ```
//! # Instead
//! ```text
//! foo(a);
//! ```
//! # Source
//! The type OPEN_ENDED_LINE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "open_ended_line.rs" OPEN_ENDED_LINE, [Check], Sure,
    { C: check },
    fires: [Case::C("\tfoo(\n\t\ta);")],
    silent: [Case::C("\tfoo(a);")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"^\+.*([\[\(])\s*$").caps(&cx.lang, cx.line) {
        cx.on(&caps, 1)
            .check(format!("a line that ends in '{}'", text::show(caps.s(1))));
    }
}
