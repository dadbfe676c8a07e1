// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds static functions of headers that are not inline, unless they are many:
//! then the header is a part of a C file.
//! # Why
//! Each file that includes the header has a copy, and a warning if it does not
//! call it.
//! # Example
//! ```text
//! static int misc_add(int a)
//! ```
//! # Instead
//! ```text
//! static inline int misc_add(int a)
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Conditional Compilation", which has
//! inline functions in headers.

use super::shared::{is_userspace, static_definition};
use crate::context::Cx;
use crate::diagnostic::Level;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "function_in_header.rs" FUNCTION_IN_HEADER, [Warning, Check], Likely,
    { Late: check },
    fires: [
        Case::In("include/linux/a.h", "static int f(int a)\n{\n\treturn a;\n}"),
        Case::In("include/linux/a.h", "static struct a *\nf(int a)\n{\n\treturn a;\n}"),
    ],
    silent: [
        Case::In("include/linux/a.h", "static inline int f(int a)\n{\n\treturn a;\n}"),
        Case::In("include/linux/a.h", "static __no_kasan_or_inline int f(int a)\n{\n\treturn a;\n}"),
        Case::In("include/linux/a.h", "static int __maybe_unused f(int a)\n{\n\treturn a;\n}"),
        Case::In("include/linux/a.h", "static int f(int a);\nstatic const struct a b = {\n};\nstatic struct {\n} c;"),
        Case::In("include/linux/a.h", "#define F(a) \\\nstatic int f_##a(int b) \\\n{ \\\n\treturn b; \\\n}"),
        Case::C("static int f(int a)\n{\n\treturn a;\n}"),
        Case::In("kernel/rcu/a.h", "static int f(int a)\n{\n}\nstatic int g(int a)\n{\n}\nstatic int h(int a)\n{\n}"),
    ],
}

/// More such functions than this are no slip: the header is a part of a C file.
const SLIPS: usize = 2;

fn check(cx: &mut Cx<'_>) {
    if !cx.file.ends_with(".h") || is_userspace(cx) {
        return;
    }
    let Some(found) = static_definition(cx) else {
        return;
    };
    let may_be = re!(
        r"inline|\b__(?:maybe_unused|always_unused|used|unused)\b",
        "i"
    );
    if !may_be.is(&cx.lang, &found.head) && !is_source(cx) {
        cx.sees(re!(r"\bstatic\b"), cx.line, 0);
        cx.in_patch(Level::Warning, "a static function of a header is inline");
    }
}

/// Whether the header is included for its functions: a template, tests, what a
/// program wrote, or a part of a C file that became too long.
fn is_source(cx: &mut Cx<'_>) -> bool {
    let name = re!(r"kunit|test|tmpl|template|_gen\.h$|\.lskel|\.skel\.h$");
    if cx.in_file(name) {
        return true;
    }
    if let Some((file, known)) = &cx.keep.source_part
        && *file == cx.file
    {
        return *known;
    }
    let whole = match cx.is_file() {
        true => None,
        false => cx.world.read(&cx.file),
    };
    let shown = (1..=cx.lines.len()).filter_map(|number| cx.lines.raw(number));
    let count = match &whole {
        Some(text) => text
            .split(|byte| *byte == b'\n')
            .filter(|line| is_head(line))
            .count(),
        None => shown
            .filter(|line| is_head(line.bytes.get(1..).unwrap_or_default()))
            .count(),
    };
    let known = count > SLIPS;
    cx.keep.source_part = Some((cx.file.clone(), known));
    known
}

/// Whether a line looks like the head of a static function that is not inline.
fn is_head(line: &[u8]) -> bool {
    line.starts_with(b"static ")
        && line.contains(&b'(')
        && !line.ends_with(b";")
        && !line.ends_with(b"\\")
        && !text::contains(line, b"inline")
        && !text::contains(line, b"=")
}
