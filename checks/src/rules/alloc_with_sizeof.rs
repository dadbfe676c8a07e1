// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds allocations of one object by its size.
//! # Why
//! kmalloc_obj() takes the object itself, so that its type and size cannot
//! differ.
//! # Example
//! ```text
//! p = kzalloc(sizeof(*p), GFP_KERNEL);
//! ```
//! # Instead
//! ```text
//! p = kzalloc_obj(*p, GFP_KERNEL);
//! ```
//! # Source
//! Documentation/process/deprecated.rst.

use super::shared::on_statement;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "alloc_with_sizeof.rs" ALLOC_WITH_SIZEOF, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tp = kzalloc(sizeof(*p), GFP_KERNEL);")],
    silent: [Case::C("\tp = kzalloc(size, GFP_KERNEL);")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let call = re!(
        r"^\+\s*($Lval)\s*\=\s*(?:$BalancedParens)?\s*((?:kv|k)[mz]alloc)\s*\(\s*($FuncArg)\s*,"
    );
    if let Some(caps) = call.caps(&cx.lang, found.scan())
        && re!(r"^sizeof\s*\S\(?([^\)]*)\)?$").is(&cx.lang, caps.s(4))
    {
        on_statement(cx, caps.start(3)..caps.end(3));
        let call = text::show(caps.s(3));
        cx.warn(format!("{call}_obj() instead of {call}() with a size"));
    }
}
