// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds IS_ENABLED() of a name without CONFIG_, in comments too.
//! # Why
//! No such symbol can be set, so the answer is always no.
//! # Example
//! ```text
//! if (IS_ENABLED(FOO))
//! ```
//! # Instead
//! ```text
//! if (IS_ENABLED(CONFIG_FOO))
//! ```
//! # Source
//! The type IS_ENABLED_CONFIG of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "is_enabled_config.rs" IS_ENABLED_CONFIG, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tif (IS_ENABLED(FOO))")],
    silent: [Case::C("\tif (IS_ENABLED(CONFIG_FOO))")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"\bIS_ENABLED\s*\(\s*(\w+)\s*\)").caps(&cx.lang, cx.raw)
        && !caps.s(1).starts_with(b"CONFIG_")
    {
        let name = text::show(caps.s(1));
        cx.on(&caps, 1)
            .warn(format!("IS_ENABLED(CONFIG_{name}) is usually meant"));
    }
}
