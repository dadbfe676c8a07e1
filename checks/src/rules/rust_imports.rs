// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds several imports on one line of Rust.
//! # Why
//! One on each line, with an empty comment after the last, merges without
//! conflicts.
//! # Example
//! ```text
//! use kernel::{page, prelude::*};
//! ```
//! # Instead
//! ```text
//! use kernel::{
//!     page,
//!     prelude::*, //
//! };
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_imports.rs" RUST_IMPORTS, [Check], Sure,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "use kernel::{error::Result, prelude::*};")],
    silent: [Case::In("drivers/misc/a.rs", "use kernel::{\n    error::Result,\n    prelude::*, //\n};")],
}

fn check(cx: &mut Cx<'_>) {
    if rust_code(cx)
        .is_some_and(|code| re!(r"^\s*(?:pub(?:\(\w+\))?\s+)?use\s.*\{.*,.*\};").is(&cx.lang, code))
    {
        cx.check("one import on each line");
    }
}
