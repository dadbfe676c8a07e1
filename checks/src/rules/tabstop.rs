// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds statements that start between two tab stops.
//! # Why
//! The indent shows the structure; half a level shows nothing.
//! # Example
//! ```text
//! `	    return 0;`
//! ```
//! # Instead
//! ```text
//! `	return 0;`
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Indentation".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "tabstop.rs" TABSTOP, [Warning], Sure,
    { Code: check },
    fires: [Case::C("\t  return 0;")],
    silent: [Case::C("\treturn 0;")],
}

fn check(cx: &mut Cx<'_>) {
    let statement = re!(
        r"^\+\t+( +)(?:(?:$Keywords)\b|\{\s*$|\}\s*(?:else\b|while\b|\s*$)|$Declare\s*$Ident\s*[;=])"
    );
    if let Some(caps) = statement.caps(&cx.lang, cx.plain)
        && caps.s(1).len() % text::TAB != 0
    {
        cx.on(&caps, 1).warn("a statement starts on a tab stop");
    }
}
