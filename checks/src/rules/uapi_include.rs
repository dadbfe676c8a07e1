// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds headers for user space that include others by a path with uapi/.
//! # Why
//! They are installed without that part of the path, so user space would not
//! find them.
//! # Example
//! ```text
//! #include <uapi/linux/types.h>
//! ```
//! # Instead
//! ```text
//! #include <linux/types.h>
//! ```
//! # Source
//! The type UAPI_INCLUDE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "uapi_include.rs" UAPI_INCLUDE, [Error], Sure,
    { Added: check },
    fires: [Case::In("include/uapi/linux/a.h", "#include <uapi/linux/types.h>")],
    silent: [Case::In("include/uapi/linux/a.h", "#include <linux/types.h>"), Case::C("#include <uapi/linux/types.h>")],
}

fn check(cx: &mut Cx<'_>) {
    let path = re!(r#"^.\s*\#\s*include\s+[<"](.*)[">]"#).caps(&cx.lang, cx.raw);
    if let Some(caps) = path
        && caps.s(1).starts_with(b"uapi/")
        && cx.in_file(re!(r"\binclude/uapi/"))
    {
        cx.on(&caps, 1)
            .error("user space has no uapi/ in its paths");
    }
}
