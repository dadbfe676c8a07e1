// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds missing blank lines after declarations, functions and structures, and
//! several in a row.
//! # Why
//! One blank line separates, more only take room.
//! # Example
//! ```text
//! int a;
//! a = 1;
//! ```
//! # Instead
//! ```text
//! int a;
//!
//! a = 1;
//! ```
//! # Source
//! Documentation/process/coding-style.rst.

use crate::context::Cx;
use crate::re::{Text, re};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "line_spacing.rs" LINE_SPACING, [Warning, Check], Likely,
    { Code: check },
    fires: [Case::C("\tint a;\n\ta = 1;"), Case::C("}\nint f(void)"), Case::C("\n\n")],
    silent: [Case::C("\tint a;\n\n\ta = 1;\n}\n\nint f(void)")],
}

fn check(cx: &mut Cx<'_>) {
    if after_block(cx) {
        cx.on_start();
        cx.check("a blank line after a function or a structure");
    }
    if matches!(cx.line.bytes, [b'+', rest @ ..] if text::is_blank(rest))
        && matches!(cx.previous.bytes, [b'+' | b' ', rest @ ..] if text::is_blank(rest))
        && cx.keep.last_blank != cx.n - 1
    {
        cx.on_end();
        cx.check("one blank line is enough");
        cx.keep.last_blank = cx.n;
    }
    if after_declaration(cx) {
        cx.on_start();
        cx.warn("a blank line after the declarations");
    }
}

fn after_block(cx: &Cx<'_>) -> bool {
    let lang = &cx.lang;
    let line = cx.line;
    re!(r"^[\+ ]};?\s*$").is(lang, cx.previous)
        && cx.is_added()
        && !(re!(r"^\+\s*$").is(lang, line)
            || re!(r"^\+\s*(?:EXPORT_SYMBOL|early_param|ALLOW_ERROR_INJECTION)").is(lang, line)
            || re!(r"^\+\s*MODULE_", "i").is(lang, line)
            || re!(r"^\+\s*\#\s*(?:end|elif|else)").is(lang, line)
            || re!(r"^\+[a-z_]*init").is(lang, line)
            || re!(r"^\+\s*(?:static\s+)?[A-Z_]*ATTR").is(lang, line)
            || re!(r"^\+\s*DECLARE").is(lang, line)
            || re!(r"^\+\s*NOKPROBE_SYMBOL").is(lang, line)
            || re!(r"^\+\s*builtin_[\w_]*driver").is(lang, line)
            || re!(r"^\+\s*__setup").is(lang, line))
}

fn after_declaration(cx: &Cx<'_>) -> bool {
    let lang = &cx.lang;
    let Some(caps) = re!(r"\+(\s+)\S").caps(lang, cx.previous) else {
        return false;
    };
    let indent = caps.s(1);
    let rest = cx.plain.bytes.strip_prefix(b"+");
    let rest = rest.and_then(|rest| rest.strip_prefix(indent));
    if !rest.is_some_and(|rest| {
        rest.first()
            .is_some_and(|byte| !matches!(byte, b' ' | 9..=13))
    }) {
        return false;
    }
    let mut room = Vec::new();
    let before = bare(cx, cx.previous, &mut room);
    if !declares(cx, before)
        || re!(r"^\+\s+(?:$Keywords)\b").is(lang, before)
        || re!(r"(?:$Compare|$Assignment|$Operators)\s*$").is(lang, before)
        || re!(r"(?:\{\s*|\\)$").is(lang, before)
    {
        return false;
    }
    let mut room = Vec::new();
    let now = bare(cx, cx.plain, &mut room);
    !(declares(cx, now)
        || re!(r"^\+\s+(?:static\s+)?(?:const\s+)?(?:union|struct|enum|typedef)\b").is(lang, now)
        || re!(r#"^\+\s+(?:$|[\{\}\.\#\"\?\:\(\[])"#).is(lang, now)
        || re!(r"^\+\s+$Ident\s*:\s*\d+\s*[,;]").is(lang, now)
        || re!(r"^\+\s+\(?\s*(?:$Compare|$Assignment|$Operators)").is(lang, now))
}

/// A line without attributes; most have none.
fn bare<'t>(cx: &Cx<'_>, line: Text<'t>, room: &'t mut Vec<u8>) -> Text<'t> {
    let attributes = re!(r"\b(?:$Attribute|$Sparse)\b");
    if !attributes.is(&cx.lang, line) {
        return line;
    }
    *room = attributes.sub_all(&cx.lang, line.bytes, b"");
    room.as_slice().into()
}

fn declares(cx: &Cx<'_>, line: Text<'_>) -> bool {
    let lang = &cx.lang;
    let pointer = re!(
        r"^\+\s+$Declare\s*\(\s*\*\s*$Ident(?:\s*\[\s*(?:$Ident|$Constant)?\s*\])?\s*\)\s*[=,;:\[\(]"
    );
    re!(r"^\+\s+$Declare\s*$Ident\s*[=,;:\[]").is(lang, line)
        || pointer.is(lang, line)
        || re!(r"^\+\s+$Ident(?:\s+|\s*\*\s*)$Ident\s*[=,;\[]").is(lang, line)
        || re!(r"^\+\s+(?:$DeclarationMacros)").is(lang, line)
}
