// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds sizeof without parentheses.
//! # Why
//! The kernel writes it as a function.
//! # Example
//! ```text
//! sizeof a
//! ```
//! # Instead
//! ```text
//! sizeof(a)
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Spaces".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "sizeof_parenthesis.rs" SIZEOF_PARENTHESIS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\ta = sizeof *b;")],
    silent: [Case::C("\ta = sizeof(*b);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"\bsizeof\s+((?:\*\s*|)$Lval|$Type(?:\s+$Lval|))"),
        cx.line,
        0,
    ) {
        cx.warn("sizeof takes parentheses");
    }
}
