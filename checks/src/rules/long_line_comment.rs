// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds comments that go on beyond column 100.
//! # Why
//! Comments can be wrapped without harm.
//! # Example
//! ```text
//! A comment beside the code that goes on.
//! ```
//! # Instead
//! ```text
//! The comment above the code.
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Breaking long lines and strings".

use super::shared::too_long;
use crate::rule::{Case, rule};

rule! {
    "long_line_comment.rs" LONG_LINE_COMMENT, [Warning, Check], Sure,
    { Source: too_long },
    fires: [Case::C("\tint a; /* a comment that goes on and on beside the code, although there was room for it in a line above */")],
    silent: [Case::C("\tint a; /* short */")],
}
