// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds two slashes in the path of an #include.
//! # Why
//! The compiler takes it for another file than the one that it is, and so do
//! tools.
//! # Example
//! ```text
//! #include <linux//slab.h>
//! ```
//! # Instead
//! ```text
//! #include <linux/slab.h>
//! ```
//! # Source
//! The type MALFORMED_INCLUDE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "malformed_include.rs" MALFORMED_INCLUDE, [Error], Sure,
    { Added: check },
    fires: [Case::C("#include <linux//slab.h>")],
    silent: [Case::C("#include <linux/slab.h>")],
}

fn check(cx: &mut Cx<'_>) {
    let path = re!(r#"^.\s*\#\s*include\s+[<"](.*)[">]"#).caps(&cx.lang, cx.raw);
    if let Some(caps) = path
        && text::contains(caps.s(1), b"//")
    {
        cx.on(&caps, 1)
            .error("two slashes in the path of an #include");
    }
}
