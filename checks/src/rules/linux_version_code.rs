// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds code that asks for the version of the kernel.
//! # Why
//! It is part of one version, and all else in it is dead.
//! # Example
//! ```text
//! #if LINUX_VERSION_CODE > KERNEL_VERSION(5, 0, 0)
//! ```
//! # Instead
//! ```text
//! /* nothing */
//! ```
//! # Source
//! The type LINUX_VERSION_CODE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "linux_version_code.rs" LINUX_VERSION_CODE, [Warning], Sure,
    { Added: check },
    fires: [Case::C("#if LINUX_VERSION_CODE > 1")],
    silent: [Case::C("#if VERSION > 1")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bLINUX_VERSION_CODE\b"), cx.line, 0) {
        cx.warn("the code is for the version that it is part of");
    }
}
