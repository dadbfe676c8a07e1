// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds the types of C taken from core::ffi in Rust.
//! # Why
//! They are not the kernel's: its char has no sign, and its size types are those
//! of pointers.
//! # Example
//! ```text
//! use core::ffi::c_char;
//! ```
//! # Instead
//! ```text
//! use kernel::prelude::*;
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst, "C FFI types".

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_core_ffi.rs" RUST_CORE_FFI, [Warning], Sure,
    { Source: check },
    fires: [
        Case::In("drivers/misc/a.rs", "use core::ffi::c_char;"),
        Case::In("drivers/misc/a.rs", "fn f(a: *const core::ffi::c_void) {"),
        Case::In("drivers/misc/a.rs", "use core::ffi::{c_int, CStr};"),
    ],
    silent: [
        Case::In("drivers/misc/a.rs", "use core::ffi::CStr;\nuse kernel::ffi::c_char;"),
        Case::In("rust/ffi.rs", "pub use core::ffi::c_void;"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let named = re!(r"\bcore::ffi::(?:\{[^\}]*\b)?c_[a-z]+\b");
    if cx.file != "rust/ffi.rs" && rust_code(cx).is_some_and(|code| named.is(&cx.lang, code)) {
        cx.sees(named, cx.raw, 0);
        cx.warn("the kernel has its own types of C, in its prelude");
    }
}
