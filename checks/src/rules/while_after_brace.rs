// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the while of a do on the line after its brace.
//! # Why
//! By itself it looks like a loop that does nothing.
//! # Example
//! ```text
//! }
//! while (a);
//! ```
//! # Instead
//! ```text
//! } while (a);
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Placing Braces and Spaces".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::statement::statement;

rule! {
    "while_after_brace.rs" WHILE_AFTER_BRACE, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tdo {\n\t\ta();\n\t}\n\twhile (b);")],
    silent: [Case::C("\tdo {\n\t\ta();\n\t} while (b);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.previous_indent != cx.indent
        || !re!(r"^.\s*while\s*").is(&cx.lang, cx.line)
        || !re!(r"}\s*$").is(&cx.lang, cx.previous)
    {
        return;
    }
    let found = statement(cx.lines, cx.n, cx.left, 0);
    let rest = found.body().split(|byte| *byte == b'\n').next();
    if re!(r"^\s*;").is(&cx.lang, rest.unwrap_or_default()) {
        cx.sees(re!(r"\bwhile\b"), cx.line, 0);
        cx.error("the while of a do follows the brace on its line");
    }
}
