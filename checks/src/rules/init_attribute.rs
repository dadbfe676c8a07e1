// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds const with __initdata, and __initconst without const.
//! # Why
//! Constants and variables lie in different sections; the compiler refuses
//! to mix them.
//! # Example
//! ```text
//! static const int a __initdata = 1;
//! ```
//! # Instead
//! ```text
//! static const int a __initconst = 1;
//! ```
//! # Source
//! The type INIT_ATTRIBUTE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "init_attribute.rs" INIT_ATTRIBUTE, [Error], Sure,
    { Late: check },
    fires: [
        Case::C("static const int a __initdata = 1;"),
        Case::C("static int a __initconst = 1;"),
    ],
    silent: [Case::C("static const int a __initconst = 1;\nstatic int b __initdata = 1;")],
}

fn check(cx: &mut Cx<'_>) {
    let constant = cx.sees(re!(r"\bconst\b"), cx.line, 0);
    if constant && re!(r"$InitAttributeData").is(&cx.lang, cx.line) {
        cx.error("constant data is marked initconst");
    }
    if !constant && re!(r"$InitAttributeConst").is(&cx.lang, cx.line) {
        cx.sees(re!(r"$InitAttributeConst"), cx.line, 0);
        cx.error("initconst needs const");
    }
}
