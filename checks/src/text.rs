// SPDX-License-Identifier: GPL-2.0-only
//! Small questions about pieces of text.

use crate::lang::Lang;
use crate::re::{re, words};

/// Columns of a tab.
pub(crate) const TAB: usize = 8;

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | 9..=13)
}

pub(crate) fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_space(*byte));
    start.map_or(&[], |start| &text[start..])
}

pub(crate) fn trim_end(text: &[u8]) -> &[u8] {
    let end = text.iter().rposition(|byte| !is_space(*byte));
    end.map_or(&[], |end| &text[..=end])
}

pub(crate) fn trim(text: &[u8]) -> &[u8] {
    trim_end(trim_start(text))
}

/// Whether there is a comment at the end, not counting blanks.
pub(crate) fn ends_in_comment(text: &[u8]) -> bool {
    let last = text.iter().rfind(|byte| !matches!(byte, b' ' | b'\t'));
    last == Some(&crate::sanitise::COMMENT)
}

pub(crate) fn is_blank(text: &[u8]) -> bool {
    text.iter().all(|byte| is_space(*byte))
}

/// The text as far as it can be shown.
pub(crate) fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

pub(crate) fn contains(text: &[u8], what: &[u8]) -> bool {
    find(text, what).is_some()
}

pub(crate) fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    let first = *what.first()?;
    let mut from = 0;
    while let Some(at) = memchr::memchr(first, &text[from..]) {
        if text[from + at..].starts_with(what) {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

pub(crate) fn count(text: &[u8], byte: u8) -> usize {
    text.iter().filter(|other| **other == byte).count()
}

/// How wide a text is with its tabs expanded; bytes count as columns.
pub(crate) fn columns(text: &[u8]) -> usize {
    text.iter().fold(0, |column, byte| match byte {
        b'\t' => (column / TAB + 1) * TAB,
        _ => column + 1,
    })
}

/// Columns of a line and of its indent, without the diff marker.
pub(crate) fn stats(line: &[u8]) -> (usize, usize) {
    let line = match line.first() {
        None | Some(b'\n') => line,
        Some(_) => &line[1..],
    };
    let indent = line.len() - trim_start(line).len();
    (columns(line), columns(&line[..indent]))
}

/// Without the parentheses around the whole, blanks made one.
pub(crate) fn deparenthesize(text: &[u8]) -> Vec<u8> {
    let lang = Lang::default();
    let mut text = text.to_vec();
    while let Some(caps) = re!(r"^\s*\((.*)\)\s*$").caps(&lang, &text[..]) {
        text = trim(caps.s(1)).to_vec();
    }
    re!(r"\s+").sub_all(&lang, &text, b" ")
}

/// An added line whose indent is tabs, with the blanks that are left.
pub(crate) fn tabify(line: &[u8]) -> Vec<u8> {
    let (marker, rest) = line.split_at(line.len().min(1));
    let code = trim_start(rest);
    let width = columns(&rest[..rest.len() - code.len()]);
    let mut out = marker.to_vec();
    out.extend(std::iter::repeat_n(b'\t', width / TAB));
    out.extend(std::iter::repeat_n(b' ', width % TAB));
    out.extend_from_slice(code);
    out
}

/// A line with or without blanks on the sides of what is at a range of it;
/// `None` leaves a side as it is. Nothing if two tokens would become one.
pub(crate) fn respace(
    line: &[u8],
    range: std::ops::Range<usize>,
    before: Option<bool>,
    after: Option<bool>,
) -> Option<Vec<u8>> {
    let left = trim_end(line.get(..range.start)?);
    let token = line.get(range.clone())?;
    let right = trim_start(line.get(range.end..)?);
    let mut out = left.to_vec();
    out.extend_from_slice(match before {
        Some(_) if left.len() < 2 => return None,
        Some(true) => b" ",
        Some(false) if merges(*left.last()?, *token.first()?) => return None,
        Some(false) => b"",
        None => &line[left.len()..range.start],
    });
    out.extend_from_slice(token);
    out.extend_from_slice(match after {
        Some(_) if right.is_empty() => return None,
        Some(true) => b" ",
        Some(false) if merges(*token.last()?, *right.first()?) => return None,
        Some(false) => b"",
        None => &line[range.end..line.len() - right.len()],
    });
    out.extend_from_slice(right);
    Some(out)
}

/// Whether two bytes side by side may be one token.
fn merges(one: u8, other: u8) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let sign = |byte: u8| b"+-*/%&|^<>=!~?:.#".contains(&byte);
    (word(one) && word(other)) || (sign(one) && sign(other))
}

/// The first byte of each line removed.
fn without_markers(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut start = true;
    for &byte in text {
        if !start || byte == b'\n' {
            out.push(byte);
        }
        start = byte == b'\n';
    }
    out
}

pub(crate) fn strip_markers(text: &[u8]) -> Vec<u8> {
    without_markers(text)
}

/// Lines of a statement, not counting blank ones around it.
pub(crate) fn statement_lines(text: &[u8]) -> usize {
    count(trim(&without_markers(text)), b'\n') + 1
}

/// Lines of a text.
pub(crate) fn rawlines(text: &[u8]) -> usize {
    count(text, b'\n') + 1
}

/// Lines or statements of a block, whichever is more.
pub(crate) fn block_size(text: &[u8]) -> usize {
    let text = without_markers(text);
    let mut inner = trim(&text);
    inner = inner.strip_prefix(b"{").unwrap_or(inner);
    inner = inner.strip_suffix(b"}").unwrap_or(inner);
    inner = trim(inner);
    (count(inner, b'\n') + 1).max(count(inner, b';'))
}

/// Comment markers as blanks.
pub(crate) fn without_comments(text: &[u8]) -> Vec<u8> {
    text.iter()
        .map(|byte| match *byte {
            crate::sanitise::COMMENT => b' ',
            other => other,
        })
        .collect()
}

/// Comment markers removed.
pub(crate) fn drop_comments(text: &[u8]) -> Vec<u8> {
    text.iter()
        .copied()
        .filter(|byte| *byte != crate::sanitise::COMMENT)
        .collect()
}

/// Whether there is a word that starts a conditional or a loop.
pub(crate) fn may_branch(text: &[u8]) -> bool {
    let mut at = 0;
    while at < text.len() {
        let word = &text[at..at + words::length(&text[at..])];
        let found = match word {
            b"if" | b"do" | b"for" | b"else" | b"while" | b"switch" => true,
            word => word.len() > 7 && find(word, b"for_each").is_some(),
        };
        if found {
            return true;
        }
        at += word.len().max(1);
    }
    false
}

/// Whether a name with capitals within.
pub(crate) fn is_camelcase(word: &[u8]) -> bool {
    let small = |byte: u8| byte.wrapping_sub(b'a') < 26;
    let large = |byte: u8| byte.wrapping_sub(b'A') < 26;
    // Without an early end, many bytes are compared at a time.
    let next = word.get(1..).unwrap_or_default();
    word.iter().zip(next).fold(false, |found, (one, other)| {
        found | (large(*one) & small(*other)) | (small(*one) & large(*other))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tabs_are_eight_columns() {
        assert_eq!(stats(b"+\tx"), (9, 8));
        assert_eq!(stats(b"+  \tx"), (9, 8));
        assert_eq!(stats(b""), (0, 0));
    }

    #[test]
    fn a_block_is_as_large_as_its_lines_or_statements() {
        assert_eq!(block_size(b" {\n+\ta;\n+}"), 1);
        assert_eq!(block_size(b" { a; b; }"), 2);
        assert_eq!(block_size(b" {\n+\ta(b,\n+\t  c);\n+}"), 2);
    }

    #[test]
    fn blanks_come_and_go_but_tokens_stay() {
        let at = |line: &str, range, before, after| {
            respace(line.as_bytes(), range, before, after)
                .map(|line| String::from_utf8(line).unwrap())
        };
        assert_eq!(at("+a=b", 2..3, Some(true), Some(true)).unwrap(), "+a = b");
        assert_eq!(at("+a  ->b", 4..6, Some(false), None).unwrap(), "+a->b");
        assert_eq!(at("+a = - -b", 5..6, None, Some(false)), None);
        assert_eq!(at("+a,", 2..3, None, Some(true)), None);
    }

    #[test]
    fn an_indent_becomes_tabs() {
        assert_eq!(tabify(b"+          a b"), b"+\t  a b");
        assert_eq!(tabify(b"+  \ta"), b"+\ta");
    }

    #[test]
    fn parentheses_come_off() {
        assert_eq!(deparenthesize(b" ( (a  b) ) "), b"a b");
    }
}
