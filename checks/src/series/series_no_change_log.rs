// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a second or later version of a series that nowhere says what changed,
//! neither in the cover letter nor in the notes below `---`.
//! # Why
//! Who read the last version wants to know what to read again.
//! # Example
//! ```text
//! Subject: [PATCH v2] misc: Add a cache
//! ```
//! # Instead
//! ```text
//! ---
//! Changes in v2:
//! - free it on errors (J. Doe)
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Respond to review comments".

use super::letter::Letter;
use super::{Check, Cx};
use crate::rule::{Case, rule};

rule! {
    "series_no_change_log.rs" SERIES_NO_CHANGE_LOG, [Warning], Likely,
    series Check::Whole(check),
    fires: [
        Case::Series(&["[PATCH v2] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH v3 0/1] misc: Add\n\nThe cache is old.\n\nbase-commit: 1", "[PATCH v3 1/1] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
    ],
    silent: [
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH v2] misc: Add\n\nx\n---\nv1 -> v2: better\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH v2 0/1] misc: Add\n\nChanges since v1:\n- better\n\nbase-commit: 1", "[PATCH v2 1/1] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        // Somebody looks at a part.
        Case::Series(&["[PATCH v2 2/3] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let Some((index, first)) = cx.cover().or_else(|| cx.patches().next()) else {
        return;
    };
    let version = first.subject.version;
    // Without the first mail, the log may be in what is not here.
    let is_whole = first.subject.number.is_none_or(|(number, _)| number < 2);
    if version > 1 && is_whole && !cx.letters.iter().any(has_log) {
        let before = version - 1;
        cx.warn(
            cx.subject(index),
            format!("say what changed since v{before}"),
        );
    }
}

/// A cover letter has it anywhere, a patch in its notes.
fn has_log(letter: &Letter<'_>) -> bool {
    let lines = match letter.is_cover() {
        true => letter.body.start..letter.notes.end.max(letter.body.end),
        false => letter.notes.clone(),
    };
    letter.text(lines).any(|(_, line)| speaks_of_changes(&line))
}

/// `v2:`, `Changes since V1`, `changelog`.
fn speaks_of_changes(line: &str) -> bool {
    let line = line.to_lowercase();
    line.contains("changelog")
        || line.contains("change log")
        || line.split(|c: char| !c.is_alphanumeric()).any(|word| {
            let digits = word.strip_prefix('v').unwrap_or_default();
            !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
}
