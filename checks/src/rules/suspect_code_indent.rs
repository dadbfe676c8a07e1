// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds bodies of conditions and loops whose indent is not one level more.
//! # Why
//! The indent then shows another structure than the compiler sees.
//! # Example
//! ```text
//! if (a)
//! b();
//! ```
//! # Instead
//! ```text
//! if (a)
//! 	b();
//! ```
//! # Source
//! The type SUSPECT_CODE_INDENT of the kernel's scripts/checkpatch.pl.

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "suspect_code_indent.rs" SUSPECT_CODE_INDENT, [Warning], Likely,
    { C: check },
    fires: [Case::C("\tif (a)\n\tb();")],
    silent: [Case::C("\tif (a)\n\t\tb();")],
}

fn check(cx: &mut Cx<'_>) {
    if !cx.conditional {
        return;
    }
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let mut body = Body::new(cx, found.body(), &found.condition);
    body.skip(cx);
    let indent = text::stats(&[b"+", &body.text[..]].concat()).1;
    let real = cx.lines.raw_after(cx.n, body.lines);
    let changed =
        found.text.first() == Some(&b'+') || real.is_some_and(|line| line.first() == Some(&b'+'));
    if real.is_none() || !changed || !body.judge || body.text.is_empty() {
        return;
    }
    let closes = re!(r"^\s*(?:\}|\{|else\b)").is(&cx.lang, &body.text);
    if !indent.is_multiple_of(text::TAB)
        || indent < cx.indent
        || (indent == cx.indent && !closes)
        || indent > cx.indent + text::TAB
    {
        let before = cx.indent;
        cx.sees(re!(r"^.\s*(}?\s*\w+)"), cx.line, 1);
        cx.warn(format!(
            "the condition is indented by {before}, its body by {indent}"
        ));
    }
}

/// What follows a condition, without diff markers, and how many lines were
/// skipped to get there.
struct Body {
    text: Vec<u8>,
    lines: usize,
    judge: bool,
}

impl Body {
    fn new(cx: &Cx<'_>, body: &[u8], condition: &[u8]) -> Self {
        let lang = &cx.lang;
        let mut text = text::without_comments(body);
        let mut lines = text::count(condition, b'\n');
        text = re!(r"\n.", "s").sub_all(lang, &text, b"\n");
        loop {
            let continued = re!(r"\n\s+\\\n").all(lang, &text).len();
            if continued == 0 {
                break;
            }
            lines += continued;
            text = re!(r"\n\s+\\\n").sub_all(lang, &text, b"\n");
        }
        re!(r"^.*\bdo\b").sub(lang, &mut text, b"");
        re!(r"^\s*{").sub(lang, &mut text, b"");
        let continues = re!(r"^\s*\\").sub(lang, &mut text, b"");
        let mut judge = false;
        if re!(r"^\s*?\n").sub(lang, &mut text, b"") {
            judge = true;
            lines += 1;
        }
        let in_macro =
            re!(r"^.\s*#\s*define\s").is(lang, cx.previous) || re!(r"\\\s*$").is(lang, cx.previous);
        if in_macro && !continues {
            judge = false;
        }
        Self { text, lines, judge }
    }

    /// Skips blank lines, directives and labels.
    fn skip(&mut self, cx: &Cx<'_>) {
        let lang = &cx.lang;
        let mut continues = false;
        loop {
            let before = self.lines;
            if re!(r"^\s*\#\s*(?:else|elif)").is(lang, &self.text) {
                self.judge = false;
            }
            if continues
                || re!(r"^\s*?\n").is(lang, &self.text)
                || re!(r"^\s*#\s*?").is(lang, &self.text)
                || re!(r"^\s*$Ident\s*:").is(lang, &self.text)
            {
                continues = re!(r"^.*?\\\n").is(lang, &self.text);
                if re!(r"^.*?\n").sub(lang, &mut self.text, b"") {
                    self.lines += 1;
                }
            }
            if self.lines == before {
                return;
            }
        }
    }
}
