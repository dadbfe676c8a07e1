// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds parentheses around what is dereferenced, called or compared.
//! # Why
//! The operators bind as one expects; parentheses make a reader look for the reason.
//! # Example
//! ```text
//! if ((a == b) && (c))
//! ```
//! # Instead
//! ```text
//! if (a == b && c)
//! ```
//! # Source
//! The type UNNECESSARY_PARENTHESES of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "unnecessary_parentheses.rs" UNNECESSARY_PARENTHESES, [Warning, Check], Likely,
    { Added: check },
    fires: [Case::C("\ta = &(b->c);"), Case::C("\t(a->b)(c);"), Case::C("\tif ((a->b == c) && d)\n\t\te();"), Case::C("\tif ((a == b))\n\t\tc();")],
    silent: [Case::C("\ta = &b->c;\n\ta->b(c);\n\tif (a->b == c && d)\n\t\te();")],
}

fn check(cx: &mut Cx<'_>) {
    dereferenced(cx);
    called(cx);
    if cx.may_branch {
        compared(cx);
        doubled(cx);
    }
}

fn dereferenced(cx: &mut Cx<'_>) {
    let line = cx.line;
    let marked = |at| {
        let before = &line.bytes[..at];
        before.ends_with(b"*") || crate::text::trim_end(before).ends_with(b"&")
    };
    if !memchr::memchr_iter(b'(', line.bytes).any(marked) {
        return;
    }
    let found = re!(r"(?:[^&]&\s*|\*)\(\s*($Ident\s*(?:$Member\s*)+)\s*\)").all(&cx.lang, line);
    for caps in found {
        let name = crate::text::show(caps.s(1));
        cx.on(&caps, 1)
            .check(format!("`{name}` needs no parentheses"));
    }
}

fn called(cx: &mut Cx<'_>) {
    let line = cx.line;
    let goes_on = |at| crate::text::trim_start(&line.bytes[at + 1..]).starts_with(b"(");
    if !memchr::memchr_iter(b')', line.bytes).any(goes_on) {
        return;
    }
    let call = re!(r"(\bif\s*|)(\(\s*$Ident\s*(?:$Member\s*)+\))[ \t]*\(");
    if let Some(caps) = call.caps(&cx.lang, line)
        && !caps.s(1).starts_with(b"if")
    {
        let name = crate::text::show(caps.s(2));
        cx.on(&caps, 2).check(format!(
            "the function pointer `{name}` needs no parentheses"
        ));
    }
}

/// The parts of a condition.
fn compared(cx: &mut Cx<'_>) {
    if !cx.strict || cx.file.starts_with("drivers/staging/") {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let Some(caps) = re!(r"(^.\s*if\s*($BalancedParens))").caps(&cx.lang, found.scan()) else {
        return;
    };
    let condition = caps.s(2);
    let from = caps.start(2) + 1;
    let condition = &condition[1..condition.len() - 1];
    let part =
        re!(r"(?:^|[^\w\&\!\~])+\s*\(\s*([\&\!\~]?\s*$Lval\s*(?:$Compare\s*$FuncArg)?)\s*\)");
    for caps in part.all(&cx.lang, condition) {
        // One word may be the argument of a macro.
        if !re!(r"^\s*\w+\s*$").is(&cx.lang, caps.s(1)) {
            super::shared::on_statement(cx, from + caps.start(1)..from + caps.end(1));
            let part = crate::text::show(caps.s(1));
            cx.check(format!("`{part}` needs no parentheses"));
        }
    }
}

/// `if ((a == b))`.
fn doubled(cx: &mut Cx<'_>) {
    let line = cx.line;
    let Some(caps) = re!(r"\bif\s*((?:\(\s*){2,})").caps(&cx.lang, line) else {
        return;
    };
    // As many open as close around one comparison.
    let wanted = crate::text::count(caps.s(1), b'(');
    let inner = re!(r"\bif\s*((?:\(\s*)+)$LvalOrFunc\s*($Compare)\s*$LvalOrFunc((?:\s*\))+)");
    for caps in inner.all(&cx.lang, line) {
        let (open, close) = (caps.s(1), caps.s(9));
        if crate::text::count(open, b'(') != wanted || crate::text::count(close, b')') < wanted {
            continue;
        }
        let hint = match caps.s(5) {
            b"==" => ", or is = meant?",
            _ => "",
        };
        cx.on(&caps, 0)
            .warn(format!("the comparison needs no parentheses{hint}"));
        return;
    }
}
