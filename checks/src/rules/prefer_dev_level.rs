// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds dev_printk() with a level.
//! # Why
//! dev_err() and its kin are shorter and check their format.
//! # Example
//! ```text
//! dev_printk(KERN_ERR, dev, "x\n");
//! ```
//! # Instead
//! ```text
//! dev_err(dev, "x\n");
//! ```
//! # Source
//! The type PREFER_DEV_LEVEL of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "prefer_dev_level.rs" PREFER_DEV_LEVEL, [Warning], Sure,
    { Added: check },
    fires: [Case::C("\tdev_printk(KERN_ERR, dev, \"x\\n\");")],
    silent: [Case::C("\tdev_printk(level, dev, \"x\\n\");")],
}

fn check(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"\bdev_printk\s*\(\s*KERN_([A-Z]+)").caps(&cx.lang, cx.line) {
        let level = text::show(caps.s(1)).to_lowercase();
        let level = match level.as_str() {
            "warning" => "warn",
            "debug" => "dbg",
            other => other,
        };
        cx.on(&caps, 0)
            .warn(format!("dev_{level}() instead of dev_printk()"));
    }
}
