// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds attributes of a device whose functions have other names than usual.
//! # Why
//! With the usual names DEVICE_ATTR_RW() and its kin can be used.
//! # Example
//! ```text
//! static DEVICE_ATTR(foo, 0644, show_foo, store_foo);
//! ```
//! # Instead
//! ```text
//! static DEVICE_ATTR_RW(foo);
//! ```
//! # Source
//! The type DEVICE_ATTR_FUNCTIONS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::permissions;
use crate::rule::{Case, rule};

rule! {
    "device_attr_functions.rs" DEVICE_ATTR_FUNCTIONS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("static DEVICE_ATTR(foo, 0644, show_foo, store_foo);")],
    silent: [Case::C("static DEVICE_ATTR(foo, 0644, foo_show, foo_store);")],
}

fn check(cx: &mut Cx<'_>) {
    if permissions::device_attribute(cx) == Some("DEVICE_ATTR_FUNCTIONS") {
        permissions::on_device_attribute(cx);
        cx.warn("the functions are usually called <name>_show and <name>_store");
    }
}
