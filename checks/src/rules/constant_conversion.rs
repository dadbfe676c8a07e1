// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds __constant_htons() and the like outside of include/uapi.
//! # Why
//! The plain function is computed at compile time as well.
//! # Example
//! ```text
//! __constant_htons(1)
//! ```
//! # Instead
//! ```text
//! htons(1)
//! ```
//! # Source
//! The type CONSTANT_CONVERSION of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "constant_conversion.rs" CONSTANT_CONVERSION, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\ta = __constant_cpu_to_le32(1);")],
    silent: [Case::C("\ta = cpu_to_le32(1);")],
}

fn check(cx: &mut Cx<'_>) {
    let call =
        re!(r"__constant_(htons|ntohs|[bl]e(?:16|32|64)_to_cpu|cpu_to_[bl]e(?:16|32|64))\s*\(");
    if let Some(caps) = call.caps(&cx.lang, cx.line)
        && !cx.file.starts_with("include/uapi/")
    {
        let function = text::show(caps.s(1));
        cx.on(&caps, 0)
            .warn(format!("{function}() is constant for constants"));
    }
}
