// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds permissions that are no octal number of four digits.
//! # Why
//! Decimal 644 gives rights that nobody meant.
//! # Example
//! ```text
//! module_param(foo, int, 644);
//! ```
//! # Instead
//! ```text
//! module_param(foo, int, 0644);
//! ```
//! # Source
//! The type NON_OCTAL_PERMISSIONS of the kernel's scripts/checkpatch.pl.

use super::shared::on_statement;
use crate::context::Cx;
use crate::permissions;
use crate::rule::{Case, rule};

rule! {
    "non_octal_permissions.rs" NON_OCTAL_PERMISSIONS, [Error], Sure,
    { Late: check },
    fires: [Case::C("module_param(foo, int, 644);"), Case::C("\tdebugfs_create_file(\"a\", 00644, b, c, d);")],
    silent: [Case::C("module_param(foo, int, 0644);"), Case::C("module_param(foo, int, 0);")],
}

fn check(cx: &mut Cx<'_>) {
    for argument in permissions::arguments(cx) {
        if argument.is_odd(&cx.lang) {
            on_statement(cx, argument.at);
            cx.error("permissions have four octal digits");
        }
    }
}
