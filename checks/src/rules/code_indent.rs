// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds indents with eight or more blanks, or with blanks before a tab.
//! # Why
//! A tab is eight columns, and is what everybody uses.
//! # Example
//! ```text
//! `        int a;`
//! ```
//! # Instead
//! ```text
//! `	int a;`
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Indentation".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "code_indent.rs" CODE_INDENT, [Error], Sure,
    { Code: check },
    fires: [Case::C("        int a;"), Case::C("  \tint a;")],
    silent: [Case::C("\tint a;")],
}

fn check(cx: &mut Cx<'_>) {
    if re!(r"^\+\s* \t\s*\S").is(&cx.lang, cx.raw) || re!(r"^\+\s*        \s*").is(&cx.lang, cx.raw)
    {
        let indent = cx.raw.bytes.len() - crate::text::trim_start(&cx.raw.bytes[1..]).len();
        cx.at(1..indent).error("indent with tabs");
        cx.fix(crate::text::tabify(cx.raw.bytes));
    }
}
