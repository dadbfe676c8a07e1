// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds two parts of a string on two lines, of which the first ends and the
//! second begins with a letter.
//! # Why
//! The words run together when the message is printed.
//! # Example
//! ```text
//! "one"
//! "two"
//! ```
//! # Instead
//! ```text
//! "one "
//! "two"
//! ```
//! # Source
//! The type MISSING_SPACE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "missing_space.rs" MISSING_SPACE, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tf(\"a b\"\n\t  \"c\");")],
    silent: [Case::C("\tf(\"a b \"\n\t  \"c\");")],
}

fn check(cx: &mut Cx<'_>) {
    if re!(r#"[^\\]\w"$"#).is(&cx.lang, cx.previous_raw)
        && re!(r#"^\+[\t ]+"\w"#).is(&cx.lang, cx.raw)
    {
        cx.sees(re!(r#"""#), cx.raw, 0);
        cx.warn("there is no space between the parts of the string");
    }
}
