// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds licences of modules that the kernel does not know, and "GPL v2" in
//! patches.
//! # Why
//! A module with an unknown one taints the kernel; "GPL" means the same as
//! "GPL v2".
//! # Example
//! ```text
//! MODULE_LICENSE("GPL v2");
//! ```
//! # Instead
//! ```text
//! MODULE_LICENSE("GPL");
//! ```
//! # Source
//! include/linux/module.h.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "module_license.rs" MODULE_LICENSE, [Warning], Sure,
    { Late: check },
    fires: [Case::C("MODULE_LICENSE(\"Free\");"), Case::C("MODULE_LICENSE(\"GPL v2\");")],
    silent: [Case::C("MODULE_LICENSE(\"GPL\");\nMODULE_LICENSE(\"Dual MIT/GPL\");"), Case::File("a.c", "MODULE_LICENSE(\"GPL v2\");\n")],
}

const KNOWN: [&[u8]; 7] = [
    br#""GPL""#,
    br#""GPL v2""#,
    br#""GPL and additional rights""#,
    br#""Dual BSD/GPL""#,
    br#""Dual MIT/GPL""#,
    br#""Dual MPL/GPL""#,
    br#""Proprietary""#,
];

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\bMODULE_LICENSE\s*\(\s*($String)\s*\)").is(&cx.lang, cx.line) {
        return;
    }
    let license = cx.quoted();
    let place = re!("$String");
    if !KNOWN.contains(&license) {
        cx.sees(place, cx.line, 0);
        let license = text::show(license);
        cx.warn(format!("the kernel does not know the licence {license}"));
    }
    if !cx.is_file() && license == KNOWN[1] {
        cx.sees(place, cx.line, 0);
        cx.warn("\"GPL\" means the same as \"GPL v2\"");
    }
}
