// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds 0x before a conversion that prints decimal digits.
//! # Why
//! Readers take the number for a hexadecimal one.
//! # Example
//! ```text
//! "0x%d"
//! ```
//! # Instead
//! ```text
//! "0x%x"
//! ```
//! # Source
//! The type PRINTF_0XDECIMAL of the kernel's scripts/checkpatch.pl.

use super::shared::formats;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "printf_0xdecimal.rs" PRINTF_0XDECIMAL, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tf(\"0x%04u\", a);")],
    silent: [Case::C("\tf(\"0x%04x\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    for format in formats(cx) {
        let wrong = re!(r"0x%[\*\d\.\$lzth]*[diou]");
        let Some(caps) = wrong.caps(&cx.lang, &format.text) else {
            continue;
        };
        cx.at(format.place(&caps));
        cx.error("0x before a decimal number");
    }
}
