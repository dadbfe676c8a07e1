// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a Reported-by: that no Closes: or Link: follows.
//! # Why
//! The report says more than the patch can, and its reporter wants to know.
//! # Example
//! ```text
//! Reported-by: Jane Doe <jane@example.org>
//! ```
//! # Instead
//! ```text
//! Reported-by: Jane Doe <jane@example.org>
//! Closes: https://lore.kernel.org/all/x@y/
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Using Reported-by:".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "bad_reported_by_link.rs" BAD_REPORTED_BY_LINK, [Warning], Sure,
    { Tag: check },
    fires: [Case::Message("x\n\nReported-by: A B <a@example.org>\n")],
    silent: [Case::Message("x\n\nReported-by: A B <a@example.org>\nCloses: https://lore.kernel.org/r/1\n")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(tag) = cx.tag else { return };
    if !re!("^reported(?:|-and-tested)-by:$", "i").is(&cx.lang, tag.name) {
        return;
    }
    let next = cx.lines.raw(cx.n + 1);
    if !next.is_some_and(|line| re!(r"^(closes|link):\s*", "i").is(&cx.lang, line)) {
        cx.at(tag.on_name());
        cx.warn("Reported-by: needs a Closes: or Link: right after it");
    }
}
