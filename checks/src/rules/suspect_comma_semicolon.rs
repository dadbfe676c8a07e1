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

use super::shared::on_statement;
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
    if let Some(found) = cx.statement.clone()
        && text::trim_end(&found.text).ends_with(b";")
        && may_have_outer_comma(&found.text)
        && re!(
            r"^\+\s*(?:$Lval\s*$Assignment\s*)?$FuncArg\s*,\s*(?:$Lval\s*$Assignment\s*)?$FuncArg\s*;\s*$"
        )
        .is(&cx.lang, found.scan())
    {
        let comma = outer_comma(&found.text).unwrap_or(0);
        on_statement(cx, comma..comma + 1);
        cx.warn("a comma where a semicolon may be meant");
    }
}

/// Whether there is a comma outside of parentheses, before a block.
fn may_have_outer_comma(text: &[u8]) -> bool {
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

/// Where the first comma outside of brackets is.
fn outer_comma(text: &[u8]) -> Option<usize> {
    let mut depth = 0;
    text.iter().position(|byte| {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            _ => {}
        }
        depth == 0 && *byte == b','
    })
}
