// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds changes below include/asm.
//! # Why
//! That was a link which the build made; the sources are elsewhere.
//! # Example
//! ```text
//! +++ b/include/asm/a.h
//! ```
//! # Instead
//! ```text
//! +++ b/arch/x86/include/asm/a.h
//! ```
//! # Source
//! The type MODIFIED_INCLUDE_ASM of the kernel's scripts/checkpatch.pl.

use super::shared::on_path;
use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "modified_include_asm.rs" MODIFIED_INCLUDE_ASM, [Error], Sure,
    { Renamed: check },
    fires: [Case::Patch("--- a/include/asm/a.h\n+++ b/include/asm/a.h\n@@ -1 +1 @@\n-a\n+b\n")],
    silent: [Case::Patch("--- a/arch/x86/include/asm/a.h\n+++ b/arch/x86/include/asm/a.h\n@@ -1 +1 @@\n-a\n+b\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.file.starts_with("include/asm/") {
        on_path(cx);
        cx.error("include/asm holds no sources: change arch/<architecture>/include/asm");
    }
}
