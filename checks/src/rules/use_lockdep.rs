// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds spin_is_locked().
//! # Why
//! It does not say who holds the lock, and is false on one CPU.
//! # Example
//! ```text
//! BUG_ON(!spin_is_locked(&lock));
//! ```
//! # Instead
//! ```text
//! lockdep_assert_held(&lock);
//! ```
//! # Source
//! The type USE_LOCKDEP of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "use_lockdep.rs" USE_LOCKDEP, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tWARN_ON(!spin_is_locked(&lock));")],
    silent: [Case::C("\tlockdep_assert_held(&lock);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bspin_is_locked\("), cx.line, 0) {
        cx.warn("lockdep_assert_held() knows who holds the lock");
    }
}
