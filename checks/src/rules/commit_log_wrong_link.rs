// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds Link: and Closes: without an address.
//! # Why
//! Whoever follows them expects one.
//! # Example
//! ```text
//! Closes: bug 1234
//! ```
//! # Instead
//! ```text
//! Closes: https://bugzilla.kernel.org/show_bug.cgi?id=1234
//! ```
//! # Source
//! The type COMMIT_LOG_WRONG_LINK of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "commit_log_wrong_link.rs" COMMIT_LOG_WRONG_LINK, [Warning], Sure,
    { Log: check },
    fires: [Case::Message("x\n\nCloses: bug 1234\n")],
    silent: [Case::Message("x\n\nCloses: https://example.org/1234\n")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if cx.head.in_log
        && let Some(caps) = re!(r"^\s*(\w+:)\s*(\S+)").caps(lang, cx.line)
        && re!("^(?:$LinkTags)$").is(lang, caps.s(1))
        && !re!("^https?://").is(lang, caps.s(2))
    {
        let tag = text::show(caps.s(1));
        cx.on(&caps, 2)
            .warn(format!("'{tag}' needs a public http(s) address"));
    }
}
