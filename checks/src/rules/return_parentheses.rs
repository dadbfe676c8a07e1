// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds values to return in parentheses.
//! # Why
//! return is no function.
//! # Example
//! ```text
//! return (a);
//! ```
//! # Instead
//! ```text
//! return a;
//! ```
//! # Source
//! The type RETURN_PARENTHESES of the kernel's scripts/checkpatch.pl.

use super::shared::on_statement;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "return_parentheses.rs" RETURN_PARENTHESES, [Error], Sure,
    { Added: check },
    fires: [Case::C("\treturn (a);")],
    silent: [Case::C("\treturn a;\n\treturn (a + b) * c;")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(found) = &cx.statement else { return };
    let Some(caps) = re!(r"^.\s*return\s*($BalancedParens)\s*;\s*$").caps(&cx.lang, found.scan())
    else {
        return;
    };
    let value = text::deparenthesize(caps.s(1));
    if re!(r"^\s*$FuncArg\s*(?:\?|$)").is(&cx.lang, &value) {
        let start = caps.start(1);
        on_statement(cx, start..start + 1);
        cx.error("return is no function and needs no parentheses");
    }
}
