// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds two strings side by side on a line.
//! # Why
//! One string can be found with grep.
//! # Example
//! ```text
//! "a" "b"
//! ```
//! # Instead
//! ```text
//! "ab"
//! ```
//! # Source
//! The type STRING_FRAGMENTS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "string_fragments.rs" STRING_FRAGMENTS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tf(\"a\" \"b\");")],
    silent: [Case::C("\tf(\"a\", \"b\");")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r#"$String\s*[Lu]?""#), cx.line, 0) {
        cx.warn("one string instead of several");
    }
}
