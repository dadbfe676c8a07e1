// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds krealloc() whose result overwrites its argument.
//! # Why
//! If it fails, the old memory is lost.
//! # Example
//! ```text
//! p = krealloc(p, n, GFP_KERNEL);
//! ```
//! # Instead
//! ```text
//! q = krealloc(p, n, GFP_KERNEL);
//! if (!q)
//! 	goto free;
//! ```
//! # Source
//! The type KREALLOC_ARG_REUSE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "krealloc_arg_reuse.rs" KREALLOC_ARG_REUSE, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tp = krealloc(p, n, GFP_KERNEL);")],
    silent: [Case::C("\tq = krealloc(p, n, GFP_KERNEL);")],
}

fn check(cx: &mut Cx<'_>) {
    let call = re!(r"\b($Lval)\s*\=\s*(?:$BalancedParens)?\s*krealloc\s*\(\s*($Lval)\s*,");
    if let Some(caps) = call.caps(&cx.lang, cx.line)
        && caps.s(1) == caps.s(3)
    {
        cx.on(&caps, 0)
            .warn("if krealloc() fails, the old memory is lost");
    }
}
