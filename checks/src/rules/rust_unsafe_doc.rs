// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds public unsafe functions of Rust without a section "# Safety".
//! # Why
//! Callers have to know what they promise.
//! # Example
//! ```text
//! /// Frees it.
//! pub unsafe fn free(self) {
//! ```
//! # Instead
//! ```text
//! /// Frees it.
//! ///
//! /// # Safety
//! ///
//! /// Nobody uses it any more.
//! pub unsafe fn free(self) {
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_unsafe_doc.rs" RUST_UNSAFE_DOC, [Warning], Likely,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "\npub unsafe fn f() {")],
    silent: [Case::In("drivers/misc/a.rs", "/// Frees it.\n///\n/// # Safety\n///\n/// It is ours.\npub unsafe fn f() {\nunsafe fn g() {")],
}

/// How far above its documentation may begin, in lines.
const FAR: usize = 60;

fn check(cx: &mut Cx<'_>) {
    let declares = rust_code(cx)
        .is_some_and(|code| re!(r"^\s*pub\s+(?:const\s+)?unsafe\s+fn\b").is(&cx.lang, code));
    if !declares {
        return;
    }
    let told = (cx.hunk_at.max(cx.n.saturating_sub(FAR))..cx.n)
        .rev()
        .filter_map(|number| cx.lines.raw(number))
        .take_while(|line| re!(r"^.\s*(?:///|#\[)").is(&cx.lang, *line))
        .any(|line| re!(r"///\s*#+ Safety").is(&cx.lang, line));
    if !told {
        cx.sees(re!(r"\bunsafe\s+fn\s+\w+"), cx.raw, 0);
        cx.warn("document under # Safety what a caller promises");
    }
}
