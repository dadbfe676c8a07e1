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
use crate::re::re;
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
    if !(in_log || cx.raw.bytes.first() == Some(&b'+'))
        || re!(r"[bcCdDlMnpPs\?-][rwxsStT-]{9}").is(&cx.lang, cx.raw)
    {
        return;
    }
    if has_pair(cx.raw.bytes) {
        within(cx, usize::from(!in_log));
    }
    across(cx);
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

fn across(cx: &mut Cx<'_>) {
    if !re!(r"$;+\s*$").is(&cx.lang, cx.previous) {
        return;
    }
    if let Some(caps) = re!(r"($Word)\s*$").caps(&cx.lang, cx.previous_raw) {
        let word = caps.s(1);
        if re!(r"^\+\s*\*\s*$Arg0 ").is_with(&cx.lang, cx.raw, &[word]) {
            cx.warn(format!("'{}' twice in a row", text::show(word)));
        }
    }
}
