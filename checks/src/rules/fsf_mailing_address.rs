// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the mailing address of the Free Software Foundation.
//! # Why
//! It has changed before, and the licence is in the tree.
//! # Example
//! ```text
//! write to the Free Software Foundation, Inc., 51 Franklin St
//! ```
//! # Instead
//! ```text
//! An SPDX-License-Identifier line.
//! ```
//! # Source
//! The type FSF_MAILING_ADDRESS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::diagnostic::Level;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "fsf_mailing_address.rs" FSF_MAILING_ADDRESS, [Error, Check], Sure,
    { Hunk: check },
    fires: [Case::C("/* write to the Free Software Foundation */")],
    silent: [Case::C("/* the Free Software Foundation */")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.sees(re!(r"\bwrite to the Free", "i"), cx.raw, 0)
        || cx.sees(re!(r"\b675\s+Mass\s+Ave", "i"), cx.raw, 0)
        || cx.sees(re!(r"\b59\s+Temple\s+Pl", "i"), cx.raw, 0)
        || cx.sees(re!(r"\b51\s+Franklin\s+St", "i"), cx.raw, 0)
    {
        cx.in_patch(
            Level::Error,
            "the address of the FSF changes, and the licence is in the tree",
        );
    }
}
