// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds functions that have a successor.
//! # Why
//! Old users are being converted; new ones would be more work.
//! # Example
//! ```text
//! p = kmap(page);
//! ```
//! # Instead
//! ```text
//! p = kmap_local_page(page);
//! ```
//! # Source
//! The type DEPRECATED_API of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "deprecated_api.rs" DEPRECATED_API, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tp = kmap(page);"), Case::C("static DEFINE_IDR(a);")],
    silent: [Case::C("\tp = kmap_local_page(page);")],
}

/// What was, and what is.
const SUCCESSORS: [(&[u8], &str); 7] = [
    (b"kmap", "kmap_local_page"),
    (b"kunmap", "kunmap_local"),
    (b"kmap_atomic", "kmap_local_page"),
    (b"kunmap_atomic", "kunmap_local"),
    (b"DEFINE_IDR", "DEFINE_XARRAY"),
    (b"idr_init", "xa_init"),
    (b"idr_init_base", "xa_init_flags"),
];

fn check(cx: &mut Cx<'_>) {
    let call = re!(r"\b(k(?:un)?map(?:_atomic)?|DEFINE_IDR|idr_init(?:_base)?)\b\s*\(");
    let Some(caps) = call.caps(&cx.lang, cx.line) else {
        return;
    };
    if let Some((old, new)) = SUCCESSORS.iter().find(|(old, _)| *old == caps.s(1)) {
        let old = text::show(old);
        cx.on(&caps, 1).warn(format!("{new}() instead of {old}()"));
    }
}
