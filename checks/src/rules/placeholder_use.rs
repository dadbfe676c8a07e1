// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the placeholders of git format-patch --cover-letter.
//! # Why
//! Someone forgot to write the letter.
//! # Example
//! ```text
//! *** BLURB HERE ***
//! ```
//! # Instead
//! ```text
//! The letter.
//! ```
//! # Source
//! The type PLACEHOLDER_USE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "placeholder_use.rs" PLACEHOLDER_USE, [Error], Sure,
    { Log: check },
    fires: [Case::Patch("Subject: [PATCH 0/2] *** SUBJECT HERE ***\n\nx\n")],
    silent: [Case::Patch("Subject: [PATCH 0/2] misc: a change\n\nx\n")],
}

fn check(cx: &mut Cx<'_>) {
    if (cx.head.in_log || cx.head.in_header) && cx.sees(re!("(?:SUBJECT|BLURB) HERE"), cx.raw, 0) {
        cx.error("a placeholder that was to be replaced");
    }
}
