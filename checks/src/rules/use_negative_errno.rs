// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds error numbers that are returned as they are.
//! # Why
//! Functions of the kernel return them negative.
//! # Example
//! ```text
//! return EINVAL;
//! ```
//! # Instead
//! ```text
//! return -EINVAL;
//! ```
//! # Source
//! The type USE_NEGATIVE_ERRNO of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "use_negative_errno.rs" USE_NEGATIVE_ERRNO, [Warning], Likely,
    { Added: check },
    fires: [Case::C("\treturn ENOMEM;")],
    silent: [Case::C("\treturn -ENOMEM;\n\treturn EPOLLIN;")],
}

fn check(cx: &mut Cx<'_>) {
    let line = cx.plain;
    let found =
        re!(r"\breturn(?:\s*\(+\s*|\s+)(E[A-Z]+)(?:\s*\)+\s*|\s*)[;:,]").caps(&cx.lang, line);
    if let Some(caps) = found {
        let name = caps.s(1);
        if name != b"EOF" && name != b"ERROR" && !name.starts_with(b"EPOLL") {
            let name = crate::text::show(name);
            cx.on(&caps, 1)
                .warn(format!("an error is returned negative: -{name}"));
        }
    }
}
