// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds headers of an architecture that a header of the same name includes for
//! all of them.
//! # Why
//! The header in include/linux is there for all architectures.
//! # Example
//! ```text
//! #include <asm/io.h>
//! ```
//! # Instead
//! ```text
//! #include <linux/io.h>
//! ```
//! # Source
//! The type INCLUDE_LINUX of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "include_linux.rs" INCLUDE_LINUX, [Warning], Likely,
    { Late: check },
    fires: [Case::In("drivers/misc/a.c", "#include <asm/foo.h>")],
    silent: [Case::In("arch/x86/a.c", "#include <asm/foo.h>"), Case::In("drivers/misc/a.c", "#include <linux/foo.h>")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(name) = super::shared::asm_include(cx)
        && !cx.file.starts_with("arch/")
    {
        cx.sees(re!(r"<asm/[^>]*>"), cx.raw, 0);
        cx.warn(format!("<linux/{name}> includes <asm/{name}>"));
    }
}
