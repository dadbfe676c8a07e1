// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds variables of a kind of structure that is nearly always constant, but
//! not here.
//! # Why
//! Tables of functions that cannot be written to cannot be abused.
//! # Example
//! ```text
//! static struct file_operations foo_fops = {
//! ```
//! # Instead
//! ```text
//! static const struct file_operations foo_fops = {
//! ```
//! # Source
//! scripts/const_structs.checkpatch.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "const_struct.rs" CONST_STRUCT, [Warning], Likely,
    { Late: check },
    fires: [Case::C("struct file_operations a = {")],
    silent: [Case::C("const struct file_operations a = {"), Case::C("struct file_operations;\nstruct other a;")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(known) = cx.world.const_structs() else {
        return;
    };
    let lang = &cx.lang;
    if re!(r"\bconst\b").is(lang, cx.line) {
        return;
    }
    let named = re!(r"\bstruct\s+(?=(\w+)\b(?!\s*[\{;]))").all(lang, cx.line);
    let found = named
        .iter()
        .map(|caps| (caps, text::show(caps.s(1))))
        .find(|(_, name)| known.contains(name));
    if let Some((caps, name)) = found {
        cx.on(caps, 1)
            .warn(format!("a struct {name} is normally constant"));
    }
}
