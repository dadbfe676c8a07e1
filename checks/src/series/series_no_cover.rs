// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a series of several patches without a cover letter.
//! # Why
//! Nobody says what the patches are for as a whole, and there is no mail to
//! answer for all of them.
//! # Example
//! ```text
//! [PATCH 1/2], [PATCH 2/2]
//! ```
//! # Instead
//! ```text
//! [PATCH 0/2], [PATCH 1/2], [PATCH 2/2]
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, which has what is common to
//! all patches in the cover letter.

use super::{Check, Cx};
use crate::rule::{Case, rule};

rule! {
    "series_no_cover.rs" SERIES_NO_COVER, [Check], Sure,
    series Check::Whole(check),
    fires: [Case::Series(&["[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int a;", "[PATCH 2/2] misc: Add\n\nx\n---\n%a.c\n+int b;"])],
    silent: [
        Case::Series(&["[PATCH 0/2] misc: Add\n\nbase-commit: 1", "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int a;", "[PATCH 2/2] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
        // Part of a series, and patches that nobody mails yet.
        Case::Series(&["[PATCH 2/2] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+int a;", "[PATCH] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let numbered = || {
        cx.patches()
            .filter_map(|(index, it)| Some((index, it.subject.number?)))
    };
    let first = numbered().find(|(_, (number, _))| *number == 1);
    if let Some((index, (_, of))) = first
        && of > 1
        && numbered().count() > 1
        && cx.cover().is_none()
    {
        cx.check(
            cx.subject(index),
            format!("no cover letter tells what the {of} patches are for"),
        );
    }
}
