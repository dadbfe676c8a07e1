// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds an else after a branch that ends in break or return.
//! # Why
//! What follows is only reached otherwise; without the else it is indented
//! less.
//! # Example
//! ```text
//! if (a) {
//! 	return b;
//! } else {
//! 	c();
//! }
//! ```
//! # Instead
//! ```text
//! if (a)
//! 	return b;
//! c();
//! ```
//! # Source
//! The type UNNECESSARY_ELSE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "unnecessary_else.rs" UNNECESSARY_ELSE, [Warning], Likely,
    { C: check },
    fires: [Case::C("\tif (a) {\n\t\treturn b;\n\t} else {\n\t\tc();\n\t}")],
    silent: [Case::C("\tif (a) {\n\t\tb();\n\t} else {\n\t\tc();\n\t}")],
}

fn check(cx: &mut Cx<'_>) {
    let bare = re!(r"^\+([\t]+)(?:}[ \t]*)?else(?:[ \t]*{)?\s*$");
    let Some(caps) = bare.caps(&cx.lang, cx.plain) else {
        return;
    };
    let tabs = b"\t".repeat(caps.s(1).len() + 1);
    let lang = &cx.lang;
    let next = cx.lines.clean(cx.n + 1);
    let ends = re!(r"^\+$Arg0break\b").is_with(lang, cx.previous, &[&tabs])
        || (re!(r"^\+$Arg0return\b").is_with(lang, cx.previous, &[&tabs])
            && next.is_some_and(|line| !re!(r"^[ \+]$Arg0return").is_with(lang, line, &[&tabs])));
    if ends {
        cx.sees(re!(r"\belse\b"), cx.plain, 0);
        cx.warn("no else is needed after a break or return");
    }
}
