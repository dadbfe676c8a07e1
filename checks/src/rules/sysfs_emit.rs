// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds sysfs_emit() of a text without a newline at its end.
//! # Why
//! People read these files with cat.
//! # Example
//! ```text
//! return sysfs_emit(buf, "%d", a);
//! ```
//! # Instead
//! ```text
//! return sysfs_emit(buf, "%d\n", a);
//! ```
//! # Source
//! The type SYSFS_EMIT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "sysfs_emit.rs" SYSFS_EMIT, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\treturn sysfs_emit(buf, \"%d\", a);")],
    silent: [Case::C("\treturn sysfs_emit(buf, \"%d\\n\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    let call = re!(r"\breturn\s+sysfs_emit\s*\(\s*$FuncArg\s*,\s*($String)");
    if let Some(caps) = call.caps(&cx.lang, cx.line) {
        let format = cx.raw.bytes.get(caps.start(6)..caps.end(6));
        if !format.is_some_and(|format| format.ends_with(b"\\n\"")) {
            cx.at(caps.end(6) - 1..caps.end(6));
            cx.warn("the text ends without a newline");
        }
    }
}
