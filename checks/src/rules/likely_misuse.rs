// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds likely() around one side of a comparison, and around what has its
//! own.
//! # Why
//! The first turns the value into 0 or 1 before it is compared; the second
//! says it twice.
//! # Example
//! ```text
//! if (likely(a) > 0)
//! if (unlikely(IS_ERR(p)))
//! ```
//! # Instead
//! ```text
//! if (likely(a > 0))
//! if (IS_ERR(p))
//! ```
//! # Source
//! The type LIKELY_MISUSE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "likely_misuse.rs" LIKELY_MISUSE, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tif (likely(a) > 0)"), Case::C("\tif (unlikely(IS_ERR(p)))")],
    silent: [Case::C("\tif (likely(a > 0))\n\tif (IS_ERR(p))")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let compared = re!(r"\b((?:un)?likely)\s*\(\s*$FuncArg\s*\)\s*$Compare").caps(lang, cx.line);
    let nested = re!(r"\b(?:(?:un)?likely)\s*\(\s*!?\s*(IS_ERR(?:_OR_NULL|_VALUE)?|WARN)");
    let nested = nested.caps(lang, cx.line);
    if let Some(caps) = compared {
        cx.on(&caps, 0);
        cx.warn("the comparison belongs within likely()");
    }
    if let Some(caps) = nested {
        let name = text::show(caps.s(1));
        cx.on(&caps, 1)
            .warn(format!("{name} is unlikely by itself"));
    }
}
