// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds pointers that are freed at the end of their scope, but not
//! initialised.
//! # Why
//! A return before the first assignment frees whatever the stack had there.
//! # Example
//! ```text
//! struct foo *p __free(kfree);
//! ```
//! # Instead
//! ```text
//! struct foo *p __free(kfree) = NULL;
//! ```
//! # Source
//! include/linux/cleanup.h.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "uninitialized_ptr_with_free.rs" UNINITIALIZED_PTR_WITH_FREE, [Error], Sure,
    { Late: check },
    fires: [Case::C("\tstruct foo *p __free(kfree);")],
    silent: [Case::C("\tstruct foo *p __free(kfree) = NULL;")],
}

fn check(cx: &mut Cx<'_>) {
    for caps in re!(r"\*\s*($Ident)\s+__free\s*\(\s*$Ident\s*\)\s*[,;]").all(&cx.lang, cx.line) {
        let name = text::show(caps.s(1));
        cx.on(&caps, 1)
            .error(format!("the pointer {name} is freed, but not initialised"));
    }
}
