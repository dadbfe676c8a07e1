// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds files that are made executable without being scripts.
//! # Why
//! Sources are read, not run.
//! # Example
//! ```text
//! new file mode 100755
//! ```
//! # Instead
//! ```text
//! new file mode 100644
//! ```
//! # Source
//! The type EXECUTE_PERMISSIONS of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "execute_permissions.rs" EXECUTE_PERMISSIONS, [Error], Sure,
    { Line: check },
    fires: [Case::Patch("diff --git a/a.c b/a.c\nnew file mode 100755\n--- /dev/null\n+++ b/a.c\n@@ -0,0 +1 @@\n+x\n")],
    silent: [Case::Patch("diff --git a/a.sh b/a.sh\nnew file mode 100755\n--- /dev/null\n+++ b/a.sh\n@@ -0,0 +1 @@\n+x\n")],
}

fn check(cx: &mut Cx<'_>) {
    if re!(r"^new (file )?mode.*[7531]\d{0,2}$").is(&cx.lang, cx.line)
        && !cx.in_file(re!("scripts/"))
        && !cx.in_file(re!(r"\.(py|pl|awk|sh)$"))
    {
        cx.sees(re!(r"\d+$"), cx.line, 0);
        cx.error("a source file must not be executable");
    }
}
