// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds statements on the line of their if, else or case.
//! # Why
//! One looks for the body a line below.
//! # Example
//! ```text
//! if (a) b();
//! ```
//! # Instead
//! ```text
//! if (a)
//! 	b();
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Indentation".

use super::shared::on_statement;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "trailing_statements.rs" TRAILING_STATEMENTS, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tif (a) b();"), Case::C("\telse b();"), Case::C("\t} if (b)"), Case::C("\tcase 1: b();")],
    silent: [Case::C("\tif (a)\n\t\tb();\n\telse if (c)\n\t\td();\n\tcase 1: return 2;")],
}

const MESSAGE: &str = "the statement belongs on the next line";

fn check(cx: &mut Cx<'_>) {
    condition(cx);
    let line = cx.line;
    if let Some(caps) = re!(r"^.\s*(?:}\s*)?else\b(.*)").caps(&cx.lang, line) {
        let rest = text::drop_comments(caps.s(1));
        if !re!(r"^\s*(?:\sif|(?:{|)\s*\\?\s*$)").is(&cx.lang, &rest) {
            cx.on(&caps, 1).error(MESSAGE);
        }
    }
    if cx.sees(re!(r"}\s*(if)\b"), line, 1) {
        cx.error("an if belongs on the next line, unless else if is meant");
    }
    if super::shared::after_case(cx).is_some_and(|end| end.is_none()) {
        cx.sees(re!(r"(?:\bcase\b[^:]*|\bdefault\s*):\s*(.*)"), cx.line, 1);
        cx.error(MESSAGE);
    }
}

fn condition(cx: &mut Cx<'_>) {
    let Some(found) = super::shared::condition(cx) else {
        return;
    };
    let rest = found.body().split(|byte| *byte == b'\n').next();
    let rest = text::drop_comments(rest.unwrap_or_default());
    if !found.condition.is_empty()
        && !re!(r"^\s*{?\s*\\*\s*$").is(&cx.lang, &rest)
        && !re!(r"}\s*while\s*").is(&cx.lang, &found.condition)
    {
        let body = text::trim_start(&rest);
        let at = text::find(cx.line.bytes, body).unwrap_or_default();
        on_statement(cx, at..at + body.len());
        cx.error(MESSAGE);
    }
}
