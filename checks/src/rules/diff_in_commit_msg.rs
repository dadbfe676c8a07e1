// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines of a diff in the commit message.
//! # Why
//! patch(1) and git apply take the first diff they see, so they may apply the
//! example instead of the patch.
//! # Example
//! ```text
//! --- a/drivers/misc/a.c
//! ```
//! # Instead
//! ```text
//! Indent the example and leave out its header.
//! ```
//! # Source
//! The type DIFF_IN_COMMIT_MSG of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "diff_in_commit_msg.rs" DIFF_IN_COMMIT_MSG, [Error], Sure,
    { Line: check },
    fires: [Case::Message("It was wrong:\n\n  --- a/foo.c\n")],
    silent: [Case::Message("It was wrong:\n\n  - one\n  + two\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.head.in_log || cx.head.has_diff {
        return;
    }
    let lang = &cx.lang;
    let names = re!(r"^\s+diff\b.*a/([\w/]+)").caps(lang, cx.line);
    let both = names.is_some_and(|caps| {
        re!(r"^\s+diff\b.*a/[\w/]+\s+b/$Arg0\b").is_with(lang, cx.line, &[caps.s(1)])
    });
    if both
        || re!(r"^\s*(?:\-\-\-\s+a/|\+\+\+\s+b/)").is(lang, cx.line)
        || re!(r"^\s*\@\@ \-\d+,\d+ \+\d+,\d+ \@\@").is(lang, cx.line)
    {
        cx.on_line();
        cx.error("a diff in the commit message confuses patch(1)");
        cx.head.has_diff = true;
    }
}
