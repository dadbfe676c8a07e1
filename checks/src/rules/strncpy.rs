// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds strncpy() outside of tools and scripts.
//! # Why
//! It may leave its target without a zero at the end.
//! # Example
//! ```text
//! strncpy(a, b, sizeof(a));
//! ```
//! # Instead
//! ```text
//! strscpy(a, b);
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "strncpy() on NUL-terminated
//! strings".

use super::shared::is_userspace;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "strncpy.rs" STRNCPY, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tstrncpy(a, b);")],
    silent: [
        Case::C("\tstrscpy(a, b);"),
        Case::In("tools/a.c", "\tstrncpy(a, b);"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bstrncpy\s*\("), cx.line, 0) && !is_userspace(cx) {
        cx.warn("strscpy() instead of strncpy()");
    }
}
