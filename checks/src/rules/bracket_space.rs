// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds blanks before an open square bracket, but after a type or where an
//! initialiser begins.
//! # Why
//! An index belongs to its array.
//! # Example
//! ```text
//! a [i] = 1;
//! ```
//! # Instead
//! ```text
//! a[i] = 1;
//! ```
//! # Source
//! The type BRACKET_SPACE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "bracket_space.rs" BRACKET_SPACE, [Error], Likely,
    { Added: check },
    fires: [Case::C("\ta = b [1];")],
    silent: [Case::C("\tint [] a = { [0] = 1 };\n\ta[1] = 2;")],
}

fn check(cx: &mut Cx<'_>) {
    let line = cx.line;
    let odd = re!(r"(.*?\s)\[")
        .all(&cx.lang, line)
        .iter()
        .filter(|caps| {
            let before = caps.s(1);
            !re!(r"$Type\s+$").is(&cx.lang, before)
                && (caps.start(1) != 0 || !re!(r"^.\s+$").is(&cx.lang, before))
                && !re!(r"[{,:]\s+$").is(&cx.lang, before)
        })
        .map(|caps| caps.end(1))
        .collect::<Vec<_>>();
    for end in odd {
        cx.at(end - 1..end)
            .error("no blank before an open square bracket");
    }
}
