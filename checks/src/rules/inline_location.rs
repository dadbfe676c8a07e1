// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds inline after a type or before a storage class.
//! # Why
//! Declarations are read faster if all have the same order.
//! # Example
//! ```text
//! inline static int f(void)
//! ```
//! # Instead
//! ```text
//! static inline int f(void)
//! ```
//! # Source
//! The type INLINE_LOCATION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "inline_location.rs" INLINE_LOCATION, [Error], Sure,
    { Late: check },
    fires: [
        Case::C("inline static int f(void)"),
        Case::C("int inline f(void)"),
    ],
    silent: [Case::C("static inline int f(void)")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\b$Type\s+$Inline\b"), cx.line, 0)
        || cx.sees(re!(r"\b$Inline\s+$Storage\b"), cx.line, 0)
    {
        cx.error("inline belongs between the storage class and the type");
    }
}
