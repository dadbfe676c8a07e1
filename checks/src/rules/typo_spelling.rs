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
    let mut taken = 0;
    for (start, word) in words(&line) {
        // Each match takes the character after it, which the next one needs.
        if start > 0 && start <= taken {
            continue;
        }
        if let Some(better) = known.get(&word.to_lowercase()) {
            let after = line[start + word.len()..].chars().next();
            taken = start + word.len() + after.map_or(0, char::len_utf8);
            cx.in_patch(
                Level::Warning,
                format!("'{word}' may be misspelled: perhaps '{better}'"),
            );
        }
    }
}

/// The words of a line with where they start.
fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '\'' | '`');
    line.split(move |c| !part(c))
        .map(move |word| (word.as_ptr() as usize - line.as_ptr() as usize, word))
        .filter(|(_, word)| !word.is_empty())
}
