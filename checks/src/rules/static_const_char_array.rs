// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds arrays of text that could be constant, and are not wholly.
//! # Why
//! What is constant can be shared and write protected; an array on the stack
//! that never changes is built anew in each call.
//! # Example
//! ```text
//! static const char *names[] = {
//! ```
//! # Instead
//! ```text
//! static const char * const names[] = {
//! ```
//! # Source
//! The type STATIC_CONST_CHAR_ARRAY of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "static_const_char_array.rs" STATIC_CONST_CHAR_ARRAY, [Warning], Likely,
    { Added: check },
    fires: [Case::C("static const char *names[] = { };"), Case::C("\tconst char a[] = \"b\";"), Case::C("static char a[] = \"b\";"), Case::C("\tchar *a[] = {")],
    silent: [Case::C("static const char * const names[] = { };"), Case::C("static const char a[] = \"b\";")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let line = cx.line;
    let pointers = re!(r"\bstatic\s+const\s+char\s*\*\s*(\w+)\s*\[\s*\]\s*=\s*").caps(lang, line);
    let on_stack = re!(
        r#"^\+\s*const\s+(char|unsigned\s+char|_*u8|(?:[us]_)?int8_t)\s+
           \w+\s*\[\s*(?:\w+\s*)?\]\s*=\s*""#,
        "x"
    )
    .is(lang, line);
    let variable = re!(r#"\bstatic\s+char\s+(\w+)\s*\[\s*\]\s*=\s*""#).caps(lang, line);
    let list = re!(r"^.\s+(?:static\s+|const\s+)?char\s+\*\s*\w+\s*\[\s*\]\s*=\s*\{");
    let list = list.is(lang, line);
    if let Some(caps) = pointers {
        cx.on(&caps, 1);
        cx.warn("the pointers could be constant as well: static const char * const");
    }
    if on_stack {
        cx.sees(re!(r"\bconst\b"), line, 0);
        cx.warn("a constant array could be static const");
    }
    if let Some(caps) = variable {
        cx.on(&caps, 1);
        cx.warn("the array could be static const char");
    }
    if list {
        cx.sees(re!(r"\bchar\b"), line, 0);
        cx.warn("an array of texts could be static const");
    }
}
