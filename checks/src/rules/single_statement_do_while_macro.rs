// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds do {} while (0) around a single statement of a macro.
//! # Why
//! It is one statement without it.
//! # Example
//! ```text
//! #define a(b) do { c(b); } while (0)
//! ```
//! # Instead
//! ```text
//! #define a(b) c(b)
//! ```
//! # Source
//! The type SINGLE_STATEMENT_DO_WHILE_MACRO of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::macros::Define;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "single_statement_do_while_macro.rs" SINGLE_STATEMENT_DO_WHILE_MACRO, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#define a(b) do { c(b); } while (0)")],
    silent: [Case::C("#define a(b) do { c(b); d(b); } while (0)")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    if let Some(caps) = super::shared::do_while().caps(&cx.lang, &define.joined)
        && text::count(caps.s(2), b';') == 1
        && !re!(r"^\s*(if|while|for|switch)\b").is(&cx.lang, caps.s(2))
    {
        super::shared::on_macro(cx);
        cx.warn("a single statement of a macro needs no do {} while (0)");
    }
}
