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

use super::shared::head;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::statement::statement;
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
        cx.warn("the semicolon is all of the body, by its indent there is more");
    }
}

fn define(cx: &mut Cx<'_>) {
    if cx.file.ends_with("/vmlinux.lds.h")
        || !re!(r"^.\s*\#\s*define\s+$Ident(\()?").is(&cx.lang, cx.line)
    {
        return;
    }
    let found = statement(cx.lines, cx.n, cx.left, 0).text;
    let flat = re!(r"\\\n.").sub_all(&cx.lang, &found, b"");
    let flat = text::without_comments(&flat);
    if !super::shared::do_while().is(&cx.lang, &flat)
        && re!(r"^\+\s*#\s*define\s+$Ident.*;\s*$").is(&cx.lang, &flat)
    {
        cx.warn("no semicolon at the end of a macro");
    }
}
