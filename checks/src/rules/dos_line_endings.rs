// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds added lines with a carriage return.
//! # Why
//! Kernel sources have Unix line ends.
//! # Example
//! ```text
//! A line that ends in CR LF.
//! ```
//! # Instead
//! ```text
//! The line with LF alone.
//! ```
//! # Source
//! The type DOS_LINE_ENDINGS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "dos_line_endings.rs" DOS_LINE_ENDINGS, [Error], Sure,
    { Hunk: check },
    fires: [Case::C("int a;\r")],
    silent: [Case::C("int a;")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"^\+.*(\015)").caps(&cx.lang, cx.line) {
        cx.at(caps.start(1)..caps.end(1));
        cx.error("a DOS line ending");
    }
}
