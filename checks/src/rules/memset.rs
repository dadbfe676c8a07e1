// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds memset() of a size of 0 or 1.
//! # Why
//! The value and the size have changed places.
//! # Example
//! ```text
//! memset(a, sizeof(*a), 0);
//! ```
//! # Instead
//! ```text
//! memset(a, 0, sizeof(*a));
//! ```
//! # Source
//! The type MEMSET of the kernel's scripts/checkpatch.pl.

use super::shared::on_statement;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "memset.rs" MEMSET, [Error, Warning], Sure,
    { Late: check },
    fires: [
        Case::C("\tmemset(a, 4, 0);"),
        Case::C("\tmemset(a, 4, 0x1);"),
    ],
    silent: [Case::C("\tmemset(a, 0, 4);")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\bmemset\b").is(&cx.lang, cx.line) {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let call = re!(r"^\+(?:.*?)\bmemset\s*\(\s*$FuncArg\s*,\s*$FuncArg\s*\,\s*$FuncArg\s*\)");
    let Some(caps) = call.caps(&cx.lang, found.scan()) else {
        return;
    };
    on_statement(cx, caps.start(12)..caps.end(12));
    if re!(r"^(?:0x|)0$", "i").is(&cx.lang, caps.s(12)) {
        cx.error("the size of memset() is 0");
    } else if re!(r"^(?:0x|)1$", "i").is(&cx.lang, caps.s(12)) {
        cx.warn("the size of memset() is 1, did it change places with the value?");
    }
}
