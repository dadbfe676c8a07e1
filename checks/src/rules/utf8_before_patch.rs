// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds UTF-8 in the message of a mail that declares another charset.
//! # Why
//! Whoever applies it gets other letters than were meant.
//! # Example
//! ```text
//! Content-Type: text/plain; charset="us-ascii"
//! ```
//! # Instead
//! ```text
//! Content-Type: text/plain; charset="utf-8"
//! ```
//! # Source
//! The type UTF8_BEFORE_PATCH of the kernel's scripts/checkpatch.pl.

use std::ops::Range;

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "utf8_before_patch.rs" UTF8_BEFORE_PATCH, [Warning], Sure,
    { Text: check },
    fires: [Case::Patch("Subject: x\nContent-Type: text/plain; charset=\"us-ascii\"\n\nAn \u{fc}.\n")],
    silent: [Case::Patch("Subject: x\nContent-Type: text/plain; charset=\"utf-8\"\n\nAn \u{fc}.\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.head.in_log && cx.head.other_charset && cx.file.is_empty() && has_utf8(cx.raw.bytes) {
        let place = first_letter(cx.raw.bytes);
        cx.at(place);
        cx.warn("UTF-8 in a message that is said to be something else");
    }
}

/// Whether there is a letter of several bytes.
fn has_utf8(line: &[u8]) -> bool {
    line.utf8_chunks()
        .any(|chunk| chunk.valid().bytes().any(|byte| byte >= 0x80))
}

/// Where the first letter beyond ASCII is.
fn first_letter(line: &[u8]) -> Range<usize> {
    let start = line.iter().position(|byte| *byte >= 0x80).unwrap_or(0);
    let rest = line.iter().skip(start + 1);
    start..start + 1 + rest.take_while(|byte| **byte & 0xc0 == 0x80).count()
}
