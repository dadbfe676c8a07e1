// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds data_race() without a comment.
//! # Why
//! Why the race does no harm cannot be seen from the code.
//! # Example
//! ```text
//! a = data_race(b);
//! ```
//! # Instead
//! ```text
//! /* only for a statistic */
//! a = data_race(b);
//! ```
//! # Source
//! The type DATA_RACE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "data_race.rs" DATA_RACE, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\ta = data_race(b);")],
    silent: [Case::C("\t/* only counts */\n\ta = data_race(b);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bdata_race\s*\("), cx.line, 0) && !cx.has_comment() {
        cx.warn("no comment says why this race does no harm");
    }
}
