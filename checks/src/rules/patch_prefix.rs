// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds names after +++ whose first component is a folder of the tree.
//! # Why
//! git am strips that component, and the file is not found.
//! # Example
//! ```text
//! +++ drivers/misc/a.c
//! ```
//! # Instead
//! ```text
//! +++ b/drivers/misc/a.c
//! ```
//! # Source
//! The type PATCH_PREFIX of the kernel's scripts/checkpatch.pl.

use super::shared::on_path;
use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "patch_prefix.rs" PATCH_PREFIX, [Warning], Sure,
    { Renamed: check },
    fires: [Case::Patch("--- mm/gup.c\n+++ mm/gup.c\n@@ -1 +1 @@\n-a\n+b\n")],
    silent: [Case::Patch("--- a/mm/gup.c\n+++ b/mm/gup.c\n@@ -1 +1 @@\n-a\n+b\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.is_file() && !cx.prefix.is_empty() && cx.world.exists(&cx.prefix) {
        let prefix = cx.prefix.clone();
        on_path(cx);
        cx.warn(format!(
            "'{prefix}' is a folder of the tree: is this a -p0 patch?"
        ));
    }
}
