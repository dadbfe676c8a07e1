// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds // comments, where they were asked not to be tolerated.
//! # Why
//! A patch to code that only has the other kind should not mix them.
//! # Example
//! ```text
//! a = 1; // one
//! ```
//! # Instead
//! ```text
//! a = 1; /* one */
//! ```
//! # Source
//! The type C99_COMMENTS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "c99_comments.rs" C99_COMMENTS, [Error], Sure,
    { Added: check },
    fires: [Case::Untolerant("\ta = 1; // one")],
    silent: [Case::C("\ta = 1; // one")],
}

fn check(cx: &mut Cx<'_>) {
    // The line itself ends before the comment.
    let line = cx.lines.clean(cx.n);
    if let Some(at) = line.and_then(|line| text::find(line.bytes, b"//")) {
        cx.at(at..at + 2);
        cx.error("/* comments */ instead of // comments");
    }
}
