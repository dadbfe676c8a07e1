// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds printk() with a level.
//! # Why
//! netdev_err(), dev_err() and pr_err() say where a message comes from.
//! # Example
//! ```text
//! printk(KERN_ERR "x\n");
//! ```
//! # Instead
//! ```text
//! dev_err(dev, "x\n");
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Printing kernel messages".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "prefer_pr_level.rs" PREFER_PR_LEVEL, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\tprintk(KERN_ERR \"x\\n\");"), Case::C("\tprintk_once(KERN_DEBUG \"x\\n\");")],
    silent: [Case::C("\tpr_err(\"x\\n\");")],
}

fn check(cx: &mut Cx<'_>) {
    let call = re!(r"\b(printk(_once|_ratelimited)?)\s*\(\s*KERN_([A-Z]+)");
    if let Some(caps) = call.caps(&cx.lang, cx.line) {
        let level = text::show(caps.s(3)).to_lowercase();
        let level = match level.as_str() {
            "warning" => "warn",
            "debug" => "dbg",
            other => other,
        };
        let suffix = text::show(caps.s(2));
        cx.on(&caps, 1).warn(format!(
            "netdev_{level}{suffix}(), dev_{level}{suffix}() or pr_{level}{suffix}() instead of printk()"
        ));
    }
}
