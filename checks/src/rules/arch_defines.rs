// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds conditions on macros that compilers define for a machine.
//! # Why
//! What differs between machines belongs to their headers.
//! # Example
//! ```text
//! #ifdef __i386__
//! ```
//! # Instead
//! ```text
//! #ifdef CONFIG_HAVE_FEATURE
//! ```
//! # Source
//! The type ARCH_DEFINES of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "arch_defines.rs" ARCH_DEFINES, [Check], Likely,
    { Late: check },
    fires: [Case::C("#ifdef __i386__")],
    silent: [Case::C("#ifdef CONFIG_X86_32")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"^.\s*\#\s*if.*\b(__i386__|__powerpc64__|__sun__|__s390x__)\b"),
        cx.line,
        1,
    ) && !cx.file.contains("include/asm-")
    {
        cx.check("conditions on the machine belong to its headers");
    }
}
