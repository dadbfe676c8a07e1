// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds strings with the name of the function that they stand in.
//! # Why
//! The name stays behind when the function is renamed; __func__ does not.
//! # Example
//! ```text
//! int probe(void)
//! {
//!     pr_err("probe failed\n");
//! ```
//! # Instead
//! ```text
//! int probe(void)
//! {
//!     pr_err("%s failed\n", __func__);
//! ```
//! # Source
//! The type EMBEDDED_FUNCTION_NAME of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "embedded_function_name.rs" EMBEDDED_FUNCTION_NAME, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tg(\"f failed\");")],
    silent: [Case::C("\tg(\"f\");\n\tg(\"of\");")],
}

fn check(cx: &mut Cx<'_>) {
    if !re!(r"^\+.*$String").is(&cx.lang, cx.line) {
        return;
    }
    let Some(function) = cx.function.as_deref() else {
        return;
    };
    let quoted = cx.quoted();
    if re!(r"\b$Arg0\b").is_with(&cx.lang, quoted, &[function])
        && quoted.len() != function.len() + 2
    {
        let name = text::show(function);
        let start = re!("$String")
            .caps(&cx.lang, cx.line)
            .map_or(0, |caps| caps.start(0));
        if let Some(caps) = re!(r"\b$Arg0\b").caps_with(&cx.lang, cx.raw, start, &[name.as_bytes()])
        {
            cx.on(&caps, 0);
        }
        cx.warn(format!(
            "the string names its function '{name}', which __func__ does as well"
        ));
    }
}
