// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the first line of a hunk that is neither context nor a change.
//! # Why
//! A mail program wrapped the patch, and it does not apply any more.
//! # Example
//! ```text
//! A line without a blank, + or - in front.
//! ```
//! # Instead
//! ```text
//! Send the patch with git send-email.
//! ```
//! # Source
//! The type CORRUPTED_PATCH of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "corrupted_patch.rs" CORRUPTED_PATCH, [Error], Sure,
    { Log: check },
    fires: [Case::Hunk("drivers/misc/a.c", "+int a;\nwrapped\n+int b;")],
    silent: [Case::C("int a;")],
}

fn check(cx: &mut Cx<'_>) {
    let fine = match cx.line.bytes.first() {
        None | Some(b'+' | b'-' | b' ') => true,
        Some(_) => cx.line.bytes.starts_with(b"\\ No newline"),
    };
    if cx.left != 0 && !cx.keep.corrupt && !fine {
        cx.at(0..1);
        cx.error("the patch is corrupt: was it wrapped?");
        cx.keep.corrupt = true;
    }
}
