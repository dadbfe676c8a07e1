// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds types with the sign or the length in an unusual place.
//! # Why
//! unsigned long is what people search for, and what they read fastest.
//! # Example
//! ```text
//! long unsigned a;
//! ```
//! # Instead
//! ```text
//! unsigned long a;
//! ```
//! # Source
//! The type MISORDERED_TYPE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "misordered_type.rs" MISORDERED_TYPE, [Warning], Sure,
    { Added: check },
    fires: [Case::C("short unsigned a;")],
    silent: [Case::C("unsigned short a;")],
}

fn check(cx: &mut Cx<'_>) {
    let has = |word| text::contains(cx.plain.bytes, word);
    if !(has(b"signed") || has(b"int") && has(b"short")) {
        return;
    }
    for caps in re!(r"(\b$TypeMisordered\b)").all(&cx.lang, cx.plain) {
        let found = text::show(text::trim(caps.s(1)));
        cx.on(&caps, 1)
            .warn(format!("the words of '{found}' are in an unusual order"));
    }
}
