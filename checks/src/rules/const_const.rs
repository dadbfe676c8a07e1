// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a const on either side of the same type.
//! # Why
//! The second says nothing, or was meant for the pointer.
//! # Example
//! ```text
//! const int const a = 1;
//! ```
//! # Instead
//! ```text
//! const int a = 1;
//! ```
//! # Source
//! The type CONST_CONST of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "const_const.rs" CONST_CONST, [Warning], Sure,
    { Added: check },
    fires: [Case::C("const int const a = 1;"), Case::C("const char const *a;")],
    silent: [Case::C("const int a = 1;\nconst char * const b;")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let line = cx.plain;
    let Some(caps) = re!(r"\bconst\s+($BasicType)\s+const\b").caps(lang, line) else {
        return;
    };
    let found = text::show(caps.s(1));
    let kind = [caps.s(1)];
    if re!(r"\bconst\s+$Arg0\s+const\b\s*\*").is_with(lang, line, &kind) {
        cx.on(&caps, 0).warn(format!(
            "'const {found} const *' is 'const {found} * const'?"
        ));
    } else if !re!(r"\bconst\s+$Arg0\s+const\s+\w+\s*\[").is_with(lang, line, &kind) {
        cx.on(&caps, 0)
            .warn(format!("'const {found} const' is 'const {found}'"));
    }
}
