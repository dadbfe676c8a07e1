// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a default that is only a semicolon.
//! # Why
//! A break says that nothing is to be done.
//! # Example
//! ```text
//! default:
//! 	;
//! ```
//! # Instead
//! ```text
//! default:
//! 	break;
//! ```
//! # Source
//! The type DEFAULT_NO_BREAK of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "default_no_break.rs" DEFAULT_NO_BREAK, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tdefault:\n\t\t;"), Case::C("\tcase 1: default: ;")],
    silent: [Case::C("\tdefault:\n\t\tbreak;")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let empty =
        re!(r"^\+[$;\s]*(?:case[$;\s]+\w+[$;\s]*:[$;\s]*|)*[$;\s]*\bdefault[$;\s]*:[$;\s]*;");
    if empty.is(&cx.lang, found.scan()) {
        cx.sees(re!(r"\bdefault\b"), cx.line, 0);
        cx.warn("a default without a break");
    }
}
