// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds locks that are taken out of the validation.
//! # Why
//! Deadlocks with them are found by users only; the one exception is the
//! mutex of a device.
//! # Example
//! ```text
//! lockdep_set_novalidate_class(&a->lock);
//! ```
//! # Instead
//! ```text
//! lockdep_set_class(&a->lock, &key);
//! ```
//! # Source
//! The type LOCKDEP of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "lockdep.rs" LOCKDEP, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tlockdep_set_novalidate_class(&a->lock);")],
    silent: [Case::In("drivers/base/core.c", "\tlockdep_set_novalidate_class(&a->lock);")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    if !re!(r"^.\s*lockdep_set_novalidate_class\s*\(").is(lang, cx.line)
        && !re!(r"__lockdep_no_validate__\s*\)").is(lang, cx.line)
    {
        return;
    }
    let users = [
        "kernel/lockdep",
        "include/linux/lockdep",
        "drivers/base/core",
    ];
    if !users.iter().any(|user| cx.file.starts_with(user)) {
        cx.sees(
            re!(r"\blockdep_set_novalidate_class\b|__lockdep_no_validate__"),
            cx.line,
            0,
        );
        cx.error("locks are to be validated");
    }
}
