// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds macros whose value is an expression without parentheses.
//! # Why
//! Operators around the macro may bind stronger than those within.
//! # Example
//! ```text
//! #define a(b) (b) + 1
//! ```
//! # Instead
//! ```text
//! #define a(b) ((b) + 1)
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Macros, Enums and RTL".

use crate::context::Cx;
use crate::macros::Define;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "complex_macro.rs" COMPLEX_MACRO, [Error], Likely,
    { Late: check },
    fires: [Case::C("#define a(b) (b) + 1")],
    silent: [Case::C("#define a(b) ((b) + 1)\n#define c d")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    if define.is_complex(cx)
        && !re!(r"^\s*if\b").is(&cx.lang, &define.flat)
        && !define.flat.contains(&b';')
    {
        super::shared::on_macro(cx);
        cx.error("the value of a macro goes into parentheses");
    }
}
