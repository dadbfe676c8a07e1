// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds absolute paths of kernel files in the message.
//! # Why
//! Nobody else has the tree in that place.
//! # Example
//! ```text
//! /home/jane/linux/mm/gup.c:12
//! ```
//! # Instead
//! ```text
//! mm/gup.c:12
//! ```
//! # Source
//! The type USE_RELATIVE_PATH of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "use_relative_path.rs" USE_RELATIVE_PATH, [Warning], Likely,
    { Text: check },
    fires: [Case::Message("See /home/jane/linux/mm/gup.c:12 for it.\n")],
    silent: [Case::Message("See mm/gup.c:12 for it.\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.head.in_log || !cx.world.has_tree() {
        return;
    }
    for caps in re!(r"(?:^|\s)(/\S*)").all(&cx.lang, cx.line) {
        let path = caps.s(1);
        cx.on(&caps, 1);
        let numbered = re!(r"^(.*?)(?::\d+)+:?$").caps(&cx.lang, path);
        if !numbered.is_some_and(|caps| report(cx, caps.s(1))) {
            cx.on(&caps, 1);
            report(cx, path);
        }
    }
}

/// Reports a path if a part of it is a file of the tree.
fn report(cx: &mut Cx<'_>, path: &[u8]) -> bool {
    let path = text::show(path);
    let mut rest = path.as_str();
    while let Some((_, inner)) = rest.split_once('/') {
        rest = inner;
        if cx.world.is_file(rest) {
            if path.strip_suffix(rest) == Some(".../") {
                return false;
            }
            cx.warn("an absolute path where one of the tree would do");
            return true;
        }
    }
    false
}
