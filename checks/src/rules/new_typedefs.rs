// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds new names for types, but those of functions.
//! # Why
//! A struct that is called one says what it is, and what it costs to copy.
//! # Example
//! ```text
//! typedef struct foo foo_t;
//! ```
//! # Instead
//! ```text
//! struct foo;
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Typedefs".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "new_typedefs.rs" NEW_TYPEDEFS, [Warning], Likely,
    { Added: check },
    fires: [Case::C("typedef int myint;")],
    silent: [Case::C("typedef int (*fn)(int);\ntypedef int (fn)(int);\ntypedef u32 __bitwise x;")],
}

fn check(cx: &mut Cx<'_>) {
    let lang = &cx.lang;
    let line = cx.line;
    if re!(r"\btypedef\s").is(lang, line)
        && !re!(r"\btypedef\s+$Type\s*\(\s*\*?$Ident\s*\)\s*\(").is(lang, line)
        && !re!(r"\btypedef\s+$Type\s+$Ident\s*\(").is(lang, line)
        && !re!(r"\b$Typedefs\b").is(lang, line)
        && !re!(r"\b__bitwise\b").is(lang, line)
    {
        cx.sees(re!(r"\btypedef\b"), line, 0);
        cx.warn("no new names for types");
    }
}
