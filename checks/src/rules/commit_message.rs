// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a patch whose message says nothing beyond its subject.
//! # Why
//! The subject says what changed. Why it had to, and how it was tested, is what
//! reviewers and later readers look for.
//! # Example
//! ```text
//! Subject: [PATCH] misc: fix it
//! Signed-off-by: Jane Doe <jane@example.org>
//! ```
//! # Instead
//! ```text
//! A paragraph that says what was wrong and why this is the way out.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Describe your changes".

use crate::context::Cx;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "commit_message.rs" COMMIT_MESSAGE, [Warning], Sure,
    { Line: check },
    fires: [Case::Message("")],
    silent: [Case::Message("It was wrong, and this makes it right.\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.head.in_log {
        if !text::is_blank(cx.line.bytes) {
            cx.head.log_lines += 1;
        }
    } else if cx.head.has_log && cx.head.log_lines < 2 {
        cx.warn("the patch has no description");
        cx.head.log_lines = 2;
    }
}
