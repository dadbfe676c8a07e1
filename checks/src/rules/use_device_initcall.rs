// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds __initcall().
//! # Why
//! The names that say when something is called are device_initcall() and its
//! kin.
//! # Example
//! ```text
//! __initcall(foo_init);
//! ```
//! # Instead
//! ```text
//! device_initcall(foo_init);
//! ```
//! # Source
//! The type USE_DEVICE_INITCALL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "use_device_initcall.rs" USE_DEVICE_INITCALL, [Warning], Sure,
    { Late: check },
    fires: [Case::C("__initcall(foo_init);")],
    silent: [Case::C("device_initcall(foo_init);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^.\s*__initcall\s*\("), cx.line, 0) {
        cx.warn("device_initcall() or its kin instead of __initcall()");
    }
}
