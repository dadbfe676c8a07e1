// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a const that does not follow static.
//! # Why
//! The kernel has them in this order, and people search for it.
//! # Example
//! ```text
//! const static int a = 1;
//! ```
//! # Instead
//! ```text
//! static const int a = 1;
//! ```
//! # Source
//! The type STATIC_CONST of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "static_const.rs" STATIC_CONST, [Warning], Sure,
    { Added: check },
    fires: [Case::C("const static int a = 1;"), Case::C("static int const a = 1;")],
    silent: [Case::C("static const int a = 1;")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if re!(r"^\+\s*const\s+static\s+($Type)\b").is(lang, cx.plain)
        || re!(r"^\+\s*static\s+($BasicType)\s+const\b").is(lang, cx.plain)
    {
        cx.sees(re!(r"\bconst\b"), cx.plain, 0);
        cx.warn("const belongs right after static");
    }
}
