// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds patches that change bindings together with something else.
//! # Why
//! Bindings have their own reviewers and their own tree.
//! # Example
//! ```text
//! A schema and its driver in one patch.
//! ```
//! # Instead
//! ```text
//! The schema first, the driver in the next patch.
//! ```
//! # Source
//! Documentation/devicetree/bindings/submitting-patches.rst.

use super::shared::on_path;
use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "dt_split_binding_patch.rs" DT_SPLIT_BINDING_PATCH, [Warning], Sure,
    { FileHeader: check },
    fires: [Case::Patch("--- a/include/dt-bindings/a.h\n+++ b/include/dt-bindings/a.h\n@@ -1 +1 @@\n-a\n+b\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n")],
    silent: [Case::Patch("--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-a\n+b\n--- a/b.c\n+++ b/b.c\n@@ -1 +1 @@\n-a\n+b\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.file.starts_with("MAINTAINERS") || cx.file.starts_with("dev/null") {
        return;
    }
    let is = cx.file.starts_with("Documentation/devicetree/")
        || cx.file.starts_with("include/dt-bindings/");
    if cx.head.binding.replace(is).is_some_and(|was| was != is) {
        on_path(cx);
        cx.warn("bindings are changed by a patch of their own");
    }
}
