// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the name of a file in the file.
//! # Why
//! It becomes wrong when the file moves.
//! # Example
//! ```text
//! /* drivers/misc/a.c */
//! ```
//! # Instead
//! ```text
//! /* What this is for. */
//! ```
//! # Source
//! The type EMBEDDED_FILENAME of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "embedded_filename.rs" EMBEDDED_FILENAME, [Warning], Sure,
    { Hunk: check },
    fires: [Case::C("/* drivers/misc/a.c */")],
    silent: [Case::C("/* drivers/misc/b.c */")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.file.is_empty()
        && text::contains(cx.raw.bytes, cx.file.as_bytes())
        && re!(r"^\+").is(&cx.lang, cx.raw)
        && let Some(caps) = re!(r"\b$Arg0\b").caps_with(&cx.lang, cx.raw, 1, &[cx.file.as_bytes()])
    {
        cx.on(&caps, 0);
        cx.warn("the name of the file, in the file");
    }
}
