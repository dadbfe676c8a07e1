// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds simple_strtol() and its kin.
//! # Why
//! They know no overflow and ignore what follows the number.
//! # Example
//! ```text
//! a = simple_strtoul(buf, NULL, 0);
//! ```
//! # Instead
//! ```text
//! ret = kstrtoul(buf, 0, &a);
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "simple_strtol() and others".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "consider_kstrto.rs" CONSIDER_KSTRTO, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\ta = simple_strtoul(buf, NULL, 0);")],
    silent: [Case::C("\tret = kstrtoul(buf, 0, &a);")],
}

fn check(cx: &mut Cx<'_>) {
    let call = re!(r"\b((simple|strict)_(strto(l|ll|ul|ull)))\s*\(");
    if let Some(caps) = call.caps(&cx.lang, cx.line) {
        let [old, new] = [1, 3].map(|group| text::show(caps.s(group)));
        cx.on(&caps, 1).warn(format!("k{new}() instead of {old}()"));
    }
}
