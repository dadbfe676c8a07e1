// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds stars of pointers that stand at the type, not at the name.
//! # Why
//! The star belongs to the one name after it: in "int* a, b" only a is a
//! pointer.
//! # Example
//! ```text
//! int* a;
//! b = (int*)c;
//! ```
//! # Instead
//! ```text
//! int *a;
//! b = (int *)c;
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Spaces".

use crate::context::Cx;
use crate::lang::Lang;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "pointer_location.rs" POINTER_LOCATION, [Error], Sure,
    { Added: check },
    fires: [Case::C("int* a;"), Case::C("int * a;"), Case::C("\tb = (int*)c;")],
    silent: [Case::C("int *a;\nint * const b;\nchar **c;")],
}

fn check(cx: &mut Cx<'_>) {
    // Types are slow to look for, and most pointers are as they should be.
    if !is_odd(cx.line.bytes)
        || !(cx.line.bytes.contains(&b'*') || re!(r"\b$Modifier\b").is(&cx.lang, cx.line))
    {
        return;
    }
    let cast = re!(r"(\($NonptrType(\s*(?:$Modifier\b\s*|\*\s*)+)\))");
    for caps in cast.all(&cx.lang, cx.line) {
        let from = caps.s(2);
        let to = tidy(&cx.lang, from);
        if from != to {
            let (from, to) = (text::show(from), text::show(&to));
            cx.on(&caps, 1)
                .error(format!("\"(foo{from})\" should be \"(foo{to})\""));
        }
    }
    let declared = re!(r"(\b$NonptrType(\s*(?:$Modifier\b\s*|\*\s*)+)($Ident))");
    for caps in declared.all(&cx.lang, cx.line) {
        let from = caps.s(2);
        let mut to = tidy(&cx.lang, from);
        if re!(r"\b$Modifier$").is(&cx.lang, &to) {
            to.push(b' ');
        }
        if from != to && !re!("^$Modifier$").is(&cx.lang, caps.s(3)) {
            let (from, to) = (text::show(from), text::show(&to));
            cx.on(&caps, 1)
                .error(format!("\"foo{from}bar\" should be \"foo{to}bar\""));
        }
    }
}

/// Whether a star is next to what it should be apart from, or the other way
/// round, or a modifier is followed by more or less than a blank.
fn is_odd(line: &[u8]) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b')';
    line.windows(2).any(|pair| match *pair {
        [b'*', next] => next.is_ascii_whitespace() || next == 11,
        [before, b'*' | b'\t' | 10..=13] => word(before),
        [b')', next] => word(next),
        [b' ' | 9..=13, b')'] => true,
        _ => false,
    }) || line
        .windows(3)
        .any(|three| matches!(*three, [before, b' ', b' ' | 9..=13] if word(before)))
}

/// A blank before the first star, none between them and after the last.
fn tidy(lang: &Lang, from: &[u8]) -> Vec<u8> {
    let mut to = from.to_vec();
    if text::trim_start(&to).len() == to.len() {
        to.insert(0, b' ');
    }
    to.truncate(text::trim_end(&to).len());
    while re!(r"\*\s+\*").sub(lang, &mut to, b"**") {}
    to
}
