// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds patches without a Signed-off-by:.
//! # Why
//! It certifies that the author may submit the code under its licence; only a
//! person can give it.
//! # Example
//! ```text
//! A patch without the line.
//! ```
//! # Instead
//! ```text
//! Signed-off-by: Jane Doe <jane@example.org>
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Developer's Certificate of
//! Origin".

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "missing_sign_off.rs" MISSING_SIGN_OFF, [Error], Sure,
    { End: check },
    fires: [Case::Patch("Subject: x\n\nWhy.\n---\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n")],
    silent: [Case::C("int a;")],
}

fn check(cx: &mut Cx<'_>) {
    let head = &cx.head;
    if !cx.is_file() && cx.options.sign_off && head.is_patch && head.has_log && head.sign_offs == 0
    {
        cx.error("no Signed-off-by:");
    }
}
