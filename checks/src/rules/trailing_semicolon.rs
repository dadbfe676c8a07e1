// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a semicolon after a condition whose next line is indented, and at the
//! end of a macro.
//! # Why
//! The first is a body of its own, which nobody wanted; the second makes an if
//! around the macro end early.
//! # Example
//! ```text
//! if (a);
//! 	b();
//! ```
//! # Instead
//! ```text
//! if (a)
//! 	b();
//! ```
//! # Source
//! The type TRAILING_SEMICOLON of the kernel's scripts/checkpatch.pl.

use super::shared::{do_while, head, on_macro};
use crate::context::Cx;
use crate::macros::Define;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "trailing_semicolon.rs" TRAILING_SEMICOLON, [Warning], Likely,
    { C: body, Late: define },
    fires: [Case::C("\tif (a);\n\t\tb();"), Case::C("#define a(b) c(b);")],
    silent: [Case::C("\tif (a)\n\t\tb();\n#define a(b) c(b)")],
}

fn body(cx: &mut Cx<'_>) {
    let Some(head) = head(cx) else { return };
    let lang = &cx.lang;
    if head.level != 0
        || re!(r"}\s*while\s*\($").is(lang, &head.before)
        || !re!(r"\)\s*\;\s*$").is(lang, &head.text)
    {
        return;
    }
    if let Some(next) = cx.lines.clean(head.next)
        && text::stats(next.bytes).1 > cx.indent
    {
        on_semicolon(cx);
        cx.warn("the semicolon is all of the body, by its indent there is more");
    }
}

fn define(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    if !do_while().is(&cx.lang, &define.joined)
        && re!(r"^\+\s*#\s*define\s+(?>$Ident).*;\s*$").is(&cx.lang, &define.joined)
    {
        on_semicolon(cx);
        cx.warn("no semicolon at the end of a macro");
    }
}

/// What is reported next is at the semicolon that ends the line, if one does.
fn on_semicolon(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r";\s*$").caps(&cx.lang, cx.plain) {
        cx.at(caps.start(0)..caps.start(0) + 1);
    } else {
        on_macro(cx);
    }
}
