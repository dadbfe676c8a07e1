// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a break after a goto, a return or another break.
//! # Why
//! It is never reached.
//! # Example
//! ```text
//! return a;
//! break;
//! ```
//! # Instead
//! ```text
//! return a;
//! ```
//! # Source
//! The type UNNECESSARY_BREAK of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "unnecessary_break.rs" UNNECESSARY_BREAK, [Warning], Sure,
    { C: check },
    fires: [Case::C("\t\treturn a;\n\t\tbreak;")],
    silent: [Case::C("\t\ta();\n\t\tbreak;")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if let Some(caps) = re!(r"^\+([\t]+)break\s*;\s*$").caps(lang, cx.plain)
        && let Some(caps) =
            re!(r"^\+$Arg0(goto|return|break)\b").caps_with(lang, cx.previous, 0, &[caps.s(1)])
    {
        cx.sees(re!(r"\bbreak\b"), cx.plain, 0);
        cx.warn(format!("a break after a {}", text::show(caps.s(1))));
    }
}
