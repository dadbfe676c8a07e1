// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds __inline and __inline__ outside of include/uapi.
//! # Why
//! The kernel is compiled with a compiler that knows inline.
//! # Example
//! ```text
//! static __inline__ int f(void)
//! ```
//! # Instead
//! ```text
//! static inline int f(void)
//! ```
//! # Source
//! The type INLINE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "inline.rs" INLINE, [Warning], Sure,
    { Late: check },
    fires: [Case::C("static __inline__ int f(void)")],
    silent: [
        Case::In("include/uapi/linux/a.h", "static __inline__ int f(void)"),
        Case::C("static inline int f(void)"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"\b(__inline__|__inline)\b").caps(&cx.lang, cx.line)
        && !cx.in_file(re!(r"\binclude/uapi/"))
    {
        let word = text::show(caps.s(1));
        cx.on(&caps, 1).warn(format!("inline instead of {word}"));
    }
}
