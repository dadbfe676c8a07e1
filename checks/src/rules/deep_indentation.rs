// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds conditions and loops behind six tabs or more.
//! # Why
//! Nobody keeps six levels in mind.
//! # Example
//! ```text
//! Six tabs before an if.
//! ```
//! # Instead
//! ```text
//! A function of its own.
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Indentation".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "deep_indentation.rs" DEEP_INDENTATION, [Warning], Likely,
    { C: check },
    fires: [Case::C("\t\t\t\t\t\tif (a)\n\t\t\t\t\t\t\tb();")],
    silent: [Case::C("\t\tif (a)\n\t\t\tb();")],
}

fn check(cx: &mut Cx<'_>) {
    let head = re!(r"\b((?:if|while|for|switch|(?:[a-z_]+|)for_each[a-z_]+)\s*\(|do\b|else\b)");
    if cx.line.bytes.starts_with(b"+\t\t\t\t\t\t")
        && head.is(&cx.lang, cx.line)
        && !re!(r"^.\s*\#").is(&cx.lang, cx.line)
    {
        cx.sees(head, cx.line, 1);
        cx.warn("six levels: perhaps a function of its own");
    }
}
