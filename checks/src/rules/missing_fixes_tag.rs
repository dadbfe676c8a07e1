// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds patches that mend something, by the words of their message, without a
//! Fixes: tag.
//! # Why
//! Without it nobody knows which trees need the patch.
//! # Example
//! ```text
//! Cc: stable@vger.kernel.org
//! ```
//! # Instead
//! ```text
//! Fixes: 123456789012 ("misc: add a")
//! ```
//! # Source
//! The type MISSING_FIXES_TAG of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "missing_fixes_tag.rs" MISSING_FIXES_TAG, [Warning], Guess,
    { End: check },
    fires: [Case::Message("KASAN says:\n\n Call Trace:\n  a+0x1/0x2\n")],
    silent: [Case::Message("KASAN says:\n\n Call Trace:\n  a+0x1/0x2\n\nFixes: 123456789012 (\"misc: add a\")\n")],
}

fn check(cx: &mut Cx<'_>) {
    let head = &cx.head;
    if cx.is_file() || !head.is_patch || !head.has_log || head.is_revert || head.fixes {
        return;
    }
    if let Some(words) = head.needs_fixes.clone() {
        cx.warn(format!("the message has '{words}', but no Fixes: tag"));
    }
}
