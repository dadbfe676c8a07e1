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
    silent: [
        Case::In("drivers/misc/a.rs", "    // SAFETY: it is ours.\n    //\n    // 3\n    // 4\n    // 5\n    // 6\n    // 7\n    // 8\n    // 9\n    // 10\n    // 11\n    // 12\n    // 13\n    // 14\n    let a = unsafe { b() };"),
        Case::In("drivers/misc/a.rs", "    // SAFETY: it is ours.\n    let a = unsafe { b() };\n    // SAFETY: as said\n    // before.\n    let c =\n        unsafe { d() };"), Case::In("drivers/misc/a.rs", "    (unsafe { $a:ident }) => {\n        $unsafe { b() }")],
}

/// How far above its comment may begin, in lines that are no comment.
const FAR: usize = 12;

/// No comment has more lines.
const LONG: usize = 80;

fn check(cx: &mut Cx<'_>) {
    let opens = rust_code(cx)
        .is_some_and(|code| re!(r"(?:^|[^$\w])unsafe\s*(?:\{(?!\s*\$)|impl\b)").is(&cx.lang, code));
    if opens && !is_explained(cx) {
        cx.sees(re!(r"[^$\w](unsafe)\s*(?:\{(?!\s*\$)|impl\b)"), cx.raw, 1);
        cx.warn("say in a SAFETY comment why this is sound");
    }
}

fn is_explained(cx: &Cx<'_>) -> bool {
    let mut code = 0;
    for number in (cx.hunk_at.max(cx.n.saturating_sub(LONG))..=cx.n).rev() {
        let Some(line) = cx.lines.raw(number) else {
            break;
        };
        if re!(r"//\s*SAFETY:").is(&cx.lang, line) {
            return true;
        }
        code += usize::from(!re!(r"^.\s*//").is(&cx.lang, line));
        if code > FAR {
            break;
        }
    }
    false
}
