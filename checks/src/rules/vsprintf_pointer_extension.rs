// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds letters after %p that the kernel does not know, that it has given
//! up or that are for Rust.
//! # Why
//! What is printed is something else than was meant.
//! # Example
//! ```text
//! pr_info("%pF\n", a);
//! ```
//! # Instead
//! ```text
//! pr_info("%pS\n", a);
//! ```
//! # Source
//! Documentation/core-api/printk-formats.rst.

use super::shared::{Pointer, pointers};
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "vsprintf_pointer_extension.rs" VSPRINTF_POINTER_EXTENSION, [Error, Warning], Sure,
    { Late: check },
    fires: [
        Case::C("\tpr_info(\"%pF\", a);"),
        Case::C("\tpr_info(\"a\"\n\t\t\"%pA\", a);"),
    ],
    silent: [Case::C("\tpr_info(\"%pS %p4cc %pfwP\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    for found in pointers(cx) {
        let Pointer::Unknown(specifier) = found else {
            continue;
        };
        let shown = text::show(&specifier);
        if let Some(at) = text::find(cx.raw.bytes, &specifier) {
            cx.at(at..at + specifier.len());
        }
        if re!(r"p[Ff]").is(&cx.lang, &specifier) {
            cx.warn(format!("'{shown}' is gone, %pS and %ps print symbols"));
        } else if re!(r"pA").is(&cx.lang, &specifier) {
            cx.error(format!("'{shown}' is for Rust"));
        } else {
            cx.warn(format!("'{shown}' is none of the kernel's pointer formats"));
        }
    }
}
