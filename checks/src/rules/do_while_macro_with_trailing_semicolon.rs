// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds macros whose do {} while (0) ends in a semicolon.
//! # Why
//! With the semicolon of its user they are two statements, and an else after them
//! finds no if.
//! # Example
//! ```text
//! #define a(b) do { c(b); d(b); } while (0);
//! ```
//! # Instead
//! ```text
//! #define a(b) do { c(b); d(b); } while (0)
//! ```
//! # Source
//! The type DO_WHILE_MACRO_WITH_TRAILING_SEMICOLON of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::macros::Define;
use crate::rule::{Case, rule};

rule! {
    "do_while_macro_with_trailing_semicolon.rs" DO_WHILE_MACRO_WITH_TRAILING_SEMICOLON, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#define a(b) do { c(b); d(b); } while (0);")],
    silent: [Case::C("#define a(b) do { c(b); d(b); } while (0)")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    if let Some(caps) = super::shared::do_while().caps(&cx.lang, &define.joined)
        && !caps.s(3).is_empty()
    {
        super::shared::on_macro(cx);
        cx.warn("no semicolon after the do {} while (0) of a macro");
    }
}
