// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds limits of a sysctl that point to a zero, a one or an INT_MAX of
//! their own.
//! # Why
//! All of them can share one.
//! # Example
//! ```text
//! .extra1 = &zero,
//! ```
//! # Instead
//! ```text
//! .extra1 = SYSCTL_ZERO,
//! ```
//! # Source
//! The type DUPLICATED_SYSCTL_CONST of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "duplicated_sysctl_const.rs" DUPLICATED_SYSCTL_CONST, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\t.extra1 = &zero,")],
    silent: [Case::C("\t.extra1 = SYSCTL_ZERO,")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\.extra[12]\s*=\s*&(zero|one|int_max)\b"), cx.line, 0) {
        cx.warn("SYSCTL_ZERO and its kin are shared");
    }
}
