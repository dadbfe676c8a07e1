// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds locks that are defined without a comment.
//! # Why
//! What a lock protects cannot be seen from the code.
//! # Example
//! ```text
//! spinlock_t lock;
//! ```
//! # Instead
//! ```text
//! /* protects list */
//! spinlock_t lock;
//! ```
//! # Source
//! The type UNCOMMENTED_DEFINITION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "uncommented_definition.rs" UNCOMMENTED_DEFINITION, [Check], Likely,
    { Late: check },
    fires: [
        Case::C("\tspinlock_t a;"),
        Case::C("static int a;\nDEFINE_MUTEX(b);"),
    ],
    silent: [Case::C("\t/* protects b */\n\tspinlock_t a;")],
}

fn check(cx: &mut Cx<'_>) {
    let lock = re!(r"^.\s*(struct\s+mutex|spinlock_t)\s+\S+;").caps(&cx.lang, cx.line);
    let lock = lock.or_else(|| re!(r"^.\s*(DEFINE_MUTEX)\s*\(").caps(&cx.lang, cx.line));
    if let Some(caps) = lock
        && !cx.has_comment()
    {
        let kind = text::show(caps.s(1));
        cx.on(&caps, 1)
            .check(format!("no comment says what this {kind} protects"));
    }
}
