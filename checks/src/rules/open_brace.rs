// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds open braces on a line of their own after a condition, a structure or the =
//! of an initialiser, and those of functions that are not on one.
//! # Why
//! All is written so, and a page holds more.
//! # Example
//! ```text
//! if (a)
//! {
//! ```
//! # Instead
//! ```text
//! if (a) {
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Placing Braces and Spaces".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "open_brace.rs" OPEN_BRACE, [Error], Sure,
    { C: head_of_loop, Added: added, Late: function },
    fires: [Case::C("\tif (a)\n\t{\n\t\tb();\n\t}"), Case::C("int f(int a) {\n\treturn a;"), Case::C("struct a\n{"), Case::C("\tint a[] =\n\t{"), Case::C("static int f(int a,\n\t     int b) {\n\treturn a;\n}")],
    silent: [Case::C("int f(int a)\n{\n\tif (a) {\n\t\tb();\n\t}\n}"), Case::C("struct a {")],
}

const SAME: &str = "the open brace goes on the line before";
const NEXT: &str = "the open brace of a function goes on the next line";

fn head_of_loop(cx: &mut Cx<'_>) {
    let Some(head) = super::shared::head(cx) else {
        return;
    };
    if let Some(next) = cx.lines.clean(head.next)
        && !head.text.contains(&b'{')
        && re!(r"^\+\s*{").is(&cx.lang, next)
    {
        // Where it goes, if the condition is all on this line.
        if head.next == cx.n + 1 {
            cx.on_end();
        } else {
            cx.on_start();
        }
        cx.error(SAME);
    }
}

fn added(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if re!(r"^.\s*{").is(lang, cx.line) {
        let initialiser = re!(r"(?:^|[^=])=\s*$").is(lang, cx.previous);
        let structure = re!(r"^.\s*(?:typedef\s+)?(enum|union|struct)(?:\s+$Ident)?\s*$");
        for _ in 0..usize::from(initialiser) + usize::from(structure.is(lang, cx.previous)) {
            cx.sees(re!(r"^.\s*({)"), cx.line, 1);
            cx.error(SAME);
        }
    }
    let lang = &cx.lang;
    if !cx.plain.bytes.contains(&b'}')
        && let Some(caps) = re!(r"$Type\s*$Ident\s*$BalancedParens\s*\{").caps(lang, cx.plain)
        && !re!(r"\#\s*define\b.*do\s*\{").is(lang, cx.plain)
    {
        cx.at(caps.end(0) - 1..caps.end(0));
        cx.error(NEXT);
    }
}

/// A function whose head has several lines.
fn function(cx: &mut Cx<'_>) {
    let Some(found) = cx.statement.clone() else {
        return;
    };
    if !super::shared::function().is(&cx.lang, found.scan()) {
        return;
    }
    for number in 0..text::rawlines(&found.text) {
        let Some(line) = cx.lines.raw_after(cx.n, number) else {
            break;
        };
        let brace = line.contains(&b'{');
        if re!(r"^[ \+]\{").is(&cx.lang, line) || (brace && number == 0) {
            return;
        }
        if brace && matches!(line.first(), Some(b' ' | b'+')) {
            break;
        }
    }
    cx.sees(re!(r"\b(\w+)\s*\("), cx.line, 1);
    cx.error(NEXT);
}
