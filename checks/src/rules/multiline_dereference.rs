// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines that end with a dot or an arrow whose member is on the next.
//! # Why
//! Nobody who searches for the member finds it.
//! # Example
//! ```text
//! a = p->
//! 	member;
//! ```
//! # Instead
//! ```text
//! a = p->member;
//! ```
//! # Source
//! The type MULTILINE_DEREFERENCE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "multiline_dereference.rs" MULTILINE_DEREFERENCE, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\ta = p->\n\t\tmember;")],
    silent: [Case::C("\ta = p->member;")],
}

fn check(cx: &mut Cx<'_>) {
    if !matches!(text::trim_end(cx.previous.bytes), [.., b'.' | b'>']) {
        return;
    }
    let lang = &cx.lang;
    if re!(r"^\+.*$Lval\s*(?:\.|->)\s*$").is(lang, cx.previous)
        && re!(r"^\+\s*(?!\#\s*(?!define\s+|if))\s*$Lval").is(lang, cx.line)
    {
        cx.on_start();
        cx.warn("a member on another line than what it is a member of");
    }
}
