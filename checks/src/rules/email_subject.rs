// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds subjects that name the tool which found the problem.
//! # Why
//! The subject is for the change; the tool belongs in the message.
//! # Example
//! ```text
//! Subject: [PATCH] misc: fix checkpatch warning
//! ```
//! # Instead
//! ```text
//! Subject: [PATCH] misc: use a tab in a()
//! ```
//! # Source
//! The type EMAIL_SUBJECT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "email_subject.rs" EMAIL_SUBJECT, [Warning], Sure,
    { Log: check },
    fires: [Case::Patch("Subject: [PATCH] misc: fix checkpatch warning\n\nx\n")],
    silent: [Case::Patch("Subject: [PATCH] checkpatch: know one more type\n\nx\n")],
}

fn check(cx: &mut Cx<'_>) {
    let tool = re!(r"^Subject:.*\b(checkpatch|sparse|smatch)\b[^:]", "i");
    if cx.head.in_header && cx.sees(tool, cx.line, 1) {
        cx.warn("the subject names the tool, not the change");
    }
}
