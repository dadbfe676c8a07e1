// SPDX-License-Identifier: GPL-2.0-only
//! A macro that is defined on a line, in the forms that rules look at.

use std::rc::Rc;

use crate::context::Cx;
use crate::lang::Lang;
use crate::re::re;
use crate::statement::statement;
use crate::text;

/// A macro's definition.
#[derive(Clone, Debug)]
pub(crate) struct Define {
    /// As it stands in the sanitised lines.
    pub(crate) text: Vec<u8>,
    /// In one line, comments as blanks.
    pub(crate) joined: Vec<u8>,
    /// Its value, with all that is in brackets of any kind as `1u`.
    pub(crate) flat: Vec<u8>,
    /// Its value in one line, without comments.
    value: Vec<u8>,
    arguments: Vec<Vec<u8>>,
}

/// Strings to join in the value of a macro; more is no macro.
const JOINS: usize = 1000;

/// Whether a file is a linker script, where macros are something else.
pub(crate) fn is_linker_script(file: &str) -> bool {
    file.ends_with("/vmlinux.lds.h")
}

impl Define {
    /// The macro that the line defines, if it does.
    pub(crate) fn here(cx: &mut Cx<'_>) -> Option<Rc<Self>> {
        if let Some((line, found)) = &cx.keep.define
            && *line == cx.n
        {
            return found.clone();
        }
        let defines = !is_linker_script(&cx.file)
            && re!(r"^.\s*\#\s*define\s*$Ident(\()?").is(&cx.lang, cx.line);
        let found = defines.then(|| {
            let text = statement(cx.lines, cx.n, cx.left, 0).text;
            Rc::new(Self::parse(&cx.lang, text))
        });
        cx.keep.define = Some((cx.n, found.clone()));
        found
    }

    fn parse(lang: &Lang, text: Vec<u8>) -> Self {
        let joined = re!(r"\\\n.").sub_all(lang, &text, b"");
        let joined = text::without_comments(&joined);
        let mut value = text.clone();
        let mut arguments = Vec::new();
        re!(r"^.\s*\#\s*define\s+$Ident(\([^\)]*\))?\s*").sub_by(lang, &mut value, |caps, _| {
            if let Some([_, inner @ .., _]) = caps.get(1) {
                arguments = self::arguments(lang, inner);
            }
        });
        let flat = flatten(lang, &value);
        Self {
            flat,
            value: one_line(lang, &value),
            arguments,
            text,
            joined,
        }
    }

    /// The arguments that can be used: `...` and types cannot be twice.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &[u8]> {
        self.arguments
            .iter()
            .map(Vec::as_slice)
            .filter(|name| !text::contains(name, b"...") && !name.eq_ignore_ascii_case(b"type"))
    }

    /// Whether the value is neither a name, a number, something in brackets
    /// nor a declaration.
    pub(crate) fn is_complex(&self, cx: &Cx<'_>) -> bool {
        let lang = &cx.lang;
        let flat = &self.flat;
        let simple = flat.is_empty()
            || re!(r"^(?:$Ident|-?$Constant),$").is(lang, flat)
            || re!(r"^(?:$Ident|-?$Constant);$").is(lang, flat)
            || re!(r"^[!~-]?(?:$Lval|$Constant)$").is(lang, flat)
            || re!(r"^'X'$").is(lang, flat)
            || re!(r"^'XX'$").is(lang, flat);
        !simple
            && !re!(
                r#"module_param_named|MODULE_PARM_DESC|DECLARE_PER_CPU|DEFINE_PER_CPU|
                   static_assert|__typeof__\(|union|struct|\.$Ident\s*=\s*|^\"|\"$|^\["#,
                "x"
            )
            .is(lang, flat)
            && !re!(r"^(?:\#\s*$Ident|\#\s*$Constant)\s*$").is(lang, flat)
            && !re!(r"^case\b").is(lang, flat)
            && !re!(r"^do\s*$Constant\s*while\s*$Constant;?$").is(lang, flat)
            && !re!(r"^while\s*$Constant\s*$Constant\s*$").is(lang, flat)
            && !re!(r"^for\s*$Constant$").is(lang, flat)
            && !re!(r"^for\s*$Constant\s+(?:$Ident|-?$Constant)$").is(lang, flat)
            && !re!(r"^do\s*{").is(lang, flat)
            && !re!(r"^\(\{").is(lang, flat)
            && !re!(r"^.\s*#\s*define\s+TRACE_(?:SYSTEM|INCLUDE_FILE|INCLUDE_PATH)\b")
                .is(lang, &self.text)
            && !re!("$Declare").is(lang, flat)
    }

    /// How often the value uses an argument so that a side effect counts.
    pub(crate) fn uses(&self, cx: &Cx<'_>, argument: &[u8]) -> usize {
        let effective = self.effective(cx, argument);
        let mut count = 0;
        let mut at = 0;
        while let Some(caps) = re!(r"\b$Arg0\b").caps_with(&cx.lang, &effective, at, &[argument]) {
            count += 1;
            at = caps.end(0).max(at + 1);
        }
        count
    }

    /// Whether an argument stands next to an operator other than a comma.
    pub(crate) fn has_operator(&self, cx: &Cx<'_>, argument: &[u8]) -> bool {
        let effective = self.effective(cx, argument);
        let found = re!(r"($Operators)?\s*\b$Arg0\b\s*($Operators)?");
        let Some(caps) = found.caps_with(&cx.lang, &effective, 0, &[argument]) else {
            return false;
        };
        [1, 2]
            .into_iter()
            .filter_map(|group| caps.get(group))
            .any(|operator| operator != b",")
    }

    /// Whether the value, if there is one, does without an argument.
    pub(crate) fn is_unused(&self, cx: &Cx<'_>, argument: &[u8]) -> bool {
        !self.value.is_empty()
            && self.value != b"0"
            && !re!(r"\b$Arg0\b").is_with(&cx.lang, &self.value, &[argument])
    }

    /// The value without uses that evaluate nothing.
    fn effective(&self, cx: &Cx<'_>, argument: &[u8]) -> Vec<u8> {
        let lang = &cx.lang;
        let idle = re!(
            r"\b(__must_be_array|offsetof|sizeof|sizeof_field|__stringify|typeof|__typeof__|__builtin\w+|typecheck\s*\(\s*$Type\s*,|\#+)\s*\(*\s*$Arg0\s*\)*\b"
        );
        let value = idle.sub_all_with(lang, &self.value, b"", &[argument]);
        let value = re!(r"\#+\s*$Arg0\b").sub_all_with(lang, &value, b"", &[argument]);
        re!(r"\b$Arg0\s*\#\#").sub_all_with(lang, &value, b"", &[argument])
    }
}

