// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds strings that go on beyond column 100, other than messages.
//! # Why
//! Messages are kept whole so that they can be searched for; other strings need
//! not be.
//! # Example
//! ```text
//! A table entry with a long string.
//! ```
//! # Instead
//! ```text
//! The string in a line of its own.
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Breaking long lines and strings".

use super::shared::too_long;
use crate::rule::{Case, rule};

rule! {
    "long_line_string.rs" LONG_LINE_STRING, [Warning, Check], Likely,
    { Source: too_long },
    fires: [Case::C("\tstrscpy(a_name_of_a_buffer, \"a string that goes on and on and on although nobody will ever search for it at all\", size);\n\tx(a_name_of_a_buffer, \"a string that goes on and on and on although nobody will ever search for it at all\");")],
    silent: [Case::C("\tpr_info(\"a message that goes on and on and on because somebody will have to search for it in the source some day\\n\");")],
}
