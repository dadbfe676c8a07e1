// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a string that goes on from the line before, unless that part ends
//! in an escape, a semicolon or a brace.
//! # Why
//! Whoever sees the message cannot find it with grep.
//! # Example
//! ```text
//! pr_info("the device is "
//!     "gone\n");
//! ```
//! # Instead
//! ```text
//! pr_info("the device is gone\n");
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Breaking long lines and
//! strings".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "split_string.rs" SPLIT_STRING, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tf(\"a b\"\n\t  \"c\");")],
    silent: [Case::C("\tf(\"a\\n\"\n\t  \"b\");")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^\+\s*$String"), cx.line, 0)
        && re!(r#""\s*$"#).is(&cx.lang, cx.previous)
        && !re!(r#"(?:\\(?:[ntr]|[0-7]{1,3}|x[0-9a-fA-F]{1,2})|;\s*|\{\s*)"\s*$"#)
            .is(&cx.lang, cx.previous_raw)
    {
        cx.warn("the string begins on the line before");
    }
}
