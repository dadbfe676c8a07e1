// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds bytes that are not UTF-8, and control characters.
//! # Why
//! Sources and messages are UTF-8.
//! # Example
//! ```text
//! A name in Latin-1.
//! ```
//! # Instead
//! ```text
//! The same name in UTF-8.
//! ```
//! # Source
//! The type INVALID_UTF8 of the kernel's scripts/checkpatch.pl.

use std::ops::Range;

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "invalid_utf8.rs" INVALID_UTF8, [Check], Sure,
    { Log: check },
    fires: [Case::C("/* \u{c} */")],
    silent: [Case::C("/* \u{fc} */")],
}

fn check(cx: &mut Cx<'_>) {
    if (cx.file.is_empty() || cx.is_added()) && !is_text(cx.raw.bytes) {
        let place = odd(cx.raw.bytes);
        cx.at(place);
        cx.check("not UTF-8, or a control character");
    }
}

fn is_text(line: &[u8]) -> bool {
    let plain = |byte: &u8| {
        ((*byte >= 0x20) & (*byte != 0x7f)) | (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r')
    };
    // Without an early end, many bytes are compared at a time.
    line.iter().fold(true, |fine, byte| fine & plain(byte)) && std::str::from_utf8(line).is_ok()
}

/// Where the first of what is no text is.
fn odd(line: &[u8]) -> Range<usize> {
    let control = |byte: &u8| (*byte < 0x20 && !b"\t\n\r".contains(byte)) || *byte == 0x7f;
    let control = line.iter().position(control).map(|at| at..at + 1);
    let broken = std::str::from_utf8(line).err().map(|error| {
        let start = error.valid_up_to();
        start
            ..error
                .error_len()
                .map_or(line.len(), |length| start + length)
    });
    match (control, broken) {
        (Some(one), Some(other)) if one.start < other.start => one,
        (_, Some(place)) | (Some(place), None) => place,
        (None, None) => 0..0,
    }
}
