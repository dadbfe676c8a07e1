// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the keywords of CVS and RCS.
//! # Why
//! git does not fill them in.
//! # Example
//! ```text
//! $Id$
//! ```
//! # Instead
//! ```text
//! Remove the line.
//! ```
//! # Source
//! The type CVS_KEYWORD of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "cvs_keyword.rs" CVS_KEYWORD, [Warning], Sure,
    { C: check },
    fires: [Case::C("/* $Id$ */")],
    silent: [Case::C("/* id */")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"^\+.*\$(Revision|Log|Id)(?:\$|)"), cx.raw, 1) {
        cx.warn("a keyword of CVS, which git does not fill in");
    }
}
