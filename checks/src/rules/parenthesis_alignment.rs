// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines that continue a call or a condition without being aligned with
//! its parenthesis.
//! # Why
//! Most of the kernel does it, and it shows what belongs together.
//! # Example
//! ```text
//! foo(a,
//! 		b);
//! ```
//! # Instead
//! ```text
//! foo(a,
//!     b);
//! ```
//! # Source
//! The type PARENTHESIS_ALIGNMENT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "parenthesis_alignment.rs" PARENTHESIS_ALIGNMENT, [Check], Likely,
    { Code: check },
    fires: [Case::C("\tfoo(a,\n\t\t\tb);")],
    silent: [Case::C("\tfoo(a,\n\t    b);")],
}

fn check(cx: &mut Cx<'_>) {
    let before = cx.previous.bytes;
    let code = text::trim_end(before);
    let goes_on = code.ends_with(b",") || code.ends_with(b"&&") || code.ends_with(b"||");
    if !goes_on || text::count(before, b'(') <= text::count(before, b')') {
        return;
    }
    let open = re!(
        r"^\+([ \t]*)((?:(?:$Keywords)(?:\s+if)\s*)|
          (?:$Declare\s*)?(?:$Ident|\(\s*\*\s*$Ident\s*\))\s*|
          (?:\*\s*)*$Lval\s*=\s*$Ident\s*)\(.*(\&\&|\|\||,)\s*$",
        "x"
    );
    if !open.is(&cx.lang, cx.previous) {
        return;
    }
    let Some(caps) = re!(r"^\+(\t*)(.*)$").caps(&cx.lang, cx.previous) else {
        return;
    };
    let (indent, rest) = (caps.s(1), caps.s(2));
    let Some(column) = last_open(cx, rest) else {
        return;
    };
    let found = re!(r"^(\+| )([ \t]*)").caps(&cx.lang, cx.line);
    let found = found.map_or(rest, |caps| caps.s(2));
    let tabs = [
        indent,
        &b"\t".repeat(column / text::TAB),
        &b" ".repeat(column % text::TAB),
    ]
    .concat();
    let blanks = [indent, &b" ".repeat(column)].concat();
    if found != tabs && found != blanks {
        let end = 1 + found.len();
        cx.at(end..end).check("align with the open parenthesis");
    }
}

/// The column after the last parenthesis that stays open.
fn last_open(cx: &Cx<'_>, line: &[u8]) -> Option<usize> {
    if text::count(line, b'(') <= text::count(line, b')') {
        return None;
    }
    let mut last = 0;
    let mut at = 0;
    while at < line.len() {
        let rest = &line[at..];
        if let Some(caps) = re!("^($FuncArg|$BalancedParens)").caps(&cx.lang, rest) {
            at += caps.end(1).saturating_sub(1);
        } else if rest[0] == b'(' {
            last = at;
        } else if !rest.contains(&b'(') {
            break;
        }
        at += 1;
    }
    Some(text::columns(&line[..last]) + 1)
}
