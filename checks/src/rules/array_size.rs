// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the size of an array divided by that of its first element.
//! # Why
//! ARRAY_SIZE() says what is meant and does not compile for a pointer.
//! # Example
//! ```text
//! n = sizeof(a) / sizeof(a[0]);
//! ```
//! # Instead
//! ```text
//! n = ARRAY_SIZE(a);
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Don't re-invent the kernel
//! macros".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "array_size.rs" ARRAY_SIZE, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\tn = sizeof(a) / sizeof(a[0]);")],
    silent: [Case::C("\tn = ARRAY_SIZE(a);\n\tm = sizeof(a) / sizeof(b);")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let Some(caps) = re!(r"\bsizeof\s*\(\s*($Lval)\s*\)").caps(lang, cx.line) else {
        return;
    };
    let divided = re!(r"\b(sizeof\s*\(\s*$Arg0\s*\)\s*/\s*sizeof\s*\(\s*$Arg0\s*\[\s*0\s*\]\s*\))");
    if divided.is_with(lang, cx.line, &[caps.s(1)]) {
        let array = text::show(caps.s(1));
        cx.on(&caps, 0)
            .warn(format!("ARRAY_SIZE({array}) is what this computes"));
    }
}
