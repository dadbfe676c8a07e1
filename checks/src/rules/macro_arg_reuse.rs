// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds arguments of macros that the macro uses more than once.
//! # Why
//! An argument with a side effect has it as often.
//! # Example
//! ```text
//! #define twice(a) ((a) + (a))
//! ```
//! # Instead
//! ```text
//! static inline int twice(int a)
//! {
//! 	return a + a;
//! }
//! ```
//! # Source
//! The type MACRO_ARG_REUSE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::macros::Define;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "macro_arg_reuse.rs" MACRO_ARG_REUSE, [Check], Guess,
    { Late: check },
    fires: [Case::C("#define a(b) ((b) + (b))")],
    silent: [Case::C("#define a(b) ((b) + sizeof(b))")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    for argument in define.arguments() {
        if define.uses(cx, argument) > 1 {
            let name = text::show(argument);
            super::shared::on_argument(cx, argument);
            cx.check(format!("the macro uses `{name}` more than once"));
        }
    }
}
