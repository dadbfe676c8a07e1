// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds waitqueue_active() without a comment.
//! # Why
//! Without a barrier a waiter can be missed; the comment says why it is not.
//! # Example
//! ```text
//! if (waitqueue_active(&a))
//! ```
//! # Instead
//! ```text
//! /* the lock orders this with prepare_to_wait() */
//! if (waitqueue_active(&a))
//! ```
//! # Source
//! The type WAITQUEUE_ACTIVE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "waitqueue_active.rs" WAITQUEUE_ACTIVE, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tif (waitqueue_active(&a))")],
    silent: [Case::C("\t/* ordered by b */\n\tif (waitqueue_active(&a))")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bwaitqueue_active\s*\("), cx.line, 0) && !cx.has_comment() {
        cx.warn("no comment says why no waiter is missed");
    }
}
