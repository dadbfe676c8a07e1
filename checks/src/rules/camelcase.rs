// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds names with capitals within, but those that the kernel's headers declare,
//! units, and the names of page flags. A name is reported once.
//! # Why
//! The kernel's names are small letters with underscores.
//! # Example
//! ```text
//! int nrPages;
//! ```
//! # Instead
//! ```text
//! int nr_pages;
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Naming".

use crate::camelcase;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "camelcase.rs" CAMELCASE, [Check], Guess,
    { Late: check },
    fires: [Case::C("\tint someName;")],
    silent: [Case::C("\tint some_name;\n\tKnownName();\n\tSetPageDirty(a);\n\tint size_kHz;")],
}

fn check(cx: &mut Cx<'_>) {
    if !text::is_camelcase(cx.line.bytes) {
        return;
    }
    // What a case label names was declared elsewhere.
    let from = super::shared::after_case(cx).flatten().unwrap_or(0);
    let line = cx.line;
    let mut at = from;
    let mut words = Vec::new();
    while let Some(caps) = re!("($Constant|$Lval)").caps_with(&cx.lang, line, at, &[]) {
        at = caps.end(0).max(at + 1);
        if text::is_camelcase(caps.s(1)) && !is_usual(cx, caps.s(1)) {
            let inner = re!(r"\b($Ident)").all(&cx.lang, caps.s(1));
            words.extend(inner.into_iter().map(|word| (caps.start(1), word)));
        }
    }
    for (from, caps) in words {
        let word = caps.s(1);
        if text::is_camelcase(word) && !is_known(cx, word) {
            let place = from + caps.start(1)..from + caps.end(1);
            cx.at(place)
                .check(format!("a name with capitals within: {}", text::show(word)));
        }
    }
}

/// Names of a kind that the kernel has.
fn is_usual(cx: &Cx<'_>, name: &[u8]) -> bool {
    let lang = &cx.lang;
    re!("^$Constant$").is(lang, name)
        || re!("^_Generic$").is(lang, name)
        || re!("^(?:[A-Z]+_){1,5}[A-Z]{1,3}[a-z]").is(lang, name)
        || re!("^(?:Clear|Set|TestClear|TestSet|)Page[A-Z]").is(lang, name)
        || re!("^ETHTOOL_LINK_MODE_").is(lang, name)
        // Units, as in max_uV.
        || re!("^(?:[a-z0-9_]*|[A-Z0-9_]*)?_?[a-z][A-Z](?:_[a-z0-9_]+|_[A-Z0-9_]+)?$").is(lang, name)
        || re!("^(?:[a-z_]*?)_?(?:[KMGT]iB|[KMGT]?Hz)(?:_[a-z_]+)?$").is(lang, name)
}

/// Whether a name was seen before; it is from now on.
fn is_known(cx: &mut Cx<'_>, word: &[u8]) -> bool {
    if cx.strict && !cx.is_file() && !cx.keep.camelcase_seeded {
        cx.keep.camelcase_seeded = true;
        let header = cx.world.read(&cx.file).unwrap_or_default();
        let words = camelcase::words(&header);
        cx.keep
            .camelcase
            .extend(words.into_iter().map(String::into_bytes));
    }
    !cx.keep.camelcase.insert(word.to_owned())
        || (cx.strict && cx.world.is_camelcase_known(&text::show(word)))
}
