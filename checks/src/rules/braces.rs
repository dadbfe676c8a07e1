// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds braces around single statements, braces around some arms of an if, and
//! blank lines next to braces.
//! # Why
//! Lines that say nothing take the room of those that do; but one arm with braces
//! wants them around all.
//! # Example
//! ```text
//! if (a) {
//! 	b();
//! }
//! ```
//! # Instead
//! ```text
//! if (a)
//! 	b();
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Placing Braces and Spaces".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::statement::{Statement, chain};
use crate::text;

rule! {
    "braces.rs" BRACES, [Warning, Check], Likely,
    { Late: check },
    fires: [Case::C("\tif (a) {\n\t\tb();\n\t}\n\tc();"), Case::C("\tif (a) {\n\t\tb();\n\t\tc();\n\t} else\n\t\td();"), Case::C("\tif (a) {\n\n\t\tb();\n\t\tc();\n\t}")],
    silent: [Case::C("\tif (a)\n\t\tb();\n\tif (a) {\n\t\tb();\n\t\tc();\n\t} else {\n\t\td();\n\t}\n\te();")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.may_branch {
        arms(cx);
        single(cx);
    }
    let lang = &cx.lang;
    if re!(r"^.\s*\}\s*else\s*$").is(lang, cx.plain)
        || re!(r"^.\s*else\s*\{\s*$").is(lang, cx.plain)
    {
        cx.sees(re!(r"\belse\b"), cx.plain, 0);
        cx.check("braces on one side of the else only");
    }
    let lang = &cx.lang;
    if re!(r"^.\s*}\s*$").is(lang, cx.line) && re!(r"^.\s*$").is(lang, cx.previous_raw) {
        cx.on_start();
        cx.check("a blank line before a closing brace");
    }
    let lang = &cx.lang;
    if re!(r"^..*{\s*$").is(lang, cx.previous) && re!(r"^.\s*$").is(lang, cx.raw) {
        cx.on_end();
        cx.check("a blank line after an open brace");
    }
}

/// Whether a part of a statement may have braces.
fn allowed(cx: &Cx<'_>, part: &Statement) -> bool {
    text::statement_lines(&part.condition) > 1
        || re!(r"\b(?:if|for|while)\b").is(&cx.lang, part.body())
        || text::block_size(part.body()) > 1
}

fn has_brace(cx: &Cx<'_>, part: &Statement) -> bool {
    re!(r"^\s*\{").is(&cx.lang, part.body())
}

/// An if with its elses.
fn arms(cx: &mut Cx<'_>) {
    let line = cx.line;
    let Some(caps) = re!(r"(^.*)\bif\b").caps(&cx.lang, line) else {
        return;
    };
    if re!(r"else\s*$").is(&cx.lang, caps.s(1)) {
        return;
    }
    let found = chain(cx.lines, cx.n, cx.left, 1);
    if found.parts.len() < 2 || found.level != 0 {
        return;
    }
    let (mut wanted, mut seen) = (0, 0);
    let mut at = cx.n - 1;
    for part in &found.parts {
        let blank = re!(r"^((?:\s*\n[+-])*\s*)", "s");
        let blank = blank.caps(&cx.lang, &part.condition);
        let offset = blank.map_or(0, |caps| text::count(caps.s(1), b'\n'));
        cx.keep.braces.insert(at + offset);
        at += text::count(&part.text, b'\n');
        seen += usize::from(has_brace(cx, part));
        wanted += usize::from(allowed(cx, part));
    }
    let all = found.parts.len();
    if seen > 0 && wanted == 0 {
        cx.sees(re!(r"\bif\b"), line, 0);
        cx.warn("no arm of the if needs braces");
    } else if seen > 0 && wanted != all && seen != all {
        cx.sees(re!(r"\bif\b"), line, 0);
        cx.check("if one arm of an if has braces, all have");
    }
}

/// A condition or loop by itself.
fn single(cx: &mut Cx<'_>) {
    if cx.keep.braces.contains(&(cx.n - 1)) {
        return;
    }
    let line = cx.line;
    let Some(caps) = re!(r"\b(if|while|for|else)\b").caps(&cx.lang, line) else {
        return;
    };
    let start = caps.start(0);
    if text::trim_end(&line.bytes[..start]).ends_with(b"}") {
        return;
    }
    let found = chain(cx.lines, cx.n, cx.left, start);
    let first = &found.parts[0];
    let next = found.parts.get(1);
    if found.level == 0
        && has_brace(cx, first)
        && !allowed(cx, first)
        && !next.is_some_and(|part| has_brace(cx, part))
    {
        cx.on(&caps, 0).warn("a single statement needs no braces");
    }
}
