// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds ethtool_sprintf() that has nothing to format.
//! # Why
//! ethtool_puts() copies the string as it is.
//! # Example
//! ```text
//! ethtool_sprintf(&data, name);
//! ```
//! # Instead
//! ```text
//! ethtool_puts(&data, name);
//! ```
//! # Source
//! The type PREFER_ETHTOOL_PUTS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "prefer_ethtool_puts.rs" PREFER_ETHTOOL_PUTS, [Warning], Sure,
    { Late: check },
    fires: [
        Case::C("\tethtool_sprintf(&a, b);"),
        Case::C("\tethtool_sprintf(&a, \"%s\", b);"),
    ],
    silent: [Case::C("\tethtool_sprintf(&a, \"%s-%d\", b, c);")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(r"\bethtool_sprintf\s*\(\s*$FuncArg\s*,\s*$FuncArg\s*\)"),
        cx.line,
        0,
    ) {
        cx.warn("ethtool_puts() is enough for a string");
    }
    if cx.sees(
        re!(r#"\bethtool_sprintf\s*\(\s*$FuncArg\s*,\s*"%s"\s*,\s*$FuncArg\s*\)"#),
        cx.raw,
        0,
    ) {
        cx.warn("ethtool_puts() is enough for %s");
    }
}
