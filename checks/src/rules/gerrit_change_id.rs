// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the Change-Id: lines of a review system.
//! # Why
//! They mean nothing to anybody outside of it.
//! # Example
//! ```text
//! Change-Id: I0123456789
//! ```
//! # Instead
//! ```text
//! Remove the line.
//! ```
//! # Source
//! The type GERRIT_CHANGE_ID of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "gerrit_change_id.rs" GERRIT_CHANGE_ID, [Error], Sure,
    { Log: check },
    fires: [Case::Message("x\n\nChange-Id: I0123456789\n")],
    silent: [Case::Message("x\n\nThe change id is kept.\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.file.is_empty() && !cx.head.separator && cx.sees(re!(r"^\s*change-id:", "i"), cx.line, 0)
    {
        cx.error("a Change-Id: means nothing outside of its review system");
    }
}
