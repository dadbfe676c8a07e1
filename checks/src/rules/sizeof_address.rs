// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the size of an address.
//! # Why
//! It is the size of a pointer, hardly what was wanted.
//! # Example
//! ```text
//! sizeof(&a)
//! ```
//! # Instead
//! ```text
//! sizeof(a)
//! ```
//! # Source
//! The type SIZEOF_ADDRESS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "sizeof_address.rs" SIZEOF_ADDRESS, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\ta = sizeof(&b);")],
    silent: [Case::C("\ta = sizeof(b);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bsizeof\s*\(\s*\&"), cx.line, 0) {
        cx.warn("this is the size of a pointer");
    }
}
