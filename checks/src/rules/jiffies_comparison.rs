// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds comparisons of jiffies.
//! # Why
//! The counter wraps around.
//! # Example
//! ```text
//! if (jiffies > timeout)
//! ```
//! # Instead
//! ```text
//! if (time_after(jiffies, timeout))
//! ```
//! # Source
//! The type JIFFIES_COMPARISON of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "jiffies_comparison.rs" JIFFIES_COMPARISON, [Warning], Sure,
    { Late: check },
    fires: [
        Case::C("\tif (jiffies > a)"),
        Case::C("\tif (a < get_jiffies_64())"),
    ],
    silent: [Case::C("\tif (time_after(jiffies, a))")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"\bjiffies\s*$Compare|$Compare\s*jiffies\b"),
        cx.line,
        0,
    ) {
        cx.warn("jiffies wrap around, time_after() and time_before() know");
    }
    let wide = re!(r"\bget_jiffies_64\s*\(\s*\)\s*$Compare|$Compare\s*get_jiffies_64\s*\(\s*\)");
    if cx.sees(wide, cx.line, 0) {
        cx.warn("jiffies wrap around, time_after64() and time_before64() know");
    }
}
