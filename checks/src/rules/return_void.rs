// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a return at the end of a function without a value.
//! # Why
//! It does nothing.
//! # Example
//! ```text
//! 	a();
//! 	return;
//! }
//! ```
//! # Instead
//! ```text
//! 	a();
//! }
//! ```
//! # Source
//! The type RETURN_VOID of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "return_void.rs" RETURN_VOID, [Warning], Sure,
    { Added: check },
    fires: [Case::C("void f(void)\n{\n\ta();\n\treturn;\n}")],
    silent: [Case::C("void f(void)\n{\n\ta();\nout:\n\treturn;\n}")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"^[ \+]}\s*$").is(&cx.lang, cx.plain)
        || !re!(r"^\+\treturn\s*;\s*$").is(&cx.lang, cx.previous)
    {
        return;
    }
    // A label has to have a statement.
    if let Some(before) =
        cx.n.checked_sub(2)
            .and_then(|number| cx.lines.clean(number))
        && re!(r"^[ +]").is(&cx.lang, before)
        && !re!(r"^[ +]\s*$Ident\s*:").is(&cx.lang, before)
    {
        cx.warn("a return without a value at the end of a function");
    }
}
