// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds __attribute__ for what the kernel has a macro for, outside of
//! include/uapi.
//! # Why
//! The macros are shorter and know which compilers have the attribute.
//! # Example
//! ```text
//! __attribute__((packed))
//! ```
//! # Instead
//! ```text
//! __packed
//! ```
//! # Source
//! The type PREFER_DEFINED_ATTRIBUTE_MACRO of the kernel's
//! scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "prefer_defined_attribute_macro.rs" PREFER_DEFINED_ATTRIBUTE_MACRO, [Warning], Sure,
    { Late: check },
    fires: [
        Case::C("} __attribute__((packed));"),
        Case::C("int a __attribute__((__unused__));"),
    ],
    silent: [
        Case::C("} __packed;\nint a __attribute__((other));"),
        Case::In("include/uapi/linux/a.h", "} __attribute__((packed));"),
    ],
}

/// Attributes and their macros; the arguments of a format go on after it.
const MACROS: [(&[u8], &str); 23] = [
    (b"alias", "__alias"),
    (b"aligned", "__aligned"),
    (b"always_inline", "__always_inline"),
    (b"assume_aligned", "__assume_aligned"),
    (b"cold", "__cold"),
    (b"const", "__attribute_const__"),
    (b"copy", "__copy"),
    (b"designated_init", "__designated_init"),
    (b"externally_visible", "__visible"),
    (b"format", "__printf or __scanf"),
    (b"gnu_inline", "__gnu_inline"),
    (b"malloc", "__malloc"),
    (b"mode", "__mode"),
    (b"no_caller_saved_registers", "__no_caller_saved_registers"),
    (b"noclone", "__noclone"),
    (b"noinline", "noinline"),
    (b"nonstring", "__nonstring"),
    (b"noreturn", "__noreturn"),
    (b"packed", "__packed"),
    (b"pure", "__pure"),
    (b"section", "__section"),
    (b"used", "__used"),
    (b"weak", "__weak"),
];

fn check(cx: &mut Cx<'_>) {
    let whole = re!(r"\b__attribute__\s*\(\s*($BalancedParens)\s*\)");
    let Some(caps) = whole.caps(&cx.lang, cx.raw) else {
        return;
    };
    if cx.in_file(re!(r"\binclude/uapi/")) {
        return;
    }
    let mut inner = caps.s(1).to_vec();
    re!(r"\s*\(\s*(.*)\)\s*").sub_by(&cx.lang, &mut inner, |caps, out| {
        out.extend_from_slice(caps.s(1));
    });
    for caps in re!(r"\s*(\w+)\s*($BalancedParens)?").all(&cx.lang, &inner) {
        let name = trim_underscores(caps.s(1));
        if let Some((_, new)) = MACROS.iter().find(|(known, _)| *known == name) {
            cx.sees(re!(r"\b__attribute__\b"), cx.raw, 0);
            cx.warn(format!("the kernel's name of this attribute is {new}"));
        }
    }
    if re!(r"^_*unused").is(&cx.lang, &inner) {
        cx.sees(re!(r"\b__attribute__\b"), cx.raw, 0);
        cx.warn("the kernel's name of this attribute is __maybe_unused or __always_unused");
    }
}

fn trim_underscores(mut name: &[u8]) -> &[u8] {
    while let Some(rest) = name.strip_prefix(b"_") {
        name = rest;
    }
    while let Some(rest) = name.strip_suffix(b"_") {
        name = rest;
    }
    name
}
