// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds integer types of C99 outside of include/uapi and tools.
//! # Why
//! The kernel's own are shorter and used nearly everywhere.
//! # Example
//! ```text
//! uint8_t a;
//! ```
//! # Instead
//! ```text
//! u8 a;
//! ```
//! # Source
//! The type PREFER_KERNEL_TYPES of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "prefer_kernel_types.rs" PREFER_KERNEL_TYPES, [Check], Sure,
    { Late: check },
    fires: [Case::C("\tuint8_t a;")],
    silent: [
        Case::C("\tu8 a;"),
        Case::In("include/uapi/linux/a.h", "\tuint8_t a;"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    // The second pattern needs what the first looks for, and costs more.
    if !re!(r"$C99Typedefs").is(&cx.lang, cx.line)
        || cx.in_file(re!(r"\binclude/uapi/"))
        || cx.in_file(re!(r"\btools/"))
    {
        return;
    }
    let Some(declared) = re!(r"\b($Declare)\s*$Ident\s*[=;,\[]").caps(&cx.lang, cx.line) else {
        return;
    };
    if let Some(caps) = re!(r"\b($C99Typedefs)\b").caps(&cx.lang, declared.s(1)) {
        let old = text::show(caps.s(1));
        let signed = re!(r"^_*[si]").is(&cx.lang, caps.s(1));
        let bits: String = old.chars().filter(char::is_ascii_digit).collect();
        let new = if signed { 's' } else { 'u' };
        let at = declared.start(1);
        cx.at(at + caps.start(1)..at + caps.end(1))
            .check(format!("the kernel's name of {old} is {new}{bits}"));
    }
}
