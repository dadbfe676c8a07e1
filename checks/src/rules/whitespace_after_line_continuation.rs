// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds blanks after the backslash of a macro.
//! # Why
//! The line then does not go on.
//! # Example
//! ```text
//! `#define a \ `
//! ```
//! # Instead
//! ```text
//! `#define a \`
//! ```
//! # Source
//! The type WHITESPACE_AFTER_LINE_CONTINUATION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "whitespace_after_line_continuation.rs" WHITESPACE_AFTER_LINE_CONTINUATION, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#define a \\ \n\tb")],
    silent: [Case::C("#define a \\\n\tb")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"\#\s*define.*\\(\s+)$").caps(&cx.lang, cx.line) {
        cx.at(caps.start(1)..caps.end(1));
        cx.warn("blanks after the backslash: the line does not go on");
    }
}
