// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds two statements with a comma between them.
//! # Why
//! A semicolon was meant, and sooner or later someone puts an if before them.
//! # Example
//! ```text
//! a = b(),
//! c = d();
//! ```
//! # Instead
//! ```text
//! a = b();
//! c = d();
//! ```
//! # Source
//! The type SUSPECT_COMMA_SEMICOLON of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "suspect_comma_semicolon.rs" SUSPECT_COMMA_SEMICOLON, [Warning], Likely,
    { Added: check },
    fires: [Case::C("\ta = b(),\n\tc = d();")],
    silent: [Case::C("\ta = b();\n\tc = d();")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(found) = &cx.statement
        && text::trim_end(&found.text).ends_with(b";")
        && has_outer_comma(&found.text)
        && re!(
            r"^\+\s*(?:$Lval\s*$Assignment\s*)?$FuncArg\s*,\s*(?:$Lval\s*$Assignment\s*)?$FuncArg\s*;\s*$"
        )
        .is(&cx.lang, found.scan())
    {
        cx.warn("a comma where a semicolon may be meant");
    }
}

/// Whether there is a comma outside of parentheses, before a block.
fn has_outer_comma(text: &[u8]) -> bool {
    let mut depth = 0;
    for byte in text {
        match byte {
            b'(' => depth += 1,
            b')' => depth -= 1,
            b'{' if depth == 0 => return false,
            // What is between brackets need not balance.
            b'[' => return true,
            b',' if depth == 0 => return true,
            _ => {}
        }
    }
    false
}
