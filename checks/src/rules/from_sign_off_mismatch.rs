// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds authors who sign off with another name or address than they send from.
//! # Why
//! The log then has two people.
//! # Example
//! ```text
//! From: Jane Doe, Signed-off-by: J. Doe
//! ```
//! # Instead
//! ```text
//! The same name and address in both.
//! ```
//! # Source
//! The type FROM_SIGN_OFF_MISMATCH of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::mail::Match;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "from_sign_off_mismatch.rs" FROM_SIGN_OFF_MISMATCH, [Warning, Check], Sure,
    { End: check },
    fires: [Case::Patch("From: Jane Doe <jane@x.org>\nSubject: x\n\nWhy.\n\nSigned-off-by: J. Doe <jane@x.org>\n---\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n")],
    silent: [Case::C("int a;")],
}

fn check(cx: &mut Cx<'_>) {
    let head = &cx.head;
    if cx.is_file()
        || !cx.options.sign_off
        || !head.is_patch
        || !head.has_log
        || head.sign_offs == 0
    {
        return;
    }
    let (author, signer) = (text::show(&head.author), text::show(&head.author_sign_off));
    let what = match head.match_ {
        Match::Missing | Match::Same => return,
        Match::Comments => "comments",
        Match::Names => "names",
        Match::Addresses => "addresses",
        Match::Subaddress => "details of the addresses",
    };
    let message = format!("the {what} differ: From: {author}, Signed-off-by: {signer}");
    if what == "comments" {
        cx.check(message);
    } else {
        cx.warn(message);
    }
}
