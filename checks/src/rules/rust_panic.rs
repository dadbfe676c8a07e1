// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds Rust code that panics: unwrap, expect, panic!, todo!, unimplemented!.
//! # Why
//! A panic of the kernel ends the machine.
//! # Example
//! ```text
//! let page = pages.get(0).unwrap();
//! ```
//! # Instead
//! ```text
//! let page = pages.get(0).ok_or(EINVAL)?;
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_panic.rs" RUST_PANIC, [Warning], Likely,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "    let a = b.unwrap();"), Case::In("drivers/misc/a.rs", "    panic!();")],
    silent: [Case::In("drivers/misc/a.rs", "    let a = b?;\n    // Never unwrap() here.\n    let c = d.unwrap_or(1);")],
}

fn check(cx: &mut Cx<'_>) {
    if rust_code(cx).is_some_and(|code| {
        re!(r"\.(?:unwrap|expect)\(|\b(?:panic|todo|unimplemented)!").is(&cx.lang, code)
    }) {
        cx.warn("return an error instead of a panic");
    }
}
