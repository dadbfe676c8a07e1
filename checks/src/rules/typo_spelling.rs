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

use crate::context::Cx;
use crate::diagnostic::Level;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

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
    let line = text::show(cx.raw.bytes);
    let words = words(&line);
    let mut taken = 0;
    for (index, (start, word)) in words.iter().copied().enumerate() {
        // Each match takes the character after it, which the next one needs.
        if start > 0 && start <= taken {
            continue;
        }
        let phrases = phrases(&line, &words[index..], word);
        let found = phrases
            .into_iter()
            .find_map(|phrase| Some((phrase, known.get(&phrase.to_lowercase())?)));
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

/// The words of a line with where they start.
fn words(line: &str) -> Vec<(usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '`');
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in line.char_indices() {
        match (part(c), start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                words.push((from, &line[from..at]));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|from| (from, &line[from..])));
    words
}

/// The word alone and with up to two that follow it after a blank each.
fn phrases<'l>(line: &'l str, words: &[(usize, &str)], word: &'l str) -> Vec<&'l str> {
    let start = words[0].0;
    let mut phrases = vec![word];
    let mut end = start + word.len();
    for (next, more) in words.iter().skip(1).take(2) {
        if *next != end + 1 || line.as_bytes()[end] != b' ' {
            break;
        }
        end = next + more.len();
        phrases.push(&line[start..end]);
    }
    phrases
}
