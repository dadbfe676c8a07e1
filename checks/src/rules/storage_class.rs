// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds static, extern and asmlinkage after a type.
//! # Why
//! The C standard calls the other order obsolescent.
//! # Example
//! ```text
//! int static a;
//! ```
//! # Instead
//! ```text
//! static int a;
//! ```
//! # Source
//! The type STORAGE_CLASS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "storage_class.rs" STORAGE_CLASS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("int static a;")],
    silent: [Case::C("static int a;")],
}

fn check(cx: &mut Cx<'_>) {
    // Types are slow to look for.
    if !re!(r"\s(?:$Storage)\b").is(&cx.lang, cx.line) {
        return;
    }
    if let Some(caps) = re!(r"\b($Type)\s+($Storage)\b").caps(&cx.lang, cx.line) {
        let class = text::show(caps.s(2));
        cx.on(&caps, 2)
            .warn(format!("'{class}' belongs before the type"));
    }
}
