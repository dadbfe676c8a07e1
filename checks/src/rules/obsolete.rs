// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds changes of files that MAINTAINERS calls obsolete.
//! # Why
//! Nobody can test them, and nobody wants them changed without need.
//! # Example
//! ```text
//! A clean-up of a driver with `S: Obsolete`.
//! ```
//! # Instead
//! ```text
//! Leave it alone.
//! ```
//! # Source
//! The type OBSOLETE of the kernel's scripts/checkpatch.pl.

use super::shared::on_path;
use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "obsolete.rs" OBSOLETE, [Warning], Likely,
    { FileHeader: check },
    fires: [Case::Patch("--- a/obsolete.c\n+++ b/obsolete.c\n@@ -1 +1 @@\n-a\n+b\n")],
    silent: [Case::Patch("--- a/mm/gup.c\n+++ b/mm/gup.c\n@@ -1 +1 @@\n-a\n+b\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.world.is_obsolete(&cx.file) {
        let file = cx.file.clone();
        on_path(cx);
        cx.warn(format!("{file} is obsolete: no change without need"));
    }
}
