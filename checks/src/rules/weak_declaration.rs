// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds declarations of functions that are marked weak.
//! # Why
//! Every definition that sees the declaration becomes weak, and the linker
//! takes any of them.
//! # Example
//! ```text
//! int __weak f(void);
//! ```
//! # Instead
//! ```text
//! int f(void);
//! ```
//! # Source
//! The type WEAK_DECLARATION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "weak_declaration.rs" WEAK_DECLARATION, [Error], Likely,
    { Late: check },
    fires: [
        Case::C("int __weak f(void);"),
        Case::C("int f(void) __weak;"),
    ],
    silent: [Case::C("int __weak f(void)\n{")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\b__attribute__\s*\(\s*\(.*\bweak\b").is(&cx.lang, cx.line)
        && !re!(r"\b__weak\b").is(&cx.lang, cx.line)
    {
        return;
    }
    let declared =
        re!(r"(?:$Declare|$DeclareMisordered)\s*$Ident\s*$BalancedParens\s*(?:$Attribute)?\s*;");
    if declared.is(&cx.lang, cx.line) {
        cx.sees(re!(r"\b(?:__weak|weak)\b"), cx.line, 0);
        cx.error("a weak declaration makes all definitions weak");
    }
}
