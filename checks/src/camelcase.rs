// SPDX-License-Identifier: GPL-2.0-only
//! Names with capitals within that headers declare: the kernel has them, so a
//! patch may use them.

use crate::lang::Lang;
use crate::re::{re, words};
use crate::text;

/// Bytes that are looked at together: one or two lines.
const CHUNK: usize = 64;

/// The names that a header declares.
#[must_use]
pub fn words(header: &[u8]) -> Vec<String> {
    let lang = Lang::default();
    let mut found = Vec::new();
    // A tree has a million lines, and most have no capitals within a word.
    let (mut at, mut start) = (0, 0);
    while at < header.len() {
        let end = header.len().min(at + CHUNK);
        // A pair may lie across the end.
        let chunk = &header[at..header.len().min(end + 1)];
        if !text::is_camelcase(chunk) {
            at = end;
            continue;
        }
        start += memchr::memrchr(b'\n', &header[start..at]).map_or(0, |at| at + 1);
        while start < end {
            let rest = &header[start..];
            let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
            start += line.len() + 1;
            found.extend(name(&lang, line).map(text::show));
        }
        at = start;
    }
    found
}

/// The name with capitals within that a line declares.
fn name<'t>(lang: &Lang, line: &'t [u8]) -> Option<&'t [u8]> {
    let code = text::trim_start(line);
    let name = match code.first() {
        Some(b'#') => macro_name(&code[1..]),
        Some(byte) if words::is_word(*byte) && text::is_camelcase(code) => declared(lang, line),
        _ => None,
    };
    name.filter(|name| text::is_camelcase(name))
}

/// The name that a `#define` defines, from what follows the sign.
fn macro_name(rest: &[u8]) -> Option<&[u8]> {
    let define = text::trim_start(rest).strip_prefix(b"define")?;
    let name = text::trim_start(define);
    (name.len() < define.len()).then(|| &name[..words::length(name)])
}

fn declared<'t>(lang: &Lang, line: &'t [u8]) -> Option<&'t [u8]> {
    let code = text::trim_start(line);
    if !code.starts_with(b"typedef") && !names_something(code) {
        return None;
    }
    let storage = [&b"extern"[..], b"static", b"asmlinkage", b"typedef"];
    if !words::starts_type(lang, code) && !storage.iter().any(|word| code.starts_with(word)) {
        return None;
    }
    let caps = re!(r"^[ \t]*typedef\s+$Type\s+(\w*(?:$CamelCase)\w*)")
        .caps(lang, line)
        .or_else(|| re!(r"^\s*$Declare\s+(\w*(?:$CamelCase)\w*)\s*[\(\[,;]").caps(lang, line))
        .or_else(|| {
            re!(r"^\s*(?:union|struct|enum)\s+(\w*(?:$CamelCase)\w*)\s*[;\{]").caps(lang, line)
        });
    caps.map(|caps| caps.s(1))
}

/// Whether a name with capitals within stands where one is declared: after a
/// blank, and with what ends or opens a declaration behind it.
fn names_something(code: &[u8]) -> bool {
    let mut at = 0;
    while at < code.len() {
        let len = words::length(&code[at..]);
        let (word, rest) = code[at..].split_at(len);
        if len > 0
            && at > 0
            && text::is_blank(&code[at - 1..at])
            && matches!(
                text::trim_start(rest).first(),
                Some(b'(' | b'[' | b',' | b';' | b'{')
            )
            && text::is_camelcase(word)
        {
            return true;
        }
        at += len.max(1);
    }
    false
}

#[cfg(test)]
mod tests {
    #[test]
    fn defines_declarations_and_structures_count() {
        assert_eq!(
            super::words(
                b"#define SetPage 1\nint getFoo(void);\nstruct BarBaz {\n\tx = someThing;\n"
            ),
            ["SetPage", "getFoo", "BarBaz"]
        );
    }

    #[test]
    fn a_name_is_found_wherever_it_stands() {
        for before in 0..200 {
            for line in ["x\n", "\n", "a line of some more letters, and no capital\n"] {
                let text = format!("{}\n{}int getFoo;\n#define X", " ".repeat(before), line);
                assert_eq!(super::words(text.as_bytes()), ["getFoo"], "{before}");
            }
        }
        assert_eq!(super::words(b"#define aB"), ["aB"]);
        assert!(super::words(b"").is_empty());
    }
}
