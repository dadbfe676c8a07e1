// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds static variables that are initialised with zero.
//! # Why
//! They are zero anyway, and the value can cost room in the image.
//! # Example
//! ```text
//! static int a = 0;
//! ```
//! # Instead
//! ```text
//! static int a;
//! ```
//! # Source
//! The type INITIALISED_STATIC of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "initialised_static.rs" INITIALISED_STATIC, [Error], Sure,
    { Added: check },
    fires: [Case::C("static int a = 0;"), Case::C("\tstatic bool b = false;")],
    silent: [Case::C("static int a = 1;\nstatic int b;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^\+.*\bstatic\s.*=\s*($Zero)\s*;"), cx.line, 1) {
        cx.error("a static variable is zero anyway");
    }
}
