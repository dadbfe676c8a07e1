// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds section attributes such as __initdata that do not follow the name
//! of the variable.
//! # Why
//! After struct the compiler takes the attribute for part of the type, and
//! the variable stays in memory.
//! # Example
//! ```text
//! static __initdata int a = 1;
//! ```
//! # Instead
//! ```text
//! static int a __initdata = 1;
//! ```
//! # Source
//! The type MISPLACED_INIT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "misplaced_init.rs" MISPLACED_INIT, [Error, Warning], Likely,
    { Late: check },
    fires: [
        Case::C("static __initdata int a = 1;"),
        Case::C("static struct __initdata b a;"),
    ],
    silent: [Case::C("static int a __initdata = 1;")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(place) = re!(r"(\b$InitAttribute\b)").caps(&cx.lang, cx.line) else {
        return;
    };
    let attribute = place.s(1);
    let declared = re!(
        r"^\+\s*static\s+(?:const\s+)?(?:$Arg0\s+)?($NonptrTypeWithAttr)\s+(?:$Arg0\s+)?($Ident(?:\[[^]]*\])?)\s*[=;]"
    );
    let Some(caps) = declared.caps_with(&cx.lang, cx.line, 0, &[attribute]) else {
        return;
    };
    let message = format!(
        "{} belongs after {}",
        text::show(attribute),
        text::show(caps.s(2))
    );
    cx.on(&place, 1);
    if re!(r"\b(?:union|struct)\s+$Arg0\b").is_with(&cx.lang, caps.s(1), &[attribute]) {
        cx.error(message);
    } else {
        cx.warn(message);
    }
}
