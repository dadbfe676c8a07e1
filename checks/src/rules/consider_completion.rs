// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds semaphores that start locked.
//! # Why
//! Who waits for an event wants a completion.
//! # Example
//! ```text
//! sema_init(&s, 0);
//! ```
//! # Instead
//! ```text
//! init_completion(&c);
//! ```
//! # Source
//! The type CONSIDER_COMPLETION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "consider_completion.rs" CONSIDER_COMPLETION, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tsema_init(&s, 0);")],
    silent: [Case::C("\tsema_init(&s, 1);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^.\s*sema_init.+,\W?0\W?\)"), cx.line, 0) {
        cx.warn("a semaphore that starts locked could be a completion");
    }
}
