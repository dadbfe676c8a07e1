// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds, in the code of an architecture, its headers where one of the same name
//! in include/linux includes them.
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
//! The type ARCH_INCLUDE_LINUX of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "arch_include_linux.rs" ARCH_INCLUDE_LINUX, [Check], Guess,
    { Late: check },
    fires: [Case::In("arch/x86/a.c", "#include <asm/foo.h>")],
    silent: [Case::In("drivers/misc/a.c", "#include <asm/foo.h>"), Case::In("arch/x86/a.c", "#include <linux/foo.h>")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(name) = super::shared::asm_include(cx)
        && cx.file.starts_with("arch/")
    {
        cx.sees(re!(r"<asm/[^>]*>"), cx.raw, 0);
        cx.check(format!("<linux/{name}> includes <asm/{name}>"));
    }
}
