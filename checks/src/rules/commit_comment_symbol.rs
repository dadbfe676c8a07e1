// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds lines of the message that start with #.
//! # Why
//! git drops them as comments when the message is edited.
//! # Example
//! ```text
//! # make menuconfig
//! ```
//! # Instead
//! ```text
//!   # make menuconfig
//! ```
//! # Source
//! The type COMMIT_COMMENT_SYMBOL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "commit_comment_symbol.rs" COMMIT_COMMENT_SYMBOL, [Warning], Sure,
    { Log: check },
    fires: [Case::Message("Run\n\n# make menuconfig\n")],
    silent: [Case::Message("Run\n\n  # make menuconfig\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.head.in_log && cx.line.bytes.starts_with(b"#") {
        cx.at(0..1).warn("git drops lines that start with #");
    }
}
