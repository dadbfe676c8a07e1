// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds Rust code that panics: unwrap, expect, panic!, todo!, unimplemented!.
//! Tests may, and so may what a PANIC comment explains.
//! # Why
//! A panic of the kernel ends the machine.
//! # Example
//! ```text
//! let page = pages.get(0).unwrap();
//! ```
//! # Instead
//! ```text
//! let page = pages.get(0).ok_or(EINVAL)?;
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};

rule! {
    "rust_panic.rs" RUST_PANIC, [Warning], Likely,
    { Source: check },
    fires: [Case::In("drivers/misc/a.rs", "    let a = b.unwrap();"), Case::In("drivers/misc/a.rs", "    panic!();")],
    silent: [
        Case::In("drivers/misc/a.rs", "    let a = b?;\n    // Never unwrap() here.\n    let c = d.unwrap_or(1);"),
        Case::In("drivers/misc/a.rs", "    // PANIC: `b` was set above.\n    let a = b.unwrap();"),
        Case::In("drivers/misc/a.rs", "#[kunit_tests(a)]\nmod tests {\n    let a = b.unwrap();"),
        Case::In("drivers/misc/a.rs", "const A: usize = B.unwrap();"),
        Case::In("drivers/misc/a.rs", "const fn f() -> u8 {\n    panic!()\n}"),
        Case::In("rust/macros/a.rs", "    let a = b.unwrap();"),
    ],
}

/// How far above a line the head of its tests may be.
const FAR: usize = 500;

/// How far above a line its reason may be.
const NEAR: usize = 6;

/// No function or constant has more lines.
const LONG: usize = 60;

fn check(cx: &mut Cx<'_>) {
    // Macros run in the compiler, and tests are to fail.
    let is_host = [
        "rust/macros/",
        "rust/build_error.rs",
        "rust/compiler_builtins.rs",
        "rust/kernel/kunit.rs",
    ]
    .iter()
    .any(|path| cx.file.starts_with(path))
        || cx.file.contains("_test");
    let panics = re!(r"\.(?:unwrap|expect)\(|\b(?:panic|todo|unimplemented)!");
    let constant = re!(r"\bconst\s|::<\{");
    let Some(code) = rust_code(cx).filter(|code| !is_host && panics.is(&cx.lang, *code)) else {
        return;
    };
    let above = |far: usize, what: &crate::re::Re| {
        (cx.hunk_at.max(cx.n.saturating_sub(far))..cx.n)
            .filter_map(|number| cx.lines.raw(number))
            .any(|line| what.is(&cx.lang, line))
    };
    if !constant.is(&cx.lang, code)
        && !is_constant(cx)
        && !above(NEAR, re!(r"//\s*PANIC"))
        && !above(
            FAR,
            re!(r"#\[(?:\w+::)?(?:kunit_tests|test\b|cfg\(test|cfg\(CONFIG_KUNIT)"),
        )
    {
        cx.sees(panics, cx.raw, 0);
        cx.warn("return an error instead of a panic");
    }
}

/// Whether the line is part of a constant, or of a function that may be: what
/// panics there is most often the compiler.
fn is_constant(cx: &Cx<'_>) -> bool {
    let item = re!(r"\bfn\s+\w|\bconst\s+(?:_|[A-Z_0-9]+)\s*:|\bconst\s*\{");
    (cx.hunk_at.max(cx.n.saturating_sub(LONG))..cx.n)
        .rev()
        .filter_map(|number| cx.lines.raw(number))
        .find(|line| item.is(&cx.lang, *line))
        .is_some_and(|line| re!(r"\bconst\b").is(&cx.lang, line))
}
