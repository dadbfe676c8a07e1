// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a test for NULL before a function that does nothing for NULL.
//! # Why
//! The function tests it itself.
//! # Example
//! ```text
//! if (a)
//!     kfree(a);
//! ```
//! # Instead
//! ```text
//! kfree(a);
//! ```
//! # Source
//! The type NEEDLESS_IF of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "needless_if.rs" NEEDLESS_IF, [Warning], Likely,
    { Late: check },
    fires: [Case::C("\tif (a->b)\n\t\tkfree(a->b);")],
    silent: [Case::C("\tif (a)\n\t\tkfree(b);")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(test) = re!(r"\bif\s*\(\s*($Lval)\s*\)").caps(&cx.lang, cx.previous) else {
        return;
    };
    let call = re!(
        r"\b(kfree|usb_free_urb|debugfs_remove(?:_recursive)?|(?:kmem_cache|mempool|dma_pool)_destroy)\s*\(\s*$Arg0\s*\)\s*;"
    );
    if let Some(caps) = call.caps_with(&cx.lang, cx.line, 0, &[test.s(1)]) {
        let function = text::show(caps.s(1));
        cx.on(&caps, 0)
            .warn(format!("{function}(NULL) does nothing, no test is needed"));
    }
}
