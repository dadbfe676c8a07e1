// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds attributes of a device for which DEVICE_ATTR_RO() says it all.
//! # Why
//! Permissions and function then follow from the name.
//! # Example
//! ```text
//! static DEVICE_ATTR(foo, 0444, foo_show, NULL);
//! ```
//! # Instead
//! ```text
//! static DEVICE_ATTR_RO(foo);
//! ```
//! # Source
//! The type DEVICE_ATTR_RO of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::permissions;
use crate::rule::{Case, rule};

rule! {
    "device_attr_ro.rs" DEVICE_ATTR_RO, [Warning], Sure,
    { Late: check },
    fires: [Case::C("static DEVICE_ATTR(foo, 0444, foo_show, NULL);")],
    silent: [Case::C("static DEVICE_ATTR_RO(foo);")],
}

fn check(cx: &mut Cx<'_>) {
    if permissions::device_attribute(cx) == Some("DEVICE_ATTR_RO") {
        permissions::on_device_attribute(cx);
        cx.warn("DEVICE_ATTR_RO() says it all");
    }
}
