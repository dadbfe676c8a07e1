// SPDX-License-Identifier: GPL-2.0-only
//! Bytes from anybody through all that reads a reply: mails, remarks, places.
//! Besides panics, it looks for what the rest relies on.
//!
//!     mkdir -p xtask/fuzz/corpus/reply
//!     cargo +nightly fuzz run --fuzz-dir xtask/fuzz reply \
//!         xtask/fuzz/corpus/reply xtask/tests/review -- -max_total_time=600

#![no_main]
#![allow(dead_code)] // the files are read as they are, and used in part

#[path = "../../src/review/hunk.rs"]
mod hunk;
#[path = "../../src/review/letter.rs"]
mod letter;
#[path = "../../src/review/place.rs"]
mod place;
#[path = "../../src/review/quote.rs"]
mod quote;
#[path = "../../src/recipients/address.rs"]
mod recipients;

/// Where the files above look for it.
mod source {
    pub(crate) mod archive {
        pub(crate) fn hex(bytes: &[u8]) -> String {
            bytes.iter().map(|byte| format!("{byte:02x}")).collect()
        }
    }
}

use hunk::is_plain;
use letter::{Letter, Person, Tags, bare_title, clean_id};
use libfuzzer_sys::fuzz_target;
use place::Text;
use quote::{MAX_QUOTED, Quoted, Remark, quoted_lines, split_marks};

fuzz_target!(|bytes: &[u8]| {
    for letter in letter::read(bytes).iter().flatten() {
        headers(letter);
        let reading = quote::read(&letter.body, &letter.from);
        let patch = Text::of_patch(&letter.body);
        for remark in &reading.remarks {
            self::remark(remark, &patch);
        }
        for given in &reading.trailers {
            assert!(given.key.ends_with("-by"));
            assert!(!given.value.contains(['\n', '\r']));
        }
    }
});

/// What becomes a header of an answer is one line.
fn headers(letter: &Letter) {
    for text in [&letter.subject, &letter.date, &letter.from.name] {
        assert!(!text.contains(|c: char| c.is_control()), "{text:?}");
    }
    for id in letter.references.iter().chain([&letter.id]) {
        assert!(id.is_empty() || clean_id(id).as_ref() == Some(id), "{id:?}");
    }
    let from = letter.from.text();
    let _ = Person::of_text(&from).is(&letter.from);
    let _ = Tags::of(&letter.subject);
    let _ = bare_title(&letter.subject);
    let _ = letter.digest();
}

/// A remark says something, its quotation survives being written down, and its
/// place is inside of a tree.
fn remark(remark: &Remark, patch: &Text) {
    assert!(!remark.text.trim().is_empty());
    assert!(remark.quoted.len() <= MAX_QUOTED);
    for line in &remark.quoted {
        assert!(line.depth > 0);
        if let Some(spot) = &line.spot {
            assert!(is_plain(&spot.file) && spot.line > 0);
        }
    }
    let written = Quoted::text_of(&remark.quoted);
    let again = quoted_lines(&written);
    assert_eq!(again.len(), remark.quoted.len());
    for line in written.lines() {
        assert!(split_marks(line).0 > 0, "{line:?}");
    }
    if let Some(found) = patch.find(&remark.quoted) {
        assert!(found.line < patch.lines.len() && patch.spots.len() == patch.lines.len());
    }
    let code = Text::of_code(&remark.text);
    if let Some(found) = code.find_code(&remark.quoted, 1) {
        assert!(found.line < code.lines.len());
    }
}
