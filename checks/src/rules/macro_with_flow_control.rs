// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds return and goto in macros.
//! # Why
//! Who reads the caller does not see that it may end here.
//! # Example
//! ```text
//! #define check(a) do { if (!(a)) return -EINVAL; } while (0)
//! ```
//! # Instead
//! ```text
//! if (!a)
//! 	return -EINVAL;
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Macros, Enums and RTL".

use crate::context::Cx;
use crate::macros::Define;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "macro_with_flow_control.rs" MACRO_WITH_FLOW_CONTROL, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#define a(b) do { if (b) return; } while (0)")],
    silent: [Case::C("#define a(b) f_##b() { return 1; }\n#define c(b) d(b)")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(define) = Define::here(cx) else {
        return;
    };
    let lang = &cx.lang;
    let text = &define.text;
    // What glues names together usually defines a function.
    let glues =
        re!(r"\#\#").is(lang, text) && !re!(r"\#\#\s*(?:__VA_ARGS__|args)\b").is(lang, text);
    if re!(r"\b(goto|return)\b").is(lang, text) && !glues {
        super::shared::on_macro(cx);
        cx.warn("a macro that leaves its caller");
    }
}
