// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds sscanf() whose result is neither kept nor compared.
//! # Why
//! How many values were read is only known from the result.
//! # Example
//! ```text
//! sscanf(a, "%d", &b);
//! ```
//! # Instead
//! ```text
//! if (sscanf(a, "%d", &b) != 1)
//! ```
//! # Source
//! The type NAKED_SSCANF of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "naked_sscanf.rs" NAKED_SSCANF, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tsscanf(a, \"%d %d\", &b, &c);")],
    silent: [Case::C("\tif (sscanf(a, \"%d\", &b) != 1)\n\t\treturn;\n\td = sscanf(a, \"%d\", &b);")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"\bsscanf\b").is(&cx.lang, cx.line) {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let all = found.scan();
    if !re!(r"$Ident\s*=\s*sscanf\s*$BalancedParens").is(&cx.lang, all)
        && !re!(r"\bsscanf\s*$BalancedParens\s*(?:$Compare)").is(&cx.lang, all)
        && !re!(r"(?:$Compare)\s*\bsscanf\s*$BalancedParens").is(&cx.lang, all)
    {
        cx.sees(re!(r"\bsscanf\b"), cx.line, 0);
        cx.warn("nobody looks at how many values sscanf() read");
    }
}
