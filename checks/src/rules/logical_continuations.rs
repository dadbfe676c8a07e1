// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines that start with && or ||.
//! # Why
//! The operator at the end of the line before says that something follows.
//! # Example
//! ```text
//! if (a
//!     && b)
//! ```
//! # Instead
//! ```text
//! if (a &&
//!     b)
//! ```
//! # Source
//! The type LOGICAL_CONTINUATIONS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "logical_continuations.rs" LOGICAL_CONTINUATIONS, [Check], Sure,
    { Code: check },
    fires: [Case::C("\tif (a\n\t    && b)")],
    silent: [Case::C("\tif (a &&\n\t    b)")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^\+\s*(&&|\|\|)"), cx.raw, 1) {
        cx.check("a logical operator belongs at the end of the line before");
    }
}
