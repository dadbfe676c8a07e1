// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds comparisons with true or false.
//! # Why
//! The value is the answer already, and another than 0 and 1 would be
//! neither.
//! # Example
//! ```text
//! if (a == true)
//! ```
//! # Instead
//! ```text
//! if (a)
//! ```
//! # Source
//! The type BOOL_COMPARISON of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "bool_comparison.rs" BOOL_COMPARISON, [Check], Sure,
    { Late: check },
    fires: [Case::C("\tif (a == true)"), Case::C("\tif (FALSE != a->b)")],
    silent: [Case::C("\tif (a == b)")],
}

fn check(cx: &mut Cx<'_>) {
    let has = |operator| text::contains(cx.line.bytes, operator);
    if !(has(b"==") || has(b"!=")) || !re!("true|false", "i").is(&cx.lang, cx.line) {
        return;
    }
    let compared = re!(
        r"\+\s*.*?\b(true|false|$Lval)\s*(==|\!=)\s*(true|false|$Lval)\b",
        "i"
    );
    let Some(caps) = compared.caps(&cx.lang, cx.line) else {
        return;
    };
    let is_bool =
        |word: &[u8]| word.eq_ignore_ascii_case(b"true") || word.eq_ignore_ascii_case(b"false");
    if let Some(word) = [caps.s(1), caps.s(3)]
        .into_iter()
        .find(|word| is_bool(word))
    {
        let word = text::show(word);
        cx.at(caps.start(1)..caps.end(3))
            .check(format!("a comparison with {word}"));
    }
}
