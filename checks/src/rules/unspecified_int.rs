// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds declarations that only say signed or unsigned.
//! # Why
//! The type is an int, and the kernel says so.
//! # Example
//! ```text
//! unsigned a;
//! ```
//! # Instead
//! ```text
//! unsigned int a;
//! ```
//! # Source
//! The type UNSPECIFIED_INT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "unspecified_int.rs" UNSPECIFIED_INT, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\tunsigned a;"), Case::C("int f(unsigned *a);")],
    silent: [Case::C("\tunsigned int a;\n\tunsigned long b;")],
}

fn check(cx: &mut Cx<'_>) {
    if !text::contains(cx.line.bytes, b"signed") {
        return;
    }
    let declared = re!(r"\b($Declare)\s*(?!char\b|short\b|int\b|long\b)\s*($Ident)?\s*[=,;\[\)\(]");
    for outer in declared.all(&cx.lang, cx.line) {
        let bare = re!(r"^(?:(?:$Storage|$Inline|$Attribute)\s+)*((?:un)?signed)((?:\s*\*)*)\s*$");
        if let Some(caps) = bare.caps(&cx.lang, outer.s(1)) {
            let sign = text::show(caps.s(1));
            let at = outer.start(1);
            cx.at(at + caps.start(1)..at + caps.end(1))
                .warn(format!("'{sign} int' instead of a bare '{sign}'"));
        }
    }
}
