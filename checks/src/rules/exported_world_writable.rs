// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds files that everybody may write to.
//! # Why
//! Whatever the file does, every user of the machine can then do.
//! # Example
//! ```text
//! static DEVICE_ATTR(foo, 0666, foo_show, foo_store);
//! ```
//! # Instead
//! ```text
//! static DEVICE_ATTR_RW(foo);
//! ```
//! # Source
//! The type EXPORTED_WORLD_WRITABLE of the kernel's scripts/checkpatch.pl.

use super::shared::on_statement;
use crate::context::Cx;
use crate::permissions;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "exported_world_writable.rs" EXPORTED_WORLD_WRITABLE, [Error, Warning], Likely,
    { Late: check },
    fires: [Case::C("static DEVICE_ATTR(foo, 0666, foo_show, foo_store);"), Case::C("module_param(foo, int, 0666);")],
    silent: [Case::C("static DEVICE_ATTR(foo, 0644, foo_show, foo_store);")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if re!(r"debugfs_create_\w+.*\b(?:$WorldWritable)\b").is(lang, cx.line)
        || re!(r"DEVICE_ATTR.*\b(?:$WorldWritable)\b").is(lang, cx.line)
    {
        cx.sees(re!(r"\b(?:$WorldWritable)\b"), cx.line, 0);
        cx.warn("everybody may write to the file");
    }
    for argument in permissions::arguments(cx) {
        if argument.is_world_writable() {
            on_statement(cx, argument.at);
            cx.error("everybody may write to the file");
        }
    }
}
