// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds series of more than 15 patches, those that only ask for comments
//! aside. For the network it is a warning.
//! # Why
//! Nobody reads them in one go, and one fault brings all of them back.
//! # Example
//! ```text
//! [PATCH 17/23] misc: Add a cache
//! ```
//! # Instead
//! ```text
//! Send what stands on its own first, and RFC patches for the rest.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Separate your changes";
//! Documentation/process/maintainer-netdev.rst, "Dividing work into patches".

use super::{Check, Cx};
use crate::rule::{Case, rule};

rule! {
    "series_too_long.rs" SERIES_TOO_LONG, [Warning, Check], Sure,
    series Check::Whole(check),
    fires: [
        Case::Series(&["[PATCH 1/16] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH net-next 1/16] misc: Add\n\nx\n---\n%net/a.c\n+int a;"]),
    ],
    silent: [
        Case::Series(&["[PATCH 1/15] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
        Case::Series(&["[RFC PATCH 1/16] misc: Add\n\nx\n---\n%a.c\n+int a;"]),
    ],
}

const LIMIT: usize = 15;

fn check(cx: &mut Cx<'_>) {
    let rfc = cx
        .patches()
        .filter(|(_, letter)| letter.subject.is_rfc)
        .count();
    let told = cx.letters.iter().filter_map(|letter| letter.subject.number);
    let told = told.map(|(_, of)| of as usize).max().unwrap_or(0);
    let count = told.max(cx.patches().count()).saturating_sub(rfc);
    let Some((index, first)) = cx.cover().or_else(|| cx.patches().next()) else {
        return;
    };
    if count <= LIMIT || first.subject.is_rfc {
        return;
    }
    let is_net = cx.patches().any(|(_, letter)| {
        let mut paths = letter.files.iter().map(|file| file.path());
        paths.any(|path| path.starts_with("net/") || path.starts_with("drivers/net/"))
    });
    let message = format!("{count} patches are more than {LIMIT}");
    match is_net {
        true => cx.warn(cx.subject(index), message),
        false => cx.check(cx.subject(index), message),
    }
}
