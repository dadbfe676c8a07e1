// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds definitions of names such as ARCH_HAS_FOO.
//! # Why
//! What an architecture has is said in Kconfig, where it can be searched.
//! # Example
//! ```text
//! #define ARCH_HAS_FOO
//! ```
//! # Instead
//! ```text
//! select ARCH_HAS_FOO
//! ```
//! # Source
//! The type DEFINE_ARCH_HAS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "define_arch_has.rs" DEFINE_ARCH_HAS, [Error], Sure,
    { Late: check },
    fires: [Case::C("#define ARCH_HAS_FOO 1"), Case::C("#define __ARCH_HAVE_BAR")],
    silent: [Case::C("#ifdef ARCH_HAS_FOO\n#define FOO")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"\+\s*#\s*define\s+((?:__)?ARCH_(?:HAS|HAVE)\w*)\b"),
        cx.line,
        1,
    ) {
        cx.error("what an architecture has is said in Kconfig");
    }
}
