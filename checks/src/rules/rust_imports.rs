// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds several imports on one line of Rust, and lists of them that rustfmt
//! would join again.
//! # Why
//! One on each line, with an empty comment after the last, merges without
//! conflicts.
//! # Example
//! ```text
//! use kernel::{page, prelude::*};
//! ```
//! # Instead
//! ```text
//! use kernel::{
//!     page,
//!     prelude::*, //
//! };
//! ```
//! # Source
//! Documentation/rust/coding-guidelines.rst.

use super::shared::rust_code;
use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "rust_imports.rs" RUST_IMPORTS, [Check], Sure,
    { Source: check },
    fires: [
        Case::In("drivers/misc/a.rs", "use kernel::{error::Result, prelude::*};"),
        Case::In("drivers/misc/a.rs", "use kernel::{\n    error::Result,\n    page, pci,\n    prelude::*, //\n};"),
        Case::In("drivers/misc/a.rs", "use kernel::{\n    page,\n    sync::{Arc, Mutex},\n    prelude::*, //\n};"),
        Case::In("drivers/misc/a.rs", "use kernel::{\n    page,\n    prelude::*,\n};"),
    ],
    silent: [
        Case::In("drivers/misc/a.rs", "use kernel::{\n    error::Result,\n    sync::{\n        Arc,\n        Mutex, //\n    },\n    prelude::*, //\n};\n\nlet a = { b, c };"),
        Case::In("drivers/misc/a.rs", "let b = S {\n    a, b,\n    c,\n};"),
        // The comment may stand beside another one.
        Case::In("drivers/misc/a.rs", "use kernel::{\n    page, //\n    prelude::*,\n};"),
    ],
}

/// So many lines an import may have.
const FAR: usize = 60;

fn check(cx: &mut Cx<'_>) {
    let Some(code) = rust_code(cx) else { return };
    let lang = &cx.lang;
    if re!(r"^\s*(?:pub(?:\([\w\s:]+\))?\s+)?use\s.*\{.*,.*\};").is(lang, code) {
        cx.sees(re!(r"{.*}"), cx.raw, 0);
        cx.check("one import on each line");
        return;
    }
    let code = text::trim(code);
    let several = re!(r"^[\w:\*]+(?:::\{.*\})?,\s*[\w:\{]|^[\w:]*\{.*,.*\}").is(lang, code);
    let ends = re!(r"^\},?;?$").is(lang, code);
    if !(several || ends) {
        return;
    }
    let Some(start) = import(cx) else { return };
    if several {
        cx.on_line();
        cx.check("one import on each line");
    } else if !is_kept(cx, start) {
        cx.on_line();
        cx.check("an empty comment after the last import keeps rustfmt from joining them");
    }
}

/// The first line of the import that the line belongs to.
fn import(cx: &Cx<'_>) -> Option<usize> {
    let first = cx.hunk_at.max(cx.n.saturating_sub(FAR));
    for number in (first..cx.n).rev() {
        let line = cx.lines.raw(number)?;
        if re!(r"^.\s*(?:pub(?:\([\w\s:]+\))?\s+)?use\s[^;]*\{\s*$").is(&cx.lang, line) {
            return Some(number);
        }
        // Other code, or the end of something.
        if re!(r"[;=\(]|\bfn\b|^.\s*$").is(&cx.lang, line) {
            return None;
        }
    }
    None
}

/// Whether a line of the list that ends here has an empty comment.
fn is_kept(cx: &Cx<'_>, start: usize) -> bool {
    let mut depth = 0;
    for number in (start..cx.n).rev() {
        let Some(line) = cx.lines.raw(number) else {
            break;
        };
        let line = text::trim(line.bytes);
        let open = text::count(line, b'{');
        let close = text::count(line, b'}');
        if depth == 0 && line.ends_with(b"//") {
            return true;
        }
        if open > close && depth == 0 {
            break;
        }
        depth = (depth + close).saturating_sub(open);
    }
    false
}
