// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds addresses after a tag of somebody's own.
//! # Why
//! Tools know Link: and Closes:.
//! # Example
//! ```text
//! URL: https://lore.kernel.org/r/1
//! ```
//! # Instead
//! ```text
//! Link: https://lore.kernel.org/r/1
//! ```
//! # Source
//! The type COMMIT_LOG_USE_LINK of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "commit_log_use_link.rs" COMMIT_LOG_USE_LINK, [Warning], Sure,
    { Log: check },
    fires: [Case::Message("x\n\nURL: https://lore.kernel.org/r/1\n")],
    silent: [Case::Message("x\n\nLink: https://lore.kernel.org/r/1\n")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if cx.head.in_log
        && let Some(caps) = re!(r"^\s*(\w+:)\s*http").caps(lang, cx.line)
        && !re!("^(?:$LinkTags)$").is(lang, caps.s(1))
        && !re!(r"^v(?:ersion)?\d+", "i").is(lang, caps.s(1))
    {
        let tag = text::show(caps.s(1));
        cx.on(&caps, 1).warn(format!(
            "'{tag}' is no tag for an address: use Link: or Closes:"
        ));
    }
}
