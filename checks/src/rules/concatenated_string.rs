// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds strings that touch a name.
//! # Why
//! A space shows that these are two things that are joined.
//! # Example
//! ```text
//! "a"PRIx64"b"
//! ```
//! # Instead
//! ```text
//! "a" PRIx64 "b"
//! ```
//! # Source
//! The type CONCATENATED_STRING of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "concatenated_string.rs" CONCATENATED_STRING, [Check], Sure,
    { Late: check },
    fires: [
        Case::C("\tf(\"a\"B);"),
        Case::C("\tf(B\"a\");"),
    ],
    silent: [Case::C("\tf(\"a\" B L\"c\");")],
}

fn check(cx: &mut Cx<'_>) {
    let after = re!(r"\b([A-Za-z0-9_]+)$String").caps(&cx.lang, cx.line);
    let after = after.filter(|caps| caps.s(1) != b"L" && caps.s(1) != b"u");
    let joined = re!(r"$String[A-Z_]").caps(&cx.lang, cx.line);
    if let Some(at) = match (joined, after) {
        (Some(caps), _) => Some(caps.end(0) - 1),
        (None, Some(caps)) => Some(caps.end(1)),
        (None, None) => None,
    } {
        cx.at(at..at);
        cx.check("a space between a string and what it is joined with");
    }
}
