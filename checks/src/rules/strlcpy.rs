// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds strlcpy() outside of tools and scripts.
//! # Why
//! It reads all of its source, even past its end.
//! # Example
//! ```text
//! strlcpy(a, b, sizeof(a));
//! ```
//! # Instead
//! ```text
//! strscpy(a, b);
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "strlcpy()".

use super::shared::is_userspace;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "strlcpy.rs" STRLCPY, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tstrlcpy(a, b);")],
    silent: [
        Case::C("\tstrscpy(a, b);"),
        Case::In("tools/a.c", "\tstrlcpy(a, b);"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bstrlcpy\s*\("), cx.line, 0) && !is_userspace(cx) {
        cx.warn("strscpy() instead of strlcpy()");
    }
}
