// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds allocations of the size of a structure by its name.
//! # Why
//! When the type of the pointer changes, the size has to follow by itself.
//! # Example
//! ```text
//! p = kzalloc(sizeof(struct foo), GFP_KERNEL);
//! ```
//! # Instead
//! ```text
//! p = kzalloc(sizeof(*p), GFP_KERNEL);
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Allocating memory".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "alloc_sizeof_struct.rs" ALLOC_SIZEOF_STRUCT, [Check], Sure,
    { Late: check },
    fires: [Case::C("\tp = kzalloc(sizeof(struct foo), GFP_KERNEL);")],
    silent: [Case::C("\tp = kzalloc(sizeof(*p), GFP_KERNEL);")],
}

fn check(cx: &mut Cx<'_>) {
    let call = re!(
        r"\b($Lval)\s*\=\s*(?:$BalancedParens)?\s*((?:kv|k|v)[mz]alloc(?:_node)?)\s*
          \(\s*(sizeof\s*\(\s*struct\s+$Lval\s*\))",
        "x"
    );
    if let Some(caps) = call.caps(&cx.lang, cx.line) {
        let [pointer, call] = [1, 3].map(|group| text::show(caps.s(group)));
        cx.on(&caps, 3)
            .check(format!("{call}(sizeof(*{pointer})...) follows the pointer"));
    }
}
