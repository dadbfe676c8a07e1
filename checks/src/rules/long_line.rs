// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines of more than 100 columns that neither a string nor a comment
//! makes long.
//! # Why
//! People read several files beside each other.
//! # Example
//! ```text
//! A call with all its arguments in one line.
//! ```
//! # Instead
//! ```text
//! The arguments on several lines, aligned with the parenthesis.
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Breaking long lines and strings".

use super::shared::too_long;
use crate::rule::{Case, rule};

rule! {
    "long_line.rs" LONG_LINE, [Warning, Check], Sure,
    { Source: too_long },
    fires: [Case::C("\tint a_very_long_name_of_a_variable_that_nobody_can_remember = another_long_name_of_a_function(with, arguments);")],
    silent: [Case::C("\tint a;")],
}
