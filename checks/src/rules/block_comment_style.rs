// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds comments over several lines without a star in each, with unaligned
//! stars, or that end beside text.
//! # Why
//! All of the kernel has comments of one form.
//! # Example
//! ```text
//! /* one
//!    two */
//! ```
//! # Instead
//! ```text
//! /*
//!  * one
//!  * two
//!  */
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Commenting".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "block_comment_style.rs" BLOCK_COMMENT_STYLE, [Warning], Sure,
    { Code: check },
    fires: [Case::C("/*\n  one\n */"), Case::C("/*\n * one */"), Case::C("/*\n  * one\n */")],
    silent: [Case::C("/*\n * one\n */")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let (raw, before) = (cx.raw, cx.previous_raw);
    let in_comment = text::ends_in_comment(cx.previous.bytes);
    let opens = re!(r"^\+.*?\/\*").is(lang, before) && !re!(r"\*\/[ \t]*$").is(lang, before);
    let starred = re!(r"^\+[ \t]*\*").is(lang, raw);
    let unstarred = in_comment && opens && raw.bytes.first() == Some(&b'+') && !starred;
    let trailing = !re!(r"^\+[ \t]*\*/[ \t]*$").is(lang, raw)
        && !re!(r"^\+.*/\*.*\*/[ \t]*$").is(lang, raw)
        && !re!(r"^\+.*\*{2,}/[ \t]*$").is(lang, raw)
        && re!(r"^\+[ \t]*.+\*\/[ \t]*$").is(lang, raw);
    let unaligned = in_comment
        && re!(r"^\+[ \t]*$;").is(lang, cx.line)
        && starred
        && (opens || re!(r"^\+[ \t]*\*").is(lang, before))
        && !is_aligned(cx);
    let indent = raw.bytes.len() - text::trim_start(raw.bytes.get(1..).unwrap_or_default()).len();
    if unstarred {
        cx.at(indent..indent)
            .warn("each line of a block comment starts with a *");
    }
    if trailing {
        let end = text::trim_end(raw.bytes).len();
        cx.at(end - 2..end)
            .warn("a block comment ends in a line of its own");
    }
    if unaligned {
        cx.at(indent..indent + 1)
            .warn("the stars of a block comment are aligned");
    }
}

fn is_aligned(cx: &Cx<'_>) -> bool {
    let before = re!(r"^\+([ \t]*/?)\*")
        .caps(&cx.lang, cx.previous_raw)
        .or_else(|| re!(r"^\+(.*/?)\*").caps(&cx.lang, cx.previous_raw));
    let now = re!(r"^\+([ \t]*)\*").caps(&cx.lang, cx.raw);
    match (before, now) {
        (Some(before), Some(now)) => text::columns(before.s(1)) == text::columns(now.s(1)),
        _ => true,
    }
}
