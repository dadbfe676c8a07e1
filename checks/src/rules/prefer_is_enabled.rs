// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds conditions that ask for a symbol and for the same as a module.
//! # Why
//! IS_ENABLED() asks for both, and works in an if statement, too.
//! # Example
//! ```text
//! #if defined(CONFIG_FOO) || defined(CONFIG_FOO_MODULE)
//! ```
//! # Instead
//! ```text
//! #if IS_ENABLED(CONFIG_FOO)
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Conditional Compilation".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "prefer_is_enabled.rs" PREFER_IS_ENABLED, [Warning], Sure,
    { Late: check },
    fires: [Case::C("#if defined(CONFIG_FOO) || defined(CONFIG_FOO_MODULE)")],
    silent: [Case::C("#if defined(CONFIG_FOO) || defined(CONFIG_BAR_MODULE)")],
}

fn check(cx: &mut Cx<'_>) {
    let both = re!(
        r"^\+\s*\#\s*if\s+defined(?:\s*\(?\s*|\s+)(CONFIG_[A-Z_]+)\s*\)?\s*\|\|\s*
          defined(?:\s*\(?\s*|\s+)\1_MODULE\s*\)?\s*$",
        "x"
    );
    if let Some(caps) = both.caps(&cx.lang, cx.line) {
        let name = text::show(caps.s(1));
        cx.on(&caps, 0)
            .warn(format!("IS_ENABLED({name}) asks for both"));
    }
}
