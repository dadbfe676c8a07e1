// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds arrays of no or one element at the end of a structure.
//! # Why
//! The compiler can check the bounds of a flexible array, not those of a fake
//! one.
//! # Example
//! ```text
//! struct foo {
//! 	int n;
//! 	char data[0];
//! };
//! ```
//! # Instead
//! ```text
//! struct foo {
//! 	int n;
//! 	char data[];
//! };
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "Zero-length and one-element
//! arrays".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "flexible_array.rs" FLEXIBLE_ARRAY, [Error], Likely,
    { Late: check },
    fires: [Case::C("struct a {\n\tint n;\n\tchar data[0];\n};")],
    silent: [Case::C("struct a {\n\tint n;\n\tchar data[];\n};")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let last = re!(r"^\+\s*(?:\}(?:\s*__packed\s*)?|$Type)\s*$Ident\s*\[\s*(0|1)\s*\]\s*;\s*$");
    if re!(r"^[\+ ]\s*\}(?:\s*__packed)?\s*;\s*$").is(lang, cx.plain) && last.is(lang, cx.previous)
    {
        cx.error("a flexible array has no number between its brackets");
    }
}
