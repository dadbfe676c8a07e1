// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds arguments of macros next to an operator without parentheses.
//! # Why
//! Operators within the argument may bind weaker.
//! # Example
//! ```text
//! #define twice(a) (a * 2)
//! ```
//! # Instead
//! ```text
//! #define twice(a) ((a) * 2)
//! ```
//! # Source
//! The type MACRO_ARG_PRECEDENCE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::macros::Define;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "macro_arg_precedence.rs" MACRO_ARG_PRECEDENCE, [Check], Likely,
    { Late: check },
    fires: [Case::C("#define a(b) (b + 1)")],
    silent: [Case::C("#define a(b) ((b) + 1)\n#define c(d, e) f(d, e)")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    for argument in define.arguments() {
        if define.has_operator(cx, argument) {
            let name = text::show(argument);
            super::shared::on_argument(cx, argument);
            cx.check(format!("write ({name}): an operator stands beside it"));
        }
    }
}
