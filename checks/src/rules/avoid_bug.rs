// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds BUG() and its kin.
//! # Why
//! It takes the machine down, which is hardly ever better than a warning and
//! an error code.
//! # Example
//! ```text
//! BUG_ON(!a);
//! ```
//! # Instead
//! ```text
//! if (WARN_ON_ONCE(!a))
//! 	return -EINVAL;
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "BUG() and BUG_ON()".

use crate::context::Cx;
use crate::diagnostic::Level;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "avoid_bug.rs" AVOID_BUG, [Warning, Check], Likely,
    { Added: check },
    fires: [Case::C("\tBUG_ON(!a);")],
    silent: [Case::C("\tWARN_ON_ONCE(!a);\n\tBUILD_BUG_ON(b);")],
}

fn check(cx: &mut Cx<'_>) {
    let bug = re!(
        r"\b(?!AA_|BUILD_|IDA_|KVM_|RWLOCK_|snd_|SPIN_)
          (?:[a-zA-Z_]*_)?BUG(?:_ON)?(?:_[A-Z_]+)?\s*\(",
        "x"
    );
    if cx.sees(bug, cx.line, 0) {
        cx.in_patch(
            Level::Warning,
            "a warning and an error code instead of the end of the machine",
        );
    }
}
