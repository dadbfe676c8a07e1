// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the symbols of permissions, such as S_IRUGO.
//! # Why
//! Most people read 0444 faster.
//! # Example
//! ```text
//! S_IRUGO | S_IWUSR
//! ```
//! # Instead
//! ```text
//! 0644
//! ```
//! # Source
//! The type SYMBOLIC_PERMS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::permissions;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "symbolic_perms.rs" SYMBOLIC_PERMS, [Warning], Sure,
    { Late: check },
    fires: [Case::C("\ta = S_IRUGO | S_IWUSR;")],
    silent: [Case::C("\ta = 0644;")],
}

fn check(cx: &mut Cx<'_>) {
    for caps in re!(r"\b($PermNames)\b").all(&cx.lang, cx.line) {
        let octal = permissions::octal(&cx.lang, caps.s(1));
        let name = text::show(caps.s(1));
        cx.on(&caps, 1)
            .warn(format!("{octal:04o} instead of {name}"));
    }
}
