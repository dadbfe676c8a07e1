// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds %h and %hh in the formats of messages.
//! # Why
//! The argument is promoted to int in any case.
//! # Example
//! ```text
//! pr_info("%hx\n", a);
//! ```
//! # Instead
//! ```text
//! pr_info("%x\n", a);
//! ```
//! # Source
//! The type UNNECESSARY_MODIFIER of the kernel's scripts/checkpatch.pl.

use super::shared::on_statement;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "unnecessary_modifier.rs" UNNECESSARY_MODIFIER, [Warning], Sure,
    { Late: check },
    fires: [
        Case::C("\tpr_info(\"%04hx %hhu\", a, b);"),
        Case::C("\tpr_info(\"a\"\n\t\t\"%hd\", a);"),
    ],
    silent: [Case::C("\tpr_info(\"%x\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(found) = cx.statement.clone() else {
        return;
    };
    if !found.text.contains(&b'"') || !re!(r"\b$LogFunctions\s*\(").is(&cx.lang, cx.line) {
        return;
    }
    let raw = cx.statement_raw(&found);
    let mut from = raw.iter().position(|byte| *byte == b'"').unwrap_or(0);
    let short = re!(r#"[^"%]*(%[\#\d\.\*\-]*(?:h+)[idux])"#);
    while let Some(caps) = short.caps_with(&cx.lang, &raw, from, &[]) {
        from = caps.end(0);
        let specifier = text::show(caps.s(1));
        on_statement(cx, caps.start(1)..caps.end(1));
        cx.warn(format!("'{specifier}' needs no h, its argument is an int"));
    }
}
