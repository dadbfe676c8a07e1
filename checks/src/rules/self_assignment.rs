// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds variables that are initialised with themselves.
//! # Why
//! It silences the compiler, not the error: the value is still none.
//! # Example
//! ```text
//! int a = a;
//! ```
//! # Instead
//! ```text
//! int a = 0;
//! ```
//! # Source
//! The type SELF_ASSIGNMENT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "self_assignment.rs" SELF_ASSIGNMENT, [Warning], Likely,
    { Added: check },
    fires: [Case::C("\tint a = a;"), Case::C("\tstruct foo b = *(&(b));")],
    silent: [Case::C("\tint a = b;")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    // Types are slow to look for.
    let likely = re!(r"\b([A-Za-z_]\w*+)\s*=\s*(?:\1\s*[;,]|\*\s*\(?\s*&)");
    if likely.caps(lang, cx.line).is_none() {
        return;
    }
    let name = re!(r"^\+\s*(?:$Declare)?([A-Za-z_][A-Za-z\d_]*)\s*=");
    let Some(caps) = name.caps(lang, cx.line) else {
        return;
    };
    let itself = re!(
        r"^\+\s*(?:$Declare)?$Arg0\s*=\s*
          (?:$Arg0|\*\s*\(?\s*&\s*\(?\s*$Arg0\s*\)?\s*\)?)\s*[;,]",
        "x"
    );
    if itself.is_with(lang, cx.line, &[caps.s(1)]) {
        cx.on(&caps, 1);
        cx.warn("a variable that is initialised with itself");
    }
}
