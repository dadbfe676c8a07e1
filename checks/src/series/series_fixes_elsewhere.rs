// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a Fixes: tag whose commit is not part of the history that the patch is
//! for.
//! # Why
//! The commit may be of a branch that was rebased since, or of a stable kernel;
//! its id means nothing where the fix is applied.
//! # Example
//! ```text
//! Fixes: 123456789012 ("misc: add a")    # of linux-6.12.y
//! ```
//! # Instead
//! ```text
//! The id that the commit has in mainline.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Describe your changes".

use super::{Check, Cx, Place};
use crate::rule::{Case, rule};
use crate::world::Commit;

rule! {
    "series_fixes_elsewhere.rs" SERIES_FIXES_ELSEWHERE, [Warning], Sure,
    series Check::Whole(check),
    fires: [Case::Series(&["[PATCH] misc: Add\n\nx\n\nFixes: eeeeeeeeeeee (\"misc: add a\")\n---\n%a.c\n+int a;"])],
    silent: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n\nFixes: aaaaaaaaaaaa (\"misc: add a\")\n---\n%a.c\n+int a;"]),
        // That there is none is for others to say.
        Case::Series(&["[PATCH] misc: Add\n\nx\n\nFixes: 999999999999 (\"misc: add a\")\n---\n%a.c\n+int a;"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let mut found = Vec::new();
    for (index, letter) in cx.patches() {
        for tag in letter.tags() {
            let id = tag.value.split_whitespace().next().unwrap_or_default();
            if tag.name.eq_ignore_ascii_case("fixes")
                && let Commit::Known(id, _) = cx.world.commit(id)
                && cx.world.is_ancestor(&id) == Some(false)
            {
                found.push((index, tag.line, id));
            }
        }
    }
    for (letter, line, id) in found {
        let place = Place {
            letter,
            line,
            file: "",
            file_line: 0,
            word: &id,
        };
        let id = id.get(..12).unwrap_or(&id);
        cx.warn(place, format!("{id} is no ancestor of what this is for"));
    }
}
