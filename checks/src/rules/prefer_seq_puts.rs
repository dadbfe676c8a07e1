// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds seq_printf() without a conversion.
//! # Why
//! seq_puts() need not look for one.
//! # Example
//! ```text
//! seq_printf(m, "done\n");
//! ```
//! # Instead
//! ```text
//! seq_puts(m, "done\n");
//! ```
//! # Source
//! The type PREFER_SEQ_PUTS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "prefer_seq_puts.rs" PREFER_SEQ_PUTS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\tseq_printf(a, \"b%%\");")],
    silent: [Case::C("\tseq_printf(a, \"%d\", b);")],
}

fn check(cx: &mut Cx<'_>) {
    if re!(r#"\bseq_printf\s*\(.*"\s*\)\s*;\s*$"#).is(&cx.lang, cx.plain)
        && !re!(r"%%")
            .sub_all(&cx.lang, cx.quoted(), b"")
            .contains(&b'%')
    {
        cx.sees(re!(r"\bseq_printf\b"), cx.line, 0);
        cx.warn("seq_puts() is enough");
    }
}
