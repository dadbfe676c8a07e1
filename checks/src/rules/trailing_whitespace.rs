// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds blanks at the end of added lines.
//! # Why
//! Editors remove them by themselves, and the next patch has changes that mean
//! nothing.
//! # Example
//! ```text
//! `int a; `
//! ```
//! # Instead
//! ```text
//! `int a;`
//! ```
//! # Source
//! The type TRAILING_WHITESPACE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "trailing_whitespace.rs" TRAILING_WHITESPACE, [Error], Sure,
    { Hunk: check },
    fires: [Case::C("int a; ")],
    silent: [Case::C("int a;")],
}

fn check(cx: &mut Cx<'_>) {
    if text::trim_end(cx.raw.bytes).len() == cx.raw.bytes.len() {
        return;
    }
    if !re!(r"^\+.*\015").is(&cx.lang, cx.line)
        && (re!(r"^\+.*\S\s+$").is(&cx.lang, cx.raw) || re!(r"^\+\s+$").is(&cx.lang, cx.raw))
    {
        let line = text::trim_end(cx.raw.bytes);
        cx.at(line.len()..cx.raw.bytes.len())
            .error("trailing whitespace");
        // A backslash at the end would join the next line.
        if !line.ends_with(b"\\") {
            cx.fix(line.to_vec());
        }
    }
}
