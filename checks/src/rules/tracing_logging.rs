// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds messages that only say that a function was entered or left.
//! # Why
//! ftrace shows this for every function, without a line of code.
//! # Example
//! ```text
//! pr_debug("%s()\n", __func__);
//! ```
//! # Instead
//! ```text
//! Nothing.
//! ```
//! # Source
//! The type TRACING_LOGGING of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "tracing_logging.rs" TRACING_LOGGING, [Warning], Sure,
    { Late: check },
    fires: [
        Case::C("\tg(\"%s()\\n\", __func__);"),
        Case::C("\tg(\"entering: %s\\n\", __func__);\n\tg(\"exit %s\\n\", __func__);"),
    ],
    silent: [Case::C("\tg(\"%s: no %d\\n\", __func__, a);")],
}

fn check(cx: &mut Cx<'_>) {
    let only_the_name = re!(
        r#"^\+.*\([^"]*"$TracingTags{0,3}%s(?:\s*\(\s*\)\s*)?$TracingTags{0,3}(?:\\n)?"\s*,\s*__func__\s*\)\s*;"#
    );
    if only_the_name.is(&cx.lang, cx.raw) {
        cx.sees(re!(r"\b__func__\b"), cx.raw, 0);
        cx.warn("ftrace says that a function was called");
    }
}
