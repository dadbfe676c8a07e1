// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds %L before an integer conversion.
//! # Why
//! The kernel and the C standard write %ll.
//! # Example
//! ```text
//! "%Lu"
//! ```
//! # Instead
//! ```text
//! "%llu"
//! ```
//! # Source
//! The type PRINTF_L of the kernel's scripts/checkpatch.pl.

use super::shared::formats;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "printf_l.rs" PRINTF_L, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tf(\"%Lu\", a);")],
    silent: [Case::C("\tf(\"%llu %%Lu\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    let found = formats(cx).iter().find_map(|format| {
        let caps = re!(r"%[\*\d\.\$]*L([diouxX])").caps(&cx.lang, &format.text)?;
        Some((text::show(caps.s(1)), format.place(&caps)))
    });
    if let Some((letter, place)) = found {
        cx.at(place);
        cx.warn(format!("%L{letter} is written %ll{letter}"));
    }
}
