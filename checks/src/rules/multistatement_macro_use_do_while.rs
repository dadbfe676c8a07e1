// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds macros of several statements, and macros that begin with an if.
//! # Why
//! After an if without braces only the first statement belongs to it; an else after
//! a macro finds the macro's if.
//! # Example
//! ```text
//! #define a(b) c(b); d(b)
//! ```
//! # Instead
//! ```text
//! #define a(b) do { c(b); d(b); } while (0)
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Macros, Enums and RTL".

use crate::context::Cx;
use crate::macros::Define;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "multistatement_macro_use_do_while.rs" MULTISTATEMENT_MACRO_USE_DO_WHILE, [Error, Warning], Likely,
    { Late: check },
    fires: [Case::C("#define a(b) if (b) c()"), Case::C("#define a(b) c(b); d(b)")],
    silent: [Case::C("#define a(b) do { c(b); d(b); } while (0)")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    if !define.is_complex(cx) {
        return;
    }
    if re!(r"^\s*if\b").is(&cx.lang, &define.flat) {
        super::shared::on_macro(cx);
        cx.error("a macro that begins with an if goes into do {} while (0)");
    } else if define.flat.contains(&b';') {
        super::shared::on_macro(cx);
        cx.warn("several statements of a macro go into do {} while (0)");
    }
}
