// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the history of the patch in its message.
//! # Why
//! What changed since the last version is for reviewers, not for the log.
//! # Example
//! ```text
//! v1: https://lore.kernel.org/r/1
//! ```
//! # Instead
//! ```text
//! The same line after the `---`.
//! ```
//! # Source
//! The type COMMIT_LOG_VERSIONING of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "commit_log_versioning.rs" COMMIT_LOG_VERSIONING, [Warning], Sure,
    { Log: check },
    fires: [Case::Message("x\n\nv2: https://lore.kernel.org/r/1\n")],
    silent: [Case::Message("x\n\nLink: https://lore.kernel.org/r/1\n")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if cx.head.in_log
        && let Some(caps) = re!(r"^\s*(\w+:)\s*http").caps(lang, cx.line)
        && re!(r"^v(?:ersion)?\d+", "i").is(lang, caps.s(1))
    {
        cx.on(&caps, 1)
            .warn("the history of a patch belongs after the ---");
    }
}
