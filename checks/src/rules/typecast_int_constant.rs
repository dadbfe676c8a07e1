// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds constants that are cast to an integer type of C.
//! # Why
//! A suffix says the same.
//! # Example
//! ```text
//! (unsigned long)1
//! ```
//! # Instead
//! ```text
//! 1UL
//! ```
//! # Source
//! The type TYPECAST_INT_CONSTANT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "typecast_int_constant.rs" TYPECAST_INT_CONSTANT, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\ta = (unsigned long)1;")],
    silent: [Case::C("\ta = (u8)1;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"(\(\s*$C90IntTypes\s*\)\s*)($Constant)\b"), cx.line, 1) {
        cx.warn("a suffix instead of a cast");
    }
}
