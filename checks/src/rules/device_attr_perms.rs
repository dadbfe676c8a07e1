// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds attributes of a device with unusual permissions.
//! # Why
//! Most are 0644, 0444 or 0200; others want a reason.
//! # Example
//! ```text
//! static DEVICE_ATTR(foo, 0600, foo_show, foo_store);
//! ```
//! # Instead
//! ```text
//! static DEVICE_ATTR_RW(foo);
//! ```
//! # Source
//! The type DEVICE_ATTR_PERMS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::permissions;
use crate::rule::{Case, rule};

rule! {
    "device_attr_perms.rs" DEVICE_ATTR_PERMS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("static DEVICE_ATTR(foo, 0600, foo_show, foo_store);")],
    silent: [Case::C("static DEVICE_ATTR(foo, 0644, foo_show, foo_store);")],
}

fn check(cx: &mut Cx<'_>) {
    if permissions::device_attribute(cx) == Some("DEVICE_ATTR_PERMS") {
        permissions::on_device_attribute(cx);
        cx.warn("unusual permissions for an attribute");
    }
}
