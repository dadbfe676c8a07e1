// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the first line of the message of more than 75 columns that is no tag,
//! link, path or trace.
//! # Why
//! git log indents messages, and people read them in windows of 80 columns.
//! # Example
//! ```text
//! A paragraph in one line.
//! ```
//! # Instead
//! ```text
//! The paragraph, wrapped.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "The canonical patch format".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "commit_log_long_line.rs" COMMIT_LOG_LONG_LINE, [Warning], Sure,
    { Log: check },
    fires: [Case::Message("This line goes on and on, because nobody told it to stop where the others do and wrap.\n")],
    silent: [Case::Message("https://example.org/this/line/goes/on/and/on/because/it/is/an/address/that/must/not/be/wrapped\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.head.in_log || cx.head.long_line || cx.line.bytes.len() <= 75 || cx.head.stack_dump {
        return;
    }
    let lang = &cx.lang;
    if !(re!(r"^\s*[a-zA-Z0-9_\/\.]+\s+\|\s+\d+").is(lang, cx.line)
        || re!(r"^\s*(?:[\w\.\-\+]*\/)++[\w\.\-\+]+:").is(lang, cx.line)
        || re!(r"^\s*(?:Fixes:|https?:|$LinkTags|$SignatureTags)", "i").is(lang, cx.line))
    {
        let end = cx.line.bytes.len();
        cx.at(75..end)
            .warn("a line of the message is longer than 75 columns");
        cx.head.long_line = true;
    }
}
