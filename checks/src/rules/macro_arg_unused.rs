// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds arguments that a macro does not use.
//! # Why
//! The compiler then says that a variable is unused, or a mistake goes unseen.
//! # Example
//! ```text
//! #define lock(a) do_lock()
//! ```
//! # Instead
//! ```text
//! static inline void lock(struct a *a)
//! {
//! 	do_lock();
//! }
//! ```
//! # Source
//! The type MACRO_ARG_UNUSED of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::macros::Define;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "macro_arg_unused.rs" MACRO_ARG_UNUSED, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#define a(b) c()")],
    silent: [Case::C("#define a(b) c(b)\n#define d(e)")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    for argument in define.arguments() {
        if define.is_unused(cx, argument) {
            let name = text::show(argument);
            super::shared::on_argument(cx, argument);
            cx.warn(format!("the macro does not use `{name}`"));
        }
    }
}
