// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds sscanf() that reads a single number.
//! # Why
//! kstrtoint() and its like reject what follows the number and know
//! overflow.
//! # Example
//! ```text
//! sscanf(a, "%d", &b)
//! ```
//! # Instead
//! ```text
//! kstrtoint(a, 10, &b)
//! ```
//! # Source
//! The type SSCANF_TO_KSTRTO of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "sscanf_to_kstrto.rs" SSCANF_TO_KSTRTO, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tif (sscanf(a, \"%d\", &b) != 1)")],
    silent: [Case::C("\tif (sscanf(a, \"%d %d\", &b, &c) != 2)")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\bsscanf\b").is(&cx.lang, cx.line) {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let raw = cx.statement_raw(&found);
    let call = re!(r#"\bsscanf\b\s*\(\s*$FuncArg\s*,\s*("[^"]+")"#);
    let single = re!(r#"^"%(?i:ll[udxi]|[udxi]ll|ll|[hl]h?[udxi]|[udxi][hl]h?|[hl]h?|[udxi])"$"#);
    if let Some(caps) = call.caps(&cx.lang, &raw)
        && text::count(caps.s(6), b'%') == 1
        && single.is(&cx.lang, caps.s(6))
    {
        cx.sees(re!(r"\bsscanf\b"), cx.line, 0);
        cx.warn("kstrto*() reads a single number");
    }
}
