// SPDX-License-Identifier: GPL-2.0-only
//! The parser: any bytes become lines in three views of the same width.
#![no_main]

use checks::{Input, Kind};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    for kind in [Kind::Patch, Kind::File] {
        let input = Input {
            name: "drivers/a.c",
            text,
            kind,
        };
        for [raw, clean, plain] in checks::views(&input) {
            assert!(clean.len() <= raw.len());
            assert_eq!(clean.len(), plain.len());
        }
    }
});
