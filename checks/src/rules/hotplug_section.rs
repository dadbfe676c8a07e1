// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds section markers such as __devinit.
//! # Why
//! They mean nothing since devices can come at any time.
//! # Example
//! ```text
//! static int __devinit probe(void)
//! ```
//! # Instead
//! ```text
//! static int probe(void)
//! ```
//! # Source
//! The type HOTPLUG_SECTION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "hotplug_section.rs" HOTPLUG_SECTION, [Warning], Sure,
    { C: check },
    fires: [Case::C("static int __devinit probe(void)")],
    silent: [Case::C("static int __init setup(void)")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\b(__dev(init|exit)(data|const|))\b"), cx.line, 0) {
        cx.warn("a section marker that means nothing any more");
    }
}
