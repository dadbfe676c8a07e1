// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a line of the message that starts with three dashes and goes on.
//! # Why
//! git am takes it for the end of the message.
//! # Example
//! ```text
//! --- cut here
//! ```
//! # Instead
//! ```text
//! Use another character for the rule.
//! ```
//! # Source
//! The type BAD_COMMIT_SEPARATOR of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "bad_commit_separator.rs" BAD_COMMIT_SEPARATOR, [Error], Sure,
    { Line: check },
    fires: [Case::Message("It was wrong.\n\n----- log -----\n")],
    silent: [Case::Message("It was wrong.\n\n===== log =====\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.head.in_log && cx.sees(re!(r"^---.+"), cx.line, 0) {
        cx.error("this line ends the message for some tools");
    }
}
