// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds functions that are declared with nothing between the parentheses.
//! # Why
//! To the compiler that can be a function of any arguments.
//! # Example
//! ```text
//! int f()
//! ```
//! # Instead
//! ```text
//! int f(void)
//! ```
//! # Source
//! The type FUNCTION_WITHOUT_ARGS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "function_without_args.rs" FUNCTION_WITHOUT_ARGS, [Error], Likely,
    { Added: check },
    fires: [Case::C("int f()"), Case::C("static int g(){ return 0; }")],
    silent: [Case::C("int f(void)"), Case::C("\ta = f();")],
}

fn check(cx: &mut Cx<'_>) {
    // The quick look first.
    if re!(r"\(\s*\)").is(&cx.lang, cx.line)
        && cx.sees(re!(r"(\b$Type\s*$Ident)\s*\(\s*\)"), cx.line, 0)
    {
        cx.error("a function without arguments is declared with (void)");
    }
}
