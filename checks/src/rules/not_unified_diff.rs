// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds inputs that are no patch.
//! # Why
//! There is nothing to check.
//! # Example
//! ```text
//! A mail without a diff.
//! ```
//! # Instead
//! ```text
//! A mail with a diff, or a cover letter by its usual name.
//! ```
//! # Source
//! The type NOT_UNIFIED_DIFF of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "not_unified_diff.rs" NOT_UNIFIED_DIFF, [Error], Sure,
    { End: check },
    fires: [Case::Patch("Subject: x\n\nNothing here.\n")],
    silent: [Case::C("int a;")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.head.is_patch && !cx.input.name.ends_with("cover-letter.patch") {
        cx.error("this is no patch");
    }
}
