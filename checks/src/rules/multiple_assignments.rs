// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds two assignments in one statement.
//! # Why
//! Each deserves its own line.
//! # Example
//! ```text
//! a = b = 0;
//! ```
//! # Instead
//! ```text
//! a = 0;
//! b = 0;
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Indentation".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "multiple_assignments.rs" MULTIPLE_ASSIGNMENTS, [Check], Sure,
    { Added: check },
    fires: [Case::C("\ta = b = 1;")],
    silent: [Case::C("\ta = b == 1;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^.\s*$Lval\s*=\s*$Lval\s*=(?!=)"), cx.line, 0) {
        cx.check("two assignments in one statement");
    }
}
