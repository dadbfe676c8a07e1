// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the same tag twice for one address, under two spellings of the name.
//! # Why
//! Tools that collect tags take them for two people.
//! # Example
//! ```text
//! Reviewed-by: J. Doe <jane@example.org>
//! Reviewed-by: Jane Doe <jane@example.org>
//! ```
//! # Instead
//! ```text
//! Reviewed-by: Jane Doe <jane@example.org>
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Using Reported-by:,
//! Tested-by:, Reviewed-by:, Suggested-by: and Fixes:".

use std::collections::HashMap;

use super::letter::addresses;
use super::{Check, Cx, Place};
use crate::rule::{Case, rule};

rule! {
    "series_trailer_twice.rs" SERIES_TRAILER_TWICE, [Warning], Sure,
    series Check::Whole(check),
    fires: [Case::Series(&["[PATCH] misc: Add\n\nx\n\nAcked-by: J <j@e.org>\nAcked-by: Jane <J@e.org>\n---\n%a.c\n+int a;"])],
    silent: [
        // The very same line is BAD_SIGN_OFF's.
        Case::Series(&["[PATCH] misc: Add\n\nx\n\nAcked-by: J <j@e.org>\nAcked-by: J <j@e.org>\n---\n%a.c\n+int a;"]),
        // On its way through several hands.
        Case::Series(&["[PATCH] misc: Add\n\nx\n\nSigned-off-by: J <j@e.org>\nSigned-off-by: K <k@e.org>\nSigned-off-by: Jane <j@e.org>\n---\n%a.c\n+int a;"]),
        Case::Series(&["[PATCH] misc: Add\n\nx\n\nAcked-by: J <j@e.org>\nTested-by: Jane <j@e.org>\n---\n%a.c\n+int a;"]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let mut found = Vec::new();
    for (letter, mail) in cx.patches() {
        let mut seen: HashMap<(String, String), String> = HashMap::new();
        for tag in mail.tags() {
            let name = tag.name.to_lowercase();
            if !name.ends_with("-by") || name == "signed-off-by" {
                continue;
            }
            let Some(address) = addresses(&tag.value).pop() else {
                continue;
            };
            let before = seen.insert((name, address), tag.value.clone());
            if before.is_some_and(|before| before != tag.value) {
                found.push((letter, tag.line, tag.name));
            }
        }
    }
    for (letter, line, name) in found {
        let place = Place {
            letter,
            line,
            file: "",
            file_line: 0,
            word: &name,
        };
        cx.warn(place, format!("{name} of somebody who already gave it"));
    }
}
