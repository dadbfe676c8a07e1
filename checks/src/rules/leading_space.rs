// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines that start with a blank, other than labels, comments and
//! directives.
//! # Why
//! Indents are made of tabs.
//! # Example
//! ```text
//! ` int a;`
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
    "leading_space.rs" LEADING_SPACE, [Warning], Sure,
    { Code: check },
    fires: [Case::C(" int a;")],
    silent: [Case::C("\tint a;\n out:")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.raw.bytes.starts_with(b"+ ") && !re!(r"^\+ *(?:$;|#|$Ident:)").is(&cx.lang, cx.line) {
        let blanks = cx.raw.bytes[1..].iter().take_while(|byte| **byte == b' ');
        let end = 1 + blanks.count();
        cx.at(1..end).warn("no blank at the start of a line");
        cx.fix(crate::text::tabify(cx.raw.bytes));
    }
}
