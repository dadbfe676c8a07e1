// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a mask that is shifted to the right without parentheses.
//! # Why
//! The shift binds first, so the mask is shifted, not the value.
//! # Example
//! ```text
//! a & MASK >> 4
//! ```
//! # Instead
//! ```text
//! (a & MASK) >> 4
//! ```
//! # Source
//! The type MASK_THEN_SHIFT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "mask_then_shift.rs" MASK_THEN_SHIFT, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\ta = b & c >> 4;")],
    silent: [Case::C("\ta = (b & c) >> 4;")],
}

fn check(cx: &mut Cx<'_>) {
    if !text::contains(cx.line.bytes, b">>") {
        return;
    }
    let shifted = re!(r"$LvalOrFunc\s*\&\s*($LvalOrFunc)\s*>>").caps(&cx.lang, cx.line);
    if let Some(caps) = shifted
        && caps.s(4).first() != Some(&b'&')
    {
        cx.on(&caps, 0)
            .warn("the shift comes before the mask, is that meant?");
    }
}
