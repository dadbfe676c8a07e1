// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds %px.
//! # Why
//! It prints an address of the kernel, which helps an attacker.
//! # Example
//! ```text
//! pr_info("%px\n", a);
//! ```
//! # Instead
//! ```text
//! pr_info("%p\n", a);
//! ```
//! # Source
//! Documentation/core-api/printk-formats.rst.

use super::shared::{Pointer, pointers};
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "vsprintf_specifier_px.rs" VSPRINTF_SPECIFIER_PX, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tpr_info(\"%px\", a);")],
    silent: [Case::C("\tpr_info(\"%p %%px\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    for found in pointers(cx) {
        if matches!(found, Pointer::Address) {
            cx.sees(re!(r"%[\*\d\.]*px"), cx.raw, 0);
            cx.warn("%px shows where the kernel lies in memory");
        }
    }
}
