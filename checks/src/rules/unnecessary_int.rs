// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds an int after short, long or long long.
//! # Why
//! It says nothing, and most of the kernel leaves it out.
//! # Example
//! ```text
//! unsigned long int a;
//! ```
//! # Instead
//! ```text
//! unsigned long a;
//! ```
//! # Source
//! The type UNNECESSARY_INT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "unnecessary_int.rs" UNNECESSARY_INT, [Warning], Sure,
    { Added: check },
    fires: [Case::C("long int a;"), Case::C("unsigned long long int b;")],
    silent: [Case::C("long a;\nunsigned int b;")],
}

fn check(cx: &mut Cx<'_>) {
    if !text::contains(cx.plain.bytes, b"int") {
        return;
    }
    for caps in re!(r"\b($TypeMisordered(\s*\*)*|$C90IntTypes)\b").all(&cx.lang, cx.plain) {
        let lang = &cx.lang;
        if re!(r"\bint\b").is(lang, caps.s(1))
            && re!(r"\b(?:short|long\s+long|long)\b").is(lang, caps.s(1))
        {
            let found = text::show(text::trim(caps.s(1)));
            cx.on(&caps, 1)
                .warn(format!("the int in '{found}' says nothing"));
        }
    }
}
