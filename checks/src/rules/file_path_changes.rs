// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Notices, once, that files come, go or move.
//! # Why
//! MAINTAINERS may have to learn of it.
//! # Example
//! ```text
//! new file mode 100644
//! ```
//! # Instead
//! ```text
//! A line for the file in MAINTAINERS.
//! ```
//! # Source
//! The type FILE_PATH_CHANGES of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "file_path_changes.rs" FILE_PATH_CHANGES, [Warning], Likely,
    { Log: check },
    fires: [Case::Patch("diff --git a/a.c b/a.c\nnew file mode 100644\n--- /dev/null\n+++ b/a.c\n@@ -0,0 +1 @@\n+x\n")],
    silent: [Case::C("x;")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.head.maintainers || cx.head.in_log {
        return;
    }
    let lang = &cx.lang;
    if re!(r"^(?:new|deleted) file mode\s*\d+\s*$").is(lang, cx.line)
        || re!(r"^rename (?:from|to) [\w\/\.\-]+\s*$").is(lang, cx.line)
        || re!(r"\{\s*([\w\/\.\-]*)\s*\=\>\s*([\w\/\.\-]*)\s*\}").is(lang, cx.line)
    {
        cx.head.is_patch = true;
        cx.head.maintainers = true;
        cx.warn("files come, go or move: does MAINTAINERS need a change?");
    }
}
