// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds patches that somebody else than the author signed off.
//! # Why
//! The author has to certify the origin of the code.
//! # Example
//! ```text
//! From: Jane Doe, Signed-off-by: John Roe
//! ```
//! # Instead
//! ```text
//! A sign-off of the author before the others.
//! ```
//! # Source
//! The type NO_AUTHOR_SIGN_OFF of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::mail::Match;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "no_author_sign_off.rs" NO_AUTHOR_SIGN_OFF, [Error], Sure,
    { End: check },
    fires: [Case::Patch("From: Jane Doe <jane@x.org>\nSubject: x\n\nWhy.\n\nSigned-off-by: John Roe <john@x.org>\n---\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n")],
    silent: [Case::C("int a;")],
}

fn check(cx: &mut Cx<'_>) {
    let head = &cx.head;
    if !cx.is_file()
        && cx.options.sign_off
        && head.is_patch
        && head.has_log
        && head.sign_offs > 0
        && head.match_ == Match::Missing
    {
        let author = text::show(&head.author);
        cx.error(format!("no Signed-off-by: of the author, {author}"));
    }
}
