// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds words on the kernel's list of misspellings.
//! # Why
//! They are in the way of whoever searches for the word.
//! # Example
//! ```text
//! /* recieve it */
//! ```
//! # Instead
//! ```text
//! /* receive it */
//! ```
//! # Source
//! scripts/spelling.txt.

use std::collections::HashMap;

use crate::context::Cx;
use crate::diagnostic::Level;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "typo_spelling.rs" TYPO_SPELLING, [Warning, Check], Likely,
    { Text: check },
    fires: [Case::C("/* recieve it */")],
    silent: [Case::C("/* receive it, un-recieve it */")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(known) = cx.world.misspellings() else {
        return;
    };
    let first = cx.line.bytes.first();
    if !cx.head.in_log && first != Some(&b'+') && !re!("^Subject:", "i").is(&cx.lang, cx.line) {
        return;
    }
    let line = String::from_utf8_lossy(cx.raw.bytes);
    let words = words(&line);
    let mut taken = 0;
    for (index, (start, word)) in words.iter().copied().enumerate() {
        // Each match takes the character after it, which the next one needs.
        if start > 0 && start <= taken {
            continue;
        }
        let found = phrases(&line, &words[index..], word)
            .find_map(|phrase| Some((phrase, misspelt(known, &mut cx.keep.spelt, phrase)?)));
        if let Some((phrase, better)) = found {
            let end = start + phrase.len();
            taken = end + line[end..].chars().next().map_or(0, char::len_utf8);
            // What is no text is shown at another length.
            if line.len() == cx.raw.bytes.len() {
                cx.at(start..end);
            }
            cx.in_patch(
                Level::Warning,
                format!("'{phrase}' may be misspelled: perhaps '{better}'"),
            );
        }
    }
}

/// Longer phrases are looked up each time.
const LENGTH: usize = 24;
/// As many places as phrases that are kept.
const KEPT: usize = 1024;

/// Phrases that were looked up and are not misspelt, each at the place that its
/// letters give it: a text has few words, many times.
#[derive(Debug, Default)]
pub(crate) struct Spelt(Vec<[u8; LENGTH]>);

/// What was meant by a phrase, if it is misspelt.
fn misspelt<'k>(
    known: &'k HashMap<String, String>,
    spelt: &mut Spelt,
    phrase: &str,
) -> Option<&'k str> {
    let mut key = [0; LENGTH];
    let Some(place) = key.get_mut(..phrase.len()).filter(|_| phrase.is_ascii()) else {
        return known.get(&phrase.to_lowercase()).map(String::as_str);
    };
    place.copy_from_slice(phrase.as_bytes());
    key.make_ascii_lowercase();
    if spelt.0.is_empty() {
        spelt.0.resize(KEPT, [0; LENGTH]);
    }
    let kept = &mut spelt.0[place_of(&key)];
    if *kept == key {
        return None;
    }
    let found = std::str::from_utf8(&key[..phrase.len()])
        .ok()
        .and_then(|phrase| known.get(phrase));
    if found.is_none() {
        *kept = key;
    }
    found.map(String::as_str)
}

fn place_of(key: &[u8; LENGTH]) -> usize {
    let (words, _) = key.as_chunks::<8>();
    let hash = words.iter().fold(0_u64, |hash, word| {
        (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x517c_c1b7_2722_0a95)
    });
    (hash >> 54) as usize % KEPT
}

/// The words of a line with where they start.
fn words(line: &str) -> Vec<(usize, &str)> {
    let small = |byte: u8| byte.is_ascii_alphanumeric() || b"_-'`".contains(&byte);
    let wide = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '`');
    let mut words = Vec::with_capacity(16);
    let mut start = None;
    let mut note = |at, part| match (part, start) {
        (true, None) => start = Some(at),
        (false, Some(from)) => {
            words.push((from, &line[from..at]));
            start = None;
        }
        _ => {}
    };
    if line.is_ascii() {
        let bytes = line.bytes().enumerate();
        bytes.for_each(|(at, byte)| note(at, small(byte)));
    } else {
        line.char_indices().for_each(|(at, c)| note(at, wide(c)));
    }
    note(line.len(), false);
    words
}

/// The word alone and with up to two that follow it after a blank each.
fn phrases<'l>(
    line: &'l str,
    words: &[(usize, &'l str)],
    word: &'l str,
) -> impl Iterator<Item = &'l str> {
    let start = words[0].0;
    let mut end = start + word.len();
    let more = words.iter().skip(1).take(2).map_while(move |(next, more)| {
        let beside = *next == end + 1 && line.as_bytes()[end] == b' ';
        end = next + more.len();
        beside.then(|| &line[start..end])
    });
    std::iter::once(word).chain(more)
}
