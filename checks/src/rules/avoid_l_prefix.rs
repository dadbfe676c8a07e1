// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds assembler symbols with annotations whose name starts with .L.
//! # Why
//! Such names do not get into the symbol table, so unwinding does not know the
//! code.
//! # Example
//! ```text
//! SYM_CODE_START_LOCAL(.Lfoo)
//! ```
//! # Instead
//! ```text
//! SYM_CODE_START_LOCAL(foo)
//! ```
//! # Source
//! Documentation/core-api/asm-annotations.rst.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "avoid_l_prefix.rs" AVOID_L_PREFIX, [Warning], Sure,
    { Source: check },
    fires: [Case::In("arch/x86/a.S", "SYM_CODE_START_LOCAL(.Lfoo)")],
    silent: [Case::In("arch/x86/a.S", "SYM_CODE_START_LOCAL(foo)")],
}

fn check(cx: &mut Cx<'_>) {
    let start = re!(r"^\+\s*(?:[A-Z]+_)?SYM_[A-Z]+_(?:START|END)(?:_[A-Z_]+)?\s*\(\s*\.L");
    if cx.file.ends_with(".S") && cx.sees(start, cx.line, 0) {
        cx.warn("a symbol that starts with .L is not in the symbol table");
    }
}
