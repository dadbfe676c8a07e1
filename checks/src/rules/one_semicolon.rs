// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds two semicolons at the end of a line.
//! # Why
//! The second is a statement that does nothing.
//! # Example
//! ```text
//! a = 1;;
//! ```
//! # Instead
//! ```text
//! a = 1;
//! ```
//! # Source
//! The type ONE_SEMICOLON of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "one_semicolon.rs" ONE_SEMICOLON, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\ta = 1;;")],
    silent: [Case::C("\tfor (;;)\n\t\ta = 1;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r";\s*;\s*$"), cx.line, 0) {
        cx.warn("one semicolon ends a statement");
    }
}
