// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a fix that stands behind patches of a series that are none, and that
//! touches none of their files.
//! # Why
//! Fixes go into the next release candidate and to stable kernels, the rest
//! waits for the merge window. A fix in front can be taken on its own.
//! # Example
//! ```text
//! [PATCH 1/2] misc: Add a cache
//! [PATCH 2/2] mm: Fix a leak
//! ```
//! # Instead
//! ```text
//! [PATCH 1/2] mm: Fix a leak
//! [PATCH 2/2] misc: Add a cache
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Separate your changes".

use std::collections::HashSet;

use super::{Check, Cx};
use crate::rule::{Case, rule};

rule! {
    "series_fixes_late.rs" SERIES_FIXES_LATE, [Check], Guess,
    series Check::Whole(check),
    fires: [Case::Series(&[
        "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int a;",
        "[PATCH 2/2] misc: Fix\n\nx\n\nFixes: 123456789012 (\"x\")\n---\n%b.c\n+int a;",
    ])],
    silent: [
        Case::Series(&[
            "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int a;",
            "[PATCH 2/2] misc: Fix\n\nx\n\nFixes: 123456789012 (\"x\")\n---\n%a.c\n+int b;",
        ]),
        Case::Series(&[
            "[PATCH 1/2] misc: Fix\n\nx\n\nFixes: 123456789012 (\"x\")\n---\n%a.c\n+int a;",
            "[PATCH 2/2] misc: Fix\n\nx\n\nFixes: 123456789012 (\"x\")\n---\n%b.c\n+int b;",
        ]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let mut touched = HashSet::new();
    let mut late = Vec::new();
    for (index, letter) in cx.patches() {
        let tags = letter.tags();
        let is_fix = tags
            .iter()
            .any(|tag| tag.name.eq_ignore_ascii_case("fixes"));
        let mut paths = letter.files.iter().map(|file| file.path());
        if !is_fix {
            touched.extend(paths);
        } else if !touched.is_empty() && !paths.any(|path| touched.contains(path)) {
            late.push(index);
        }
    }
    for index in late {
        cx.check(
            cx.subject(index),
            "a fix that needs none of the patches before it comes first",
        );
    }
}
