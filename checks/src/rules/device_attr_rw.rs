// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds attributes of a device for which DEVICE_ATTR_RW() says it all.
//! # Why
//! Permissions and functions then follow from the name.
//! # Example
//! ```text
//! static DEVICE_ATTR(foo, 0644, foo_show, foo_store);
//! ```
//! # Instead
//! ```text
//! static DEVICE_ATTR_RW(foo);
//! ```
//! # Source
//! The type DEVICE_ATTR_RW of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::permissions;
use crate::rule::{Case, rule};

rule! {
    "device_attr_rw.rs" DEVICE_ATTR_RW, [Warning], Sure,
    { Late: check },
    fires: [Case::C("static DEVICE_ATTR(foo, 0644, foo_show, foo_store);"), Case::C("static DEVICE_ATTR(foo, S_IRUGO | S_IWUSR, foo_show, foo_store);")],
    silent: [Case::C("static DEVICE_ATTR_RW(foo);")],
}

fn check(cx: &mut Cx<'_>) {
    if permissions::device_attribute(cx) == Some("DEVICE_ATTR_RW") {
        permissions::on_device_attribute(cx);
        cx.warn("DEVICE_ATTR_RW() says it all");
    }
}
