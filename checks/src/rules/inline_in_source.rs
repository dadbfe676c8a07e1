// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds static inline functions in C files. Functions that do nothing, as they
//! stand in for others, may be inline.
//! # Why
//! The compiler inlines static functions where that pays, and no longer warns of
//! those that nobody calls.
//! # Example
//! ```text
//! static inline int misc_add(int a)
//! ```
//! # Instead
//! ```text
//! static int misc_add(int a)
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "The inline disease".

use super::shared::{is_userspace, static_definition};
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "inline_in_source.rs" INLINE_IN_SOURCE, [Check], Likely,
    { Late: check },
    fires: [
        Case::C("static inline int f(int a)\n{\n\treturn a;\n}"),
        Case::C("static inline struct a *\nf(int a,\n  int b)\n{\n\treturn a;\n}"),
    ],
    silent: [
        Case::C("static int f(int a)\n{\n\treturn a;\n}"),
        Case::C("static inline int f(int a);"),
        Case::C("static inline void f(int a) { }\nstatic inline void g(int a)\n{\n}"),
        Case::C("static inline int f(int a)\n{\n\treturn 0;\n}"),
        Case::C("static __always_inline int f(int a)\n{\n\treturn a;\n}"),
        Case::C("#define F(a) \\\nstatic inline int f_##a(int b) \\\n{ \\\n\treturn b; \\\n}"),
        Case::In("include/linux/a.h", "static inline int f(int a)\n{\n\treturn a;\n}"),
    ],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.file.ends_with(".c") || is_userspace(cx) {
        return;
    }
    let Some(found) = static_definition(cx) else {
        return;
    };
    let is_inline = re!(r"^static\s+(?:[\w\s\*]*\s)?inline\s").is(&cx.lang, &found.head);
    let does_nothing = re!(r"^\s*(?:return\b[^;\(]*;)?\s*}").is(&cx.lang, &found.body);
    // What is returned is one of its arguments, or a constant.
    let stands_in = does_nothing && !re!(r"return\s+[a-z]").is(&cx.lang, &found.body);
    if is_inline && !stands_in {
        cx.sees(re!(r"\binline\b"), cx.line, 0);
        cx.check("the compiler knows better whether to inline this");
    }
}