fn arguments(lang: &Lang, inner: &[u8]) -> Vec<Vec<u8>> {
    let inner = re!(r"\s*").sub_all(lang, inner, b"");
    let inner = re!(r"\\\+?").sub_all(lang, &inner, b"");
    inner
        .split(|byte| *byte == b',')
        .filter(|name| !name.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// What is in brackets as `1u`, strings that are joined as one.
fn flatten(lang: &Lang, value: &[u8]) -> Vec<u8> {
    let flat = text::drop_comments(value);
    let flat = re!(r"\\\n.").sub_all(lang, &flat, b"");
    let flat = collapse(text::trim(&flat), b'(', b')');
    let flat = collapse(&flat, b'{', b'}');
    let mut flat = collapse_index(&flat);
    for _ in 0..JOINS {
        let first = re!(r"($String)\s*$Ident");
        let last = re!(r"$Ident\s*($String)");
        let keep = |caps: &crate::re::Caps<'_>, out: &mut Vec<u8>| {
            out.extend_from_slice(caps.s(1));
        };
        if !first.sub_by(lang, &mut flat, keep) && !last.sub_by(lang, &mut flat, keep) {
            break;
        }
    }
    let volatile = re!(r"\b_*asm_*\s+_*volatile_*\b");
    volatile.sub_all(lang, &flat, b"asm_volatile")
}

/// Each balanced pair with what is in it as `1u`.
fn collapse(text: &[u8], open: u8, close: u8) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut starts = Vec::new();
    for &byte in text {
        if byte == open {
            starts.push(out.len());
        } else if byte == close
            && let Some(start) = starts.pop()
        {
            out.truncate(start);
            out.extend_from_slice(b"1u");
            continue;
        }
        out.push(byte);
    }
    out
}

/// The same for an index and the byte before it; one without stays.
fn collapse_index(text: &[u8]) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    let mut starts: Vec<usize> = Vec::new();
    for &byte in text {
        if byte == b'[' {
            starts.push(out.len());
        } else if byte == b']'
            && let Some(start) = starts.pop()
        {
            match start.checked_sub(1).map(|before| out[before]) {
                None | Some(b'\n') => starts.clear(),
                Some(before) => {
                    if before == b'[' {
                        starts.pop();
                    }
                    out.truncate(start - 1);
                    out.extend_from_slice(b"1u");
                    continue;
                }
            }
        }
        out.push(byte);
    }
    out
}

/// The value of a macro in one line, without comments.
fn one_line(lang: &Lang, value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    for (number, line) in value.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\\").unwrap_or(line);
        match line {
            line if number == 0 => out.extend_from_slice(line),
            [b'+' | b' ', rest @ ..] => out.extend_from_slice(rest),
            _ => {}
        }
    }
    let out = re!(r"\s+").sub_all(lang, &text::drop_comments(&out), b" ");
    text::trim(&out).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(text: &str) -> String {
        let define = Define::parse(&Lang::default(), text.as_bytes().to_vec());
        String::from_utf8(define.flat).unwrap()
    }

    #[test]
    fn brackets_of_all_kinds_collapse() {
        assert_eq!(flat("+#define a(b) ((b) + c(d, (e)))"), "1u");
        assert_eq!(flat("+#define a(b) c[d[1]] + 2"), "1u + 2");
        assert_eq!(flat("+#define a [b[1]]"), "[1u]");
        assert_eq!(
            flat("+#define a \\\n+\tdo { b(); } while (0)"),
            "do 1u while 1u"
        );
        assert_eq!(flat("+#define a (b"), "(b");
    }

    #[test]
    fn arguments_are_names_without_blanks() {
        let define = Define::parse(&Lang::default(), b"+#define a(b, \\\n+\tc, ...) d".to_vec());
        let names: Vec<&[u8]> = define.arguments().collect();
        assert_eq!(names, [b"b", b"c"]);
    }
}
