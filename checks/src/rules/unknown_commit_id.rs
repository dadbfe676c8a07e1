// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds commits in the message that git does not know.
//! # Why
//! Perhaps the id is of a branch that was rebased since.
//! # Example
//! ```text
//! Fixes: deadbeefcafe ("misc: add a")
//! ```
//! # Instead
//! ```text
//! The id of the commit in the tree of its maintainer.
//! ```
//! # Source
//! The type UNKNOWN_COMMIT_ID of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;
use crate::world::Commit;

rule! {
    "unknown_commit_id.rs" UNKNOWN_COMMIT_ID, [Warning], Likely,
    { Text: check },
    fires: [Case::Message("x\n\nFixes: deadbeefcafe (\"misc: add a\")\n")],
    silent: [Case::Message("x\n")],
}

fn check(cx: &mut Cx<'_>) {
    let named = re!(r"(^fixes:|\bcommit)\s+([0-9a-f]{6,40})\b", "i");
    if cx.head.in_log
        && let Some(caps) = named.caps(&cx.lang, cx.line)
    {
        let id = text::show(caps.s(2));
        if !matches!(cx.world.commit(&id), Commit::Known(..)) {
            cx.on(&caps, 2)
                .warn(format!("git does not know commit {id}"));
        }
    }
}
