// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds min() and max() with a cast argument.
//! # Why
//! min_t() and max_t() name the type once, for both.
//! # Example
//! ```text
//! min((int)a, b)
//! ```
//! # Instead
//! ```text
//! min_t(int, a, b)
//! ```
//! # Source
//! The type MINMAX of the kernel's scripts/checkpatch.pl.

use super::shared::on_statement;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "minmax.rs" MINMAX, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\ta = min((int)b, c);")],
    silent: [Case::C("\ta = min(b, c);")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\b(?:min|max)\b").is(&cx.lang, cx.line) {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let call = re!(r"^\+(?:.*?)\b(min|max)\s*\(\s*$FuncArg\s*,\s*$FuncArg\s*\)");
    let Some(caps) = call.caps(&cx.lang, found.scan()) else {
        return;
    };
    if caps.get(2).is_some() || caps.get(7).is_some() {
        on_statement(cx, caps.start(1)..caps.end(1));
        let function = text::show(caps.s(1));
        cx.warn(format!("{function}_t() names the type for both arguments"));
    }
}
