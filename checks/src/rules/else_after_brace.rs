// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds an else on the line after the brace that it continues.
//! # Why
//! The if is not over.
//! # Example
//! ```text
//! }
//! else {
//! ```
//! # Instead
//! ```text
//! } else {
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Placing Braces and Spaces".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "else_after_brace.rs" ELSE_AFTER_BRACE, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tif (a) {\n\t\tb();\n\t}\n\telse {\n\t\tc();\n\t}")],
    silent: [Case::C("\tif (a) {\n\t\tb();\n\t} else {\n\t\tc();\n\t}")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.previous_indent == cx.indent
        && re!(r"}\s*$").is(&cx.lang, cx.previous)
        && cx.sees(re!(r"^.\s*(else)\s*"), cx.line, 1)
    {
        cx.error("else follows the brace on its line");
    }
}
