// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds __DATE__, __TIME__ and __TIMESTAMP__.
//! # Why
//! With them no two builds of the same source are the same.
//! # Example
//! ```text
//! pr_info("built " __DATE__ "\n");
//! ```
//! # Instead
//! ```text
//! /* nothing */
//! ```
//! # Source
//! Documentation/kbuild/reproducible-builds.rst.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "date_time.rs" DATE_TIME, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tf(__DATE__);")],
    silent: [Case::C("\tf(DATE);")],
}

fn check(cx: &mut Cx<'_>) {
    for caps in re!(r"\b(__(?:DATE|TIME|TIMESTAMP)__)\b").all(&cx.lang, cx.line) {
        let name = text::show(caps.s(1));
        cx.on(&caps, 1)
            .error(format!("with {name} no two builds are the same"));
    }
}
