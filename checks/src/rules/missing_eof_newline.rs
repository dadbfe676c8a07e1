// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds files whose last line does not end.
//! # Why
//! The next patch that adds a line has to change this one.
//! # Example
//! ```text
//! \ No newline at end of file
//! ```
//! # Instead
//! ```text
//! A newline.
//! ```
//! # Source
//! The type MISSING_EOF_NEWLINE of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::rule::{Case, rule};

rule! {
    "missing_eof_newline.rs" MISSING_EOF_NEWLINE, [Warning], Sure,
    { Source: check },
    fires: [Case::File("a.c", "// SPDX-License-Identifier: GPL-2.0\nint a;")],
    silent: [Case::File("a.c", "// SPDX-License-Identifier: GPL-2.0\nint a;\n")],
}

fn check(cx: &mut Cx<'_>) {
    let next = cx.lines.clean(cx.n + 1);
    if cx.is_added()
        && next.is_some_and(|line| line.bytes.starts_with(b"\\ No newline at end of file"))
    {
        cx.on_end();
        cx.warn("no newline at the end of the file");
    }
}
