// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds Result<()> in Rust code.
//! # Why
//! The kernel's Result has () for what is not said.
//! # Example
//! ```text
//! fn init() -> Result<()>
//! ```
//! # Instead
//! ```text
//! fn init() -> Result
//! ```
//! # Source
//! rust/kernel/error.rs, the type Result.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_result_unit.rs" RUST_RESULT_UNIT, [Check], Sure,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "fn f() -> Result<()> {")],
    silent: [Case::In("drivers/misc/a.rs", "fn f() -> Result {\nfn g() -> Result<(), E> {\nfn h() -> io::Result<()> {")],
}

fn check(cx: &mut Cx<'_>) {
    if rust_code(cx).is_some_and(|code| re!(r"(?:^|[^:\w])Result<\(\)>").is(&cx.lang, code)) {
        cx.sees(re!(r"[^:\w](Result<\(\)>)"), cx.raw, 1);
        cx.check("Result says the same as Result<()>");
    }
}
