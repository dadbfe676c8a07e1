// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a word that stands twice in a row, also across the lines of a comment.
//! # Why
//! It is a slip in nearly all cases.
//! # Example
//! ```text
//! /* the the end */
//! ```
//! # Instead
//! ```text
//! /* the end */
//! ```
//! # Source
//! The type REPEATED_WORD of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::{re, words};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "repeated_word.rs" REPEATED_WORD, [Warning], Likely,
    { Text: check },
    fires: [Case::C("/* the the end */"), Case::C("/*\n * at the\n * the end\n */")],
    silent: [Case::C("/* long long ago; struct struct */")],
}

fn check(cx: &mut Cx<'_>) {
    let in_log = cx.head.in_log;
    if !(in_log || cx.raw.bytes.first() == Some(&b'+')) || has_mode(cx.raw.bytes) {
        return;
    }
    if has_pair(cx.raw.bytes) {
        within(cx, usize::from(!in_log));
    }
    across(cx);
}

/// Whether there is the mode of a file as ls prints it.
fn has_mode(line: &[u8]) -> bool {
    let mut run = 0;
    line.iter().enumerate().any(|(at, byte)| {
        run = match byte {
            b'r' | b'w' | b'x' | b's' | b'S' | b't' | b'T' | b'-' => run + 1,
            _ => 0,
        };
        run >= 9 && at >= 9 && b"bcCdDlMnpPs?-".contains(&line[at - 9])
    })
}

/// Whether a word stands beside itself: a quick look.
fn has_pair(line: &[u8]) -> bool {
    let letter = |byte: &&u8| byte.is_ascii_alphabetic();
    memchr::memchr_iter(b' ', line).any(|at| {
        let before = line[..at].iter().rev().take_while(letter).count();
        let after = line[at + 1..].iter().take_while(letter).count();
        before > 0
            && before.min(after) > 1
            && line[at - before.min(after)..at]
                .eq_ignore_ascii_case(&line[at + 1..][..before.min(after)])
    })
}

fn within(cx: &mut Cx<'_>, mut from: usize) {
    let pair = re!(r"\b($Word) (?=($Word))");
    while let Some(caps) = pair.caps_with(&cx.lang, cx.raw, from, &[]) {
        from = caps.end(0);
        let (first, second) = (caps.s(1), caps.s(2));
        if re!("(?:struct|union|enum)").is(&cx.lang, first) {
            from += first.len() + second.len() + 1;
        } else if first.eq_ignore_ascii_case(second)
            && first != b"long"
            && stands_alone(cx, caps.start(1), caps.end(2))
            && !is_hex(first)
        {
            cx.at(caps.start(1)..caps.end(2))
                .warn(format!("'{}' twice in a row", text::show(first)));
        }
    }
}

fn stands_alone(cx: &Cx<'_>, start: usize, end: usize) -> bool {
    let line = cx.raw.bytes;
    let before = start
        .checked_sub(1)
        .filter(|at| *at > 0 || cx.head.in_log)
        .map(|at| line[at]);
    let after = line.get(end).copied();
    before.is_none_or(|byte| matches!(byte, b' ' | 9..=13))
        && after.is_none_or(|byte| b" \t.,;?!".contains(&byte))
}

/// Hexadecimal digits repeat; a few words are made of nothing else.
fn is_hex(word: &[u8]) -> bool {
    let word = word.to_ascii_lowercase();
    word.iter().all(u8::is_ascii_hexdigit)
        && ![&b"add"[..], b"added", b"bad", b"be"].contains(&&word[..])
}

/// The word that a line ends with, if it is written like one.
fn last_word(line: &[u8]) -> Option<&[u8]> {
    let line = text::trim_end(line);
    let letters = line.iter().rev();
    let word = &line[line.len() - letters.take_while(|byte| words::is_word(**byte)).count()..];
    let small = match word {
        [b'A'..=b'Z', small @ ..] => small,
        small => small,
    };
    (small.len() > 1 && small.iter().all(u8::is_ascii_lowercase)).then_some(word)
}

fn across(cx: &mut Cx<'_>) {
    if !text::ends_in_comment(text::trim_end(cx.previous.bytes)) {
        return;
    }
    if let Some(word) = last_word(cx.previous_raw.bytes)
        && let Some(caps) = re!(r"^\+\s*\*\s*$Arg0 ").caps_with(&cx.lang, cx.raw, 0, &[word])
    {
        let end = caps.end(0) - 1;
        cx.at(end - word.len()..end);
        cx.warn(format!("'{}' twice in a row", text::show(word)));
    }
}
