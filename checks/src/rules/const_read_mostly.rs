// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds constants that are marked __read_mostly.
//! # Why
//! A constant is never written, and lies in another section.
//! # Example
//! ```text
//! static const int a __read_mostly = 1;
//! ```
//! # Instead
//! ```text
//! static const int a = 1;
//! ```
//! # Source
//! The type CONST_READ_MOSTLY of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "const_read_mostly.rs" CONST_READ_MOSTLY, [Error], Sure,
    { Late: check },
    fires: [Case::C("static const int a __read_mostly = 1;")],
    silent: [Case::C("static int a __read_mostly = 1;\nstatic const int *b __read_mostly;")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\b__read_mostly\b").is(&cx.lang, cx.line) {
        return;
    }
    if let Some(caps) = re!(r"($Type)\s*$Ident").caps(&cx.lang, cx.line)
        && !re!(r"\*\s*$").is(&cx.lang, caps.s(1))
        && re!(r"\bconst\b").is(&cx.lang, caps.s(1))
    {
        cx.sees(re!(r"\b__read_mostly\b"), cx.line, 0);
        cx.error("a constant is never written, so it is not __read_mostly");
    }
}
