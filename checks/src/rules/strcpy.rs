// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds strcpy() outside of tools and scripts.
//! # Why
//! It writes past the end of its target.
//! # Example
//! ```text
//! strcpy(a, b);
//! ```
//! # Instead
//! ```text
//! strscpy(a, b);
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "strcpy()".

use super::shared::is_userspace;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "strcpy.rs" STRCPY, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tstrcpy(a, b);")],
    silent: [
        Case::C("\tstrscpy(a, b);"),
        Case::In("tools/a.c", "\tstrcpy(a, b);"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bstrcpy\s*\("), cx.line, 0) && !is_userspace(cx) {
        cx.warn("strscpy() instead of strcpy()");
    }
}
