// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a cover letter without the commit that the series applies to.
//! # Why
//! Robots that test a series have to guess where it belongs, and so do people.
//! # Example
//! ```text
//! git format-patch --cover-letter -3
//! ```
//! # Instead
//! ```text
//! git format-patch --cover-letter --base=auto -3
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Providing base tree
//! information".

use super::{Check, Cx};
use crate::rule::{Case, rule};

rule! {
    "series_no_base.rs" SERIES_NO_BASE, [Warning], Sure,
    series Check::Whole(check),
    fires: [Case::Series(&["[PATCH 0/1] misc: Add\n\nx", "[PATCH 1/1] misc: Add\n\nx\n---\n%a.c\n+int a;"])],
    silent: [
        Case::Series(&["[PATCH 0/1] misc: Add\n\nx\nbase-commit: 1234567890123456789012345678901234567890", "[PATCH 1/1] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let Some((index, cover)) = cx.cover() else {
        return;
    };
    let mut lines = cover.lines.iter();
    if !lines.any(|line| line.starts_with(b"base-commit: ")) {
        cx.warn(
            cx.subject(index),
            "say with a base-commit: line what this applies to",
        );
    }
}
