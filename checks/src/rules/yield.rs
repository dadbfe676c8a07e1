// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds yield().
//! # Why
//! It does not wait for anything: the same task may go on at once.
//! # Example
//! ```text
//! yield();
//! ```
//! # Instead
//! ```text
//! wait_event(queue, done);
//! ```
//! # Source
//! The type YIELD of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "yield.rs" YIELD, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tyield();")],
    silent: [Case::C("\tyield(a);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\byield\s*\(\s*\)"), cx.line, 0) {
        cx.warn("yield() is rarely what is needed");
    }
}
