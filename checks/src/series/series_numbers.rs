// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds numbers of patches that are missing, or there twice, and versions that
//! differ within a series.
//! # Why
//! Tools that collect a series from the list do not find it, or mix two.
//! # Example
//! ```text
//! [PATCH v3 1/3], [PATCH v2 2/3]
//! ```
//! # Instead
//! ```text
//! All mails of one run of git format-patch -v3.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "The canonical patch format".

use std::collections::HashMap;

use super::{Check, Cx};
use crate::rule::{Case, rule};

rule! {
    "series_numbers.rs" SERIES_NUMBERS, [Warning], Sure,
    series Check::Whole(check),
    fires: [
        Case::Series(&["[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int a;", "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
        Case::Series(&["[PATCH v3 1/2] misc: Add\n\nx\n---\nv3: x\n%a.c\n+int a;", "[PATCH v2 2/2] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
        Case::Series(&["[PATCH 1/3] misc: Add\n\nx\n---\n%a.c\n+int a;", "[PATCH 3/3] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
        Case::Series(&["[PATCH 0/2] misc: Add\n\nx\nbase-commit: 1", "[PATCH 1/2] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH 3/2] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
    ],
    silent: [
        Case::Series(&["[PATCH 2/3] misc: Add\n\nx\n---\n%a.c\n+int a;", "[PATCH 3/3] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
        Case::Series(&["[PATCH 0/2] misc: Add\n\nx\nbase-commit: 1", "[PATCH] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%a.c\n+int a;", "[PATCH] misc: Add\n\nx\n---\n%a.c\n+int b;"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let letters = cx.letters;
    let numbered: Vec<(usize, u32, u32)> = letters
        .iter()
        .enumerate()
        .filter_map(|(index, letter)| {
            let (number, of) = letter.subject.number?;
            Some((index, number, of))
        })
        .collect();
    let Some((first, ..)) = numbered.first() else {
        return;
    };
    let version = letters[*first].subject.version;
    let mut seen = HashMap::new();
    for (index, number, of) in &numbered {
        let place = cx.subject(*index);
        let own = letters[*index].subject.version;
        if own != version {
            cx.warn(place, format!("v{own}, where the first mail is v{version}"));
        }
        if number > of {
            cx.warn(place, format!("there is no patch {number} of {of}"));
        }
        if seen.insert(number, index).is_some() {
            cx.warn(place, format!("a second mail {number} of {of}"));
        }
    }
    // Patch files get their numbers when they are sent.
    if numbered.len() == letters.len() {
        missing(cx, &numbered);
    }
}

/// Numbers between those that are there; with a cover letter, all.
fn missing(cx: &mut Cx<'_>, numbered: &[(usize, u32, u32)]) {
    let mut numbers: Vec<(u32, usize)> = numbered.iter().map(|it| (it.1, it.0)).collect();
    numbers.sort_unstable();
    let mut gaps = Vec::new();
    for pair in numbers.windows(2) {
        let [(before, index), (after, _)] = *pair else {
            continue;
        };
        if after > before + 1 && before > 0 {
            gaps.push((index, before + 1, after - 1));
        } else if after > 1 && before == 0 {
            gaps.push((index, 1, after - 1));
        }
    }
    if let (Some((0, _)), Some((last, index)), Some((.., of))) =
        (numbers.first(), numbers.last(), numbered.first())
        && last < of
    {
        gaps.push((*index, last + 1, *of));
    }
    for (index, from, to) in gaps {
        let what = match from == to {
            true => format!("patch {from} is missing"),
            false => format!("patches {from} to {to} are missing"),
        };
        cx.warn(cx.subject(index), what);
    }
}
