// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds messages of Rust code that do not end their line.
//! # Why
//! The next message is then not on a line of its own.
//! # Example
//! ```text
//! pr_info!("loaded");
//! ```
//! # Instead
//! ```text
//! pr_info!("loaded\n");
//! ```
//! # Source
//! Documentation/core-api/printk-basics.rst.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_print_newline.rs" RUST_PRINT_NEWLINE, [Warning], Sure,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "    pr_info!(\"loaded\");"), Case::In("drivers/misc/a.rs", "    dev_err!(dev, \"no irq {}\", a);")],
    silent: [Case::In("drivers/misc/a.rs", "    pr_info!(\"loaded\\n\");\n    pr_cont!(\"more\");\n    dev_err!(dev, \"no irq {}\\n\", a);")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(code) = rust_code(cx) else { return };
    let message = re!(
        r#"\b(?:pr|dev)_(?:emerg|alert|crit|err|warn|notice|info|debug|dbg)!\([^"]*"((?:[^"\\]|\\.)*)""#
    );
    if let Some(caps) = message.caps(&cx.lang, code)
        && !caps.s(1).ends_with(b"\\n")
    {
        // The quote that ends it, with the marker of the line.
        cx.at(caps.end(0)..caps.end(0) + 1);
        cx.warn("the message does not end in \\n");
    }
}
