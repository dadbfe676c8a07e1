// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds blanks before tabs.
//! # Why
//! They are not seen, and make later changes larger.
//! # Example
//! ```text
//! `int a; 	/* x */`
//! ```
//! # Instead
//! ```text
//! `int a;	/* x */`
//! ```
//! # Source
//! The type SPACE_BEFORE_TAB of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "space_before_tab.rs" SPACE_BEFORE_TAB, [Warning], Sure,
    { Code: check },
    fires: [Case::C("int a; \t/* x */")],
    silent: [Case::C("int a;\t/* x */")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.raw.bytes.first() == Some(&b'+') && re!(r" \t").is(&cx.lang, cx.raw) {
        cx.warn("a blank before a tab");
    }
}
