// SPDX-License-Identifier: GPL-2.0-only
//! The whole checker, as a patch and as a source of each language. libFuzzer
//! itself finds what takes too long.
#![no_main]

use checks::{Input, Kind, Nowhere, Options};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: (u8, &[u8])| {
    let (choice, text) = data;
    let (name, kind) = match choice & 7 {
        0 => ("drivers/a.h", Kind::File),
        1 => ("drivers/a.dts", Kind::File),
        2 => ("drivers/Kconfig", Kind::File),
        3 => ("MAINTAINERS", Kind::File),
        4 | 5 => ("drivers/net/a.c", Kind::File),
        _ => ("a.patch", Kind::Patch),
    };
    let options = Options {
        strict: choice & 8 == 0,
        ..Options::default()
    };
    let input = Input { name, text, kind };
    let lines = text.iter().filter(|byte| **byte == b'\n').count() + 4;
    for found in checks::check(&input, &options, &Nowhere) {
        assert!(found.line <= lines);
        if let Some(place) = &found.place {
            assert!(found.source.get(place.clone()).is_some());
        }
        // A fix changes blanks and nothing else.
        if let Some(fix) = &found.fix {
            let line = text.split(|byte| *byte == b'\n').nth(found.line - 1);
            assert_eq!(tokens(fix), tokens(line.unwrap_or_default()));
        }
    }
});

fn tokens(line: &[u8]) -> Vec<u8> {
    let blank = |byte: &u8| matches!(byte, b' ' | 9..=13);
    line.iter().copied().filter(|byte| !blank(byte)).collect()
}
