// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the keyword volatile, unless it belongs to an asm statement.
//! # Why
//! What has to be protected from other processors needs a lock or
//! READ_ONCE(); volatile only keeps the compiler from helping.
//! # Example
//! ```text
//! volatile int ready;
//! ```
//! # Instead
//! ```text
//! int ready;
//! ...
//! WRITE_ONCE(ready, 1);
//! ```
//! # Source
//! Documentation/process/volatile-considered-harmful.rst.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "volatile.rs" VOLATILE, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tvolatile int a;")],
    silent: [Case::C("\tasm volatile(\"nop\");")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bvolatile\b"), cx.line, 0)
        && !re!(r"\b(?:__asm__|asm)\s+(?:__volatile__|volatile)\b").is(&cx.lang, cx.line)
    {
        cx.warn("volatile is hardly ever what is meant");
    }
}
