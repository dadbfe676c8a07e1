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
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "open_ended_line.rs" OPEN_ENDED_LINE, [Check], Sure,
    { C: check },
    fires: [Case::C("\tfoo(\n\t\ta);")],
    silent: [Case::C("\tfoo(a);")],
}

fn check(cx: &mut Cx<'_>) {
    let code = text::trim_end(cx.line.bytes);
    if let [b'+', .., open @ (b'[' | b'(')] = code {
        cx.at(code.len() - 1..code.len())
            .check(format!("a line that ends in '{}'", char::from(*open)));
    }
}
