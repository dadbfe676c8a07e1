// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds comparisons with the constant on the left.
//! # Why
//! They read backwards; the compiler warns of a lost = itself.
//! # Example
//! ```text
//! if (NULL == a)
//! ```
//! # Instead
//! ```text
//! if (a == NULL)
//! ```
//! # Source
//! The type CONSTANT_COMPARISON of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "constant_comparison.rs" CONSTANT_COMPARISON, [Warning], Likely,
    { Added: check },
    fires: [Case::C("\tif (NULL == a)\n\t\tb();")],
    silent: [Case::C("\tif (a == NULL)\n\t\tb();\n\tif (c + MAX < d)\n\t\tb();")],
}

fn check(cx: &mut Cx<'_>) {
    let line = cx.line;
    let found = re!(r"^\+(.*)\b($Constant|[A-Z_][A-Z0-9_]*)\s*($Compare)\s*($LvalOrFunc)")
        .caps(&cx.lang, line);
    let Some(caps) = found else { return };
    if !re!(r"(?:$Operators|\.)\s*$").is(&cx.lang, caps.s(1))
        && !re!(r"^(?:Constant|[A-Z_][A-Z0-9_]*)$").is(&cx.lang, caps.s(4))
    {
        cx.at(caps.start(2)..caps.end(4))
            .warn("the constant of a comparison goes to the right");
    }
}
