// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds comments that say that a case falls through.
//! # Why
//! The compiler understands the statement, in the same words everywhere.
//! # Example
//! ```text
//! /* fall through */
//! ```
//! # Instead
//! ```text
//! fallthrough;
//! ```
//! # Source
//! Documentation/process/deprecated.rst, "Implicit switch case fall-through".

use crate::context::Cx;
use crate::diagnostic::Level;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::sanitise::COMMENT;

rule! {
    "prefer_fallthrough.rs" PREFER_FALLTHROUGH, [Warning, Check], Sure,
    { Late: check },
    fires: [Case::C("\t\ta();\n\t\t/* fall through */"), Case::C("\t\ta();\n\t\t/* Falls through. */")],
    silent: [Case::C("\t\ta();\n\t\tfallthrough;")],
}

fn check(cx: &mut Cx<'_>) {
    let says = re!(
        r"@fallthrough@|
          lint\ -fallthrough|
          intentional(?:ly)?[\ \t]*fall(?:(?:s\ |\ |-)[Tt]|t)hr(?:ough|u|ew)|
          FALL(?:S\ |\ |-)?THR(?:OUGH|U|EW)|
          Fall(?:(?:s\ |\ |-)[Tt]|t)hr(?:ough|u|ew)|
          fall(?:s\ |\ |-)?thr(?:ough|u|ew)",
        "x"
    );
    let comment = comment(cx);
    if !comment.is_empty() && says.is(&cx.lang, &comment) {
        cx.sees(says, cx.raw, 0);
        cx.in_patch(
            Level::Warning,
            "the statement 'fallthrough;' instead of a comment",
        );
    }
}

/// What the comments of the line say.
fn comment(cx: &Cx<'_>) -> Vec<u8> {
    let line = cx.lines.clean(cx.n).map_or(&b""[..], |line| line.bytes);
    if !line.contains(&COMMENT) {
        return Vec::new();
    }
    let bytes = line.iter().zip(cx.raw.bytes);
    bytes
        .filter_map(|(clean, raw)| (*clean == COMMENT).then_some(*raw))
        .collect()
}
