// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds cases that are not indented as their switch.
//! # Why
//! A level less to read.
//! # Example
//! ```text
//! switch (a) {
//! 	case 1:
//! ```
//! # Instead
//! ```text
//! switch (a) {
//! case 1:
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Indentation".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::statement::block;
use crate::text;

rule! {
    "switch_case_indent_level.rs" SWITCH_CASE_INDENT_LEVEL, [Error], Sure,
    { C: check },
    fires: [Case::C("\tswitch (a) {\n\t\tcase 1:\n\t\t\tb();\n\t}")],
    silent: [Case::C("\tswitch (a) {\n\tcase 1:\n\t\tb();\n\t}")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\bswitch\s*\(.*\)").is(&cx.lang, cx.line) {
        return;
    }
    let block = block(cx.lines, cx.n, cx.left, (b'{', b'}'), true);
    let case = re!(r"^\+\s*(case\s+|default:)");
    let odd = block
        .lines
        .iter()
        .skip(1)
        .any(|line| text::stats(line).1 != cx.indent && case.is(&cx.lang, *line));
    if odd {
        cx.sees(re!(r"\bswitch\b"), cx.line, 0);
        cx.error("the cases are indented as their switch");
    }
}
