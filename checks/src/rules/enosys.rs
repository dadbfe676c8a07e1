// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds ENOSYS.
//! # Why
//! It means that there is no such system call, and nothing else.
//! # Example
//! ```text
//! return -ENOSYS;
//! ```
//! # Instead
//! ```text
//! return -EOPNOTSUPP;
//! ```
//! # Source
//! The type ENOSYS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "enosys.rs" ENOSYS, [Warning], Likely,
    { Added: check },
    fires: [Case::C("\treturn -ENOSYS;")],
    silent: [Case::C("\treturn -EINVAL;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bENOSYS\b"), cx.line, 0) {
        cx.warn("ENOSYS means that there is no such system call");
    }
}
