// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds hexadecimal constants as operands of && and ||.
//! # Why
//! A bit was to be tested; such a constant is always true.
//! # Example
//! ```text
//! if (flags && 0x10)
//! ```
//! # Instead
//! ```text
//! if (flags & 0x10)
//! ```
//! # Source
//! The type HEXADECIMAL_BOOLEAN_TEST of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "hexadecimal_boolean_test.rs" HEXADECIMAL_BOOLEAN_TEST, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tif (a && 0x10)\n\t\tb();")],
    silent: [Case::C("\tif (a & 0x10)\n\t\tb();")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(
        re!(
            r"(?:(?:\[|\(|\&\&|\|\|)\s*0[xX][0-9]+\s*(?:\&\&|\|\|)|
          (?:\&\&|\|\|)\s*0[xX][0-9]+\s*(?:\&\&|\|\||\)|\]))",
            "x"
        ),
        cx.line,
        0,
    ) {
        cx.warn("a hexadecimal constant as a truth value; is one & or | meant?");
    }
}
