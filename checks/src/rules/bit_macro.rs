// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds macros that shift one to the left.
//! # Why
//! BIT() has the right type, and shifts of a signed one do not.
//! # Example
//! ```text
//! #define A (1 << 3)
//! ```
//! # Instead
//! ```text
//! #define A BIT(3)
//! ```
//! # Source
//! The type BIT_MACRO of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "bit_macro.rs" BIT_MACRO, [Check], Likely,
    { Late: check },
    fires: [Case::C("#define A (1 << 3)")],
    silent: [Case::C("#define A BIT(3)"), Case::In("include/uapi/linux/a.h", "#define A (1 << 3)")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.file.starts_with("include/uapi/") {
        return;
    }
    let shift = re!(r"#\s*define\s+\w+\s+\(?\s*1\s*([ulUL]*)\s*\<\<\s*(?:\d+|$Ident)\s*\)?");
    if let Some(caps) = shift.caps(&cx.lang, cx.line) {
        let long = re!("ll", "i").is(&cx.lang, caps.s(1));
        let suffix = if long { "_ULL" } else { "" };
        cx.on(&caps, 0)
            .check(format!("BIT{suffix}() is what this computes"));
    }
}
