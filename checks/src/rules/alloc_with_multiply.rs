// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds allocations of a number multiplied by a size.
//! # Why
//! The product can overflow, and then the memory is too small.
//! # Example
//! ```text
//! p = kmalloc(n * sizeof(*p), GFP_KERNEL);
//! ```
//! # Instead
//! ```text
//! p = kmalloc_objs(*p, n, GFP_KERNEL);
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "open-coded arithmetic in allocator
//! arguments".

use super::shared::on_statement;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "alloc_with_multiply.rs" ALLOC_WITH_MULTIPLY, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tp = kmalloc(n * sizeof(*p), GFP_KERNEL);"), Case::C("\tp = kzalloc(sizeof(*p) * n, GFP_KERNEL);")],
    silent: [Case::C("\tp = kmalloc(4 * sizeof(*p), GFP_KERNEL);\n\tq = kmalloc(a * b, GFP_KERNEL);")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let lang = &cx.lang;
    let call = re!(
        r"^\+\s*($Lval)\s*\=\s*(?:$BalancedParens)?\s*((?:kv|k)[mz]alloc)\s*
          \(\s*($FuncArg)\s*\*\s*($FuncArg)\s*,",
        "x"
    );
    let Some(caps) = call.caps(lang, found.scan()) else {
        return;
    };
    let (mut count, mut size) = (caps.s(4), caps.s(10));
    if re!(r"^sizeof\s*\S").is(lang, count) {
        std::mem::swap(&mut count, &mut size);
    }
    let fixed = re!("^$Constant$").is(lang, count) || re!("^[A-Z_][A-Z0-9_]*$").is(lang, count);
    if !fixed && !re!(r"^sizeof\b").is(lang, count) && re!(r"^sizeof\s*\S").is(lang, size) {
        on_statement(cx, caps.start(3)..caps.end(3));
        let call = text::show(caps.s(3));
        cx.warn(format!("{call}_objs() instead of {call}() with a product"));
    }
}
