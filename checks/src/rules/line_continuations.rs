// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds backslashes at the end of lines outside of macros, and within strings.
//! # Why
//! C needs none; in a string they take the indent into the text.
//! # Example
//! ```text
//! a = b + \
//!     c;
//! ```
//! # Instead
//! ```text
//! a = b +
//!     c;
//! ```
//! # Source
//! The type LINE_CONTINUATIONS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::macros::is_linker_script;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "line_continuations.rs" LINE_CONTINUATIONS, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\ta = b + \\\n\t\tc;"), Case::C("\ta(\"b \\\n\t  c\");")],
    silent: [Case::C("#define a \\\n\tb")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let line = cx.line;
    let goes_on = re!(r"^\+.*\\$").is(lang, line);
    if goes_on
        && !is_linker_script(&cx.file)
        && !re!(r"^.\s*\#\s*define\s*$Ident(\()?").is(lang, line)
        && !re!(r"^..*\\$").is(lang, cx.previous)
        && !re!(r"^\+\s*\#.*\\$").is(lang, line)
        && !re!(r"^\+.*\b(__asm__|asm)\b.*\\$").is(lang, line)
    {
        let end = line.bytes.len();
        cx.at(end - 1..end)
            .warn("the line goes on without the backslash");
    }
    if cx.raw.bytes.ends_with(b"\\") && text::count(cx.plain.bytes, b'"') % 2 == 1 {
        let end = cx.raw.bytes.len();
        cx.at(end - 1..end);
        cx.warn("a string that goes on by a backslash");
    }
}
