// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds blanks before a newline in a string.
//! # Why
//! Nobody sees them, and they are stored.
//! # Example
//! ```text
//! "done \n"
//! ```
//! # Instead
//! ```text
//! "done\n"
//! ```
//! # Source
//! The type QUOTED_WHITESPACE_BEFORE_NEWLINE of the kernel's
//! scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "quoted_whitespace_before_newline.rs" QUOTED_WHITESPACE_BEFORE_NEWLINE, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tf(\"a \\n\");")],
    silent: [Case::C("\tf(\"a\\n\");")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r#"^.*".*(\s)\\n"#).caps(&cx.lang, cx.raw) {
        cx.at(caps.start(1)..caps.end(1));
        cx.warn("a blank before a newline");
    }
}
