// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds __FUNCTION__.
//! # Why
//! It is a name of one compiler, __func__ is one of the language.
//! # Example
//! ```text
//! pr_debug("%s\n", __FUNCTION__);
//! ```
//! # Instead
//! ```text
//! pr_debug("%s\n", __func__);
//! ```
//! # Source
//! The type USE_FUNC of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "use_func.rs" USE_FUNC, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tf(__FUNCTION__);")],
    silent: [Case::C("\tf(__func__);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\b__FUNCTION__\b"), cx.line, 0) {
        cx.warn("__func__ instead of __FUNCTION__");
    }
}
