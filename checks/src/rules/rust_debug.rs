// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds dbg! and println! in Rust code.
//! # Why
//! The one is for the author's own eyes, the other does not exist in the kernel.
//! # Example
//! ```text
//! dbg!(count);
//! ```
//! # Instead
//! ```text
//! pr_debug!("count: {count}\n");
//! ```
//! # Source
//! The kernel's .clippy.toml, which does not want dbg!.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_debug.rs" RUST_DEBUG, [Warning], Sure,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "    let a = dbg!(b);"), Case::In("drivers/misc/a.rs", "    println!(\"{a}\");")],
    silent: [Case::In("drivers/misc/a.rs", "    // dbg!(b)\n    pr_debug!(\"a\\n\");")],
}

fn check(cx: &mut Cx<'_>) {
    let kernel = !cx.file.starts_with("rust/");
    if kernel
        && rust_code(cx)
            .is_some_and(|code| re!(r"(?:^|[^\w:])(?:dbg|e?println?)!\(").is(&cx.lang, code))
    {
        cx.sees(re!(r"[^\w:]((?:dbg|e?println?)!)\("), cx.raw, 1);
        cx.warn("this is left over from looking for something");
    }
}
