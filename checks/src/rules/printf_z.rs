// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds %Z before an integer conversion.
//! # Why
//! The C standard writes %z.
//! # Example
//! ```text
//! "%Zu"
//! ```
//! # Instead
//! ```text
//! "%zu"
//! ```
//! # Source
//! The type PRINTF_Z of the kernel's scripts/checkpatch.pl.

use super::shared::formats;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "printf_z.rs" PRINTF_Z, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tf(\"%Zu\", a);")],
    silent: [Case::C("\tf(\"%zu %%Zu\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    let found = formats(cx).iter().find_map(|format| {
        let caps = re!(r"%[\*\d\.\$]*Z([diouxX])").caps(&cx.lang, &format.text)?;
        Some((text::show(caps.s(1)), format.place(&caps)))
    });
    if let Some((letter, place)) = found {
        cx.at(place);
        cx.warn(format!("%Z{letter} is written %z{letter}"));
    }
}
