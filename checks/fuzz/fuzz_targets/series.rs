// SPDX-License-Identifier: GPL-2.0-only
//! Mails of a series, and the kernel that they are for: parts of one text, each
//! behind a zero.
#![no_main]

use checks::{Commit, Options, World};
use libfuzzer_sys::fuzz_target;

/// Every file has the same text.
struct Kernel<'t>(&'t [u8]);

impl World for Kernel<'_> {
    fn has_tree(&self) -> bool {
        true
    }
    fn read(&self, _path: &str) -> Option<Vec<u8>> {
        Some(self.0.to_vec())
    }
    fn commit(&self, id: &str) -> Commit {
        Commit::Known(id.to_owned(), String::new())
    }
    fn is_ancestor(&self, _id: &str) -> Option<bool> {
        Some(false)
    }
    fn maintainers(&self, _patch: &str) -> Option<Vec<String>> {
        Some(vec!["a@b.c".to_owned()])
    }
}

fuzz_target!(|text: &[u8]| {
    let mut parts = text.split(|byte| *byte == 0);
    let kernel = Kernel(parts.next().unwrap_or_default());
    checks::kernel_doc_faults(kernel.0);
    let mails: Vec<&[u8]> = parts.collect();
    let options = Options {
        strict: true,
        ..Options::default()
    };
    for group in checks::group_series(&mails) {
        let series: Vec<&[u8]> = group.iter().map(|index| mails[*index]).collect();
        for (index, found) in checks::check_series(&series, &options, &kernel) {
            let lines = series[index].iter().filter(|byte| **byte == b'\n').count() + 1;
            assert!(found.line <= lines, "{found:?}");
        }
    }
});
