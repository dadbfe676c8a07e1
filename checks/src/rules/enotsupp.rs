// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds ENOTSUPP in patches.
//! # Why
//! User space does not know it.
//! # Example
//! ```text
//! return -ENOTSUPP;
//! ```
//! # Instead
//! ```text
//! return -EOPNOTSUPP;
//! ```
//! # Source
//! The type ENOTSUPP of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "enotsupp.rs" ENOTSUPP, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\treturn -ENOTSUPP;")],
    silent: [Case::C("\treturn -EOPNOTSUPP;"), Case::File("a.c", "int a = -ENOTSUPP;\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.is_file() && cx.sees(re!(r"\bENOTSUPP\b"), cx.line, 0) {
        cx.warn("user space does not know ENOTSUPP; EOPNOTSUPP is meant");
    }
}
