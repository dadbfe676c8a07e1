// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds warnings of the Rust compiler that are allowed rather than expected.
//! # Why
//! When there is nothing to allow any more, only expect says so.
//! # Example
//! ```text
//! #[allow(dead_code)]
//! ```
//! # Instead
//! ```text
//! #[expect(dead_code)]
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst, "Lints", which also has the cases
//! for allow: macros, and what only some configurations warn of.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_allow.rs" RUST_ALLOW, [Check], Guess,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "#[allow(dead_code)]")],
    silent: [Case::In("drivers/misc/a.rs", "#[expect(dead_code)]\n#[cfg_attr(CONFIG_X, allow(dead_code))]\n#![allow(internal_features)]\n#[allow(unused)] // For old compilers.\n// As macros are.\n#[allow(unused)]")],
}

fn check(cx: &mut Cx<'_>) {
    // Somebody who gives a reason has thought of it; macros are an exception.
    let allows = rust_code(cx).is_some_and(|code| {
        re!(r"^\s*#\[allow\(").is(&cx.lang, code) && !re!(r"//|\breason\b").is(&cx.lang, code)
    });
    if allows
        && !cx.file.starts_with("rust/macros/")
        && !re!(r"^.\s*//[^/]").is(&cx.lang, cx.previous_raw)
    {
        cx.sees(re!(r"\ballow\b"), cx.raw, 0);
        cx.check("expect says when it is no longer needed");
    }
}
