// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds unsafe blocks and implementations in Rust without a SAFETY comment.
//! # Why
//! What the compiler does not prove somebody has to, and say how.
//! # Example
//! ```text
//! unsafe { free(ptr) };
//! ```
//! # Instead
//! ```text
//! // SAFETY: `ptr` came from `alloc()` and nobody else has it.
//! unsafe { free(ptr) };
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_unsafe_comment.rs" RUST_UNSAFE_COMMENT, [Warning], Likely,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "\n    let a = unsafe { b() };")],
    silent: [Case::In("drivers/misc/a.rs", "    // SAFETY: it is ours.\n    let a = unsafe { b() };\n    // SAFETY: as said\n    // before.\n    let c =\n        unsafe { d() };")],
}

/// How far above its comment may stand, in lines.
const FAR: usize = 12;

fn check(cx: &mut Cx<'_>) {
    let opens =
        rust_code(cx).is_some_and(|code| re!(r"\bunsafe\s*(?:\{|impl\b)").is(&cx.lang, code));
    if !opens {
        return;
    }
    let above = (cx.hunk_at.max(cx.n.saturating_sub(FAR))..=cx.n)
        .filter_map(|number| cx.lines.raw(number))
        .any(|line| re!(r"//\s*SAFETY:").is(&cx.lang, line));
    if !above {
        cx.warn("say in a SAFETY comment why this is sound");
    }
}
