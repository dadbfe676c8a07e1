// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds blanks before tabs.
//! # Why
//! They are not seen, and make later changes larger.
//! # Example
//! ```text
//! `int a; 	/* x */`
//! ```
//! # Instead
//! ```text
//! `int a;	/* x */`
//! ```
//! # Source
//! The type SPACE_BEFORE_TAB of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "space_before_tab.rs" SPACE_BEFORE_TAB, [Warning], Sure,
    { Code: check },
    fires: [Case::C("int a; \t/* x */")],
    silent: [Case::C("int a;\t/* x */")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.raw.bytes.first() == Some(&b'+')
        && let Some(at) = crate::text::find(cx.raw.bytes, b" \t")
    {
        cx.at(at..at + 2).warn("a blank before a tab");
        // A string keeps its blanks.
        if !cx.raw.bytes.contains(&b'"') {
            cx.fix(before_tabs(cx.raw.bytes));
        }
    }
}

/// Without blanks before tabs; eight of them are a tab.
fn before_tabs(line: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(line.len());
    for &byte in line {
        if byte == b'\t' {
            let blanks = out.iter().rev().take_while(|byte| **byte == b' ').count();
            out.truncate(out.len() - blanks);
            out.extend(std::iter::repeat_n(b'\t', blanks / crate::text::TAB));
        }
        out.push(byte);
    }
    out
}
