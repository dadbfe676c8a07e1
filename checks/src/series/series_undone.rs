// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a patch of a series that only undoes what an earlier one did.
//! # Why
//! What is added and taken away again has to be read twice, and is in the
//! history for nothing.
//! # Example
//! ```text
//! [PATCH 2/5] misc: Add a cache
//! [PATCH 4/5] misc: Drop the cache again
//! ```
//! # Instead
//! ```text
//! Drop both with git rebase --interactive.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Separate your changes".

use std::collections::{HashMap, HashSet};

use super::letter::Letter;
use super::{Check, Cx};
use crate::rule::{Case, rule};

rule! {
    "series_undone.rs" SERIES_UNDONE, [Warning], Sure,
    series Check::Whole(check),
    fires: [
        Case::Series(&[
            "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n same\n-int a;\n+int b;\n+int c;",
            "[PATCH 2/2] misc: Drop\n\nx\n---\n%a.c\n other\n-int b;\n-int c;\n+int a;",
        ]),
    ],
    silent: [
        Case::Series(&[
            "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n-int a;\n+int b;\n+int c;",
            "[PATCH 2/2] misc: Drop\n\nx\n---\n%a.c\n-int b;\n+int a;",
        ]),
        Case::Series(&[
            "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int b;\n+int c;",
            "[PATCH 2/2] misc: Drop\n\nx\n---\n%b.c\n-int b;\n-int c;",
        ]),
    ],
}

/// Fewer changed lines may be the same by chance.
const LINES: usize = 3;

/// So many patches that make the same change are looked at.
const NEAR: usize = 64;

/// A run of changed lines: its file, what was removed, what was added.
type Run<'t> = (&'t str, Vec<&'t [u8]>, Vec<&'t [u8]>);

fn check(cx: &mut Cx<'_>) {
    let mut made: HashMap<Run<'_>, Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for (index, letter) in cx.patches() {
        let runs = runs(letter);
        let lines: usize = runs.iter().map(|run| run.1.len() + run.2.len()).sum();
        let mut undone: Option<HashSet<usize>> = None;
        for (file, removed, added) in &runs {
            let inverse = (*file, added.clone(), removed.clone());
            let by = made.get(&inverse).into_iter().flatten().rev();
            let by: HashSet<usize> = by.take(NEAR).copied().collect();
            undone = Some(match undone {
                None => by,
                Some(before) => before.intersection(&by).copied().collect(),
            });
        }
        if lines >= LINES
            && let Some(earlier) = undone.and_then(|all| all.into_iter().max())
        {
            found.push((index, earlier));
        }
        for run in runs {
            let by = made.entry(run).or_default();
            if by.last() != Some(&index) {
                by.push(index);
            }
        }
    }
    for (index, earlier) in found {
        let title = &cx.letters[earlier].subject.title;
        cx.warn(cx.subject(index), format!("only undoes \"{title}\""));
    }
}

fn runs<'t>(letter: &'t Letter<'_>) -> Vec<Run<'t>> {
    let mut runs: Vec<Run<'t>> = Vec::new();
    for file in &letter.files {
        for hunk in &file.hunks {
            let mut open = false;
            for line in &hunk.lines {
                if line.marker == b' ' {
                    open = false;
                    continue;
                }
                if !open {
                    runs.push((file.path(), Vec::new(), Vec::new()));
                    open = true;
                }
                if let Some((_, removed, added)) = runs.last_mut() {
                    match line.marker {
                        b'-' => removed.push(line.text),
                        _ => added.push(line.text),
                    }
                }
            }
        }
    }
    runs
}
