// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds allocations of arrays whose first argument is a size.
//! # Why
//! The first is the number of elements.
//! # Example
//! ```text
//! p = kcalloc(sizeof(*p), n, GFP_KERNEL);
//! ```
//! # Instead
//! ```text
//! p = kcalloc(n, sizeof(*p), GFP_KERNEL);
//! ```
//! # Source
//! The type ALLOC_ARRAY_ARGS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "alloc_array_args.rs" ALLOC_ARRAY_ARGS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tp = kcalloc(sizeof(*p), n, GFP_KERNEL);")],
    silent: [Case::C("\tp = kcalloc(n, sizeof(*p), GFP_KERNEL);")],
}

fn check(cx: &mut Cx<'_>) {
    let call = re!(r"\b((?:devm_)?((?:k|kv)?(calloc|malloc_array)(?:_node)?))\s*\(\s*sizeof\b");
    if let Some(caps) = call.caps(&cx.lang, cx.line) {
        let call = text::show(caps.s(1));
        cx.on(&caps, 1).warn(format!(
            "the first argument of {call}() is a number, not a size"
        ));
    }
}
