// SPDX-License-Identifier: GPL-2.0-only
//! Statements and blocks across lines: where the statement that starts on a
//! line ends, and what its condition is.

use crate::lang::Lang;
use crate::lines::Lines;
use crate::re::{Summary, Text, re};

/// A statement as it stands in the sanitised lines, with their diff markers.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    /// All of it, up to its `;` or the brace that closes it.
    pub(crate) text: Vec<u8>,
    /// Up to the end of its condition, if it has one.
    pub(crate) condition: Vec<u8>,
    /// Where the next one starts: line, lines left, offset.
    pub(crate) next: (usize, isize, usize),
    /// Open parentheses and braces at its end.
    pub(crate) level: isize,
    /// Of all lines that it has a part of.
    summary: Summary,
}

impl Statement {
    /// What follows the condition.
    pub(crate) fn body(&self) -> &[u8] {
        self.text.get(self.condition.len()..).unwrap_or_default()
    }

    /// For many patterns.
    pub(crate) fn scan(&self) -> Text<'_> {
        Text::with(&self.text, &self.summary)
    }

    /// What comes before its first brace.
    pub(crate) fn head(&self) -> Text<'_> {
        let end = memchr::memchr(b'{', &self.text).unwrap_or(self.text.len());
        Text::with(&self.text[..end], &self.summary)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    Nothing,
    Parens,
    Braces,
    Preprocessor,
}

/// The statement at an offset of a line, looking at no more than so many lines.
pub(crate) fn statement(lines: &Lines<'_>, number: usize, left: isize, from: usize) -> Statement {
    let mut reader = Reader {
        lines,
        index: number.saturating_sub(1),
        left,
        text: Vec::new(),
        line_at: 0,
        summary: Summary::default(),
    };
    let mut at = from;
    // End of the condition, exclusive.
    let mut condition = from;
    let mut condition_set = false;
    let mut inside = Inside::Nothing;
    let mut level: isize = 0;
    let mut stack: Vec<(Inside, isize)> = Vec::new();
    let mut byte: Option<u8> = None;
    loop {
        if stack.is_empty() {
            stack.push((Inside::Nothing, 0));
        }
        if at >= reader.text.len() {
            reader.more();
            if at >= reader.text.len() {
                break;
            }
            if level == 0 && is_define(&reader.text[at..]) {
                level += 1;
                inside = Inside::Preprocessor;
            }
        }
        // What neither opens, closes nor ends anything goes by in one step.
        let plain = reader.text[at..]
            .iter()
            .position(|byte| MARKS[usize::from(*byte)]);
        if plain != Some(0) {
            at = plain.map_or(reader.text.len(), |plain| at + plain);
            byte = Some(reader.text[at - 1]);
            continue;
        }
        let previous = byte;
        let current = reader.text[at];
        byte = Some(current);
        let rest = &reader.text[at..];
        if current == b'#' {
            match directive(rest) {
                Some(Directive::If) => stack.push((inside, level)),
                Some(Directive::Else) => {
                    let index = stack.len().checked_sub(2).unwrap_or(stack.len() - 1);
                    (inside, level) = stack[index];
                }
                Some(Directive::End) => {
                    (inside, level) = stack.pop().unwrap_or((Inside::Nothing, 0));
                }
                None => {}
            }
        }
        if level == 0 && current == b';' {
            break;
        }
        if level == 0 && !condition_set && current == b'e' && is_bare_else(rest, previous) {
            condition = at + 4;
            condition_set = true;
        }
        match (inside, current) {
            (Inside::Nothing | Inside::Parens, b'(') => {
                level += 1;
                inside = Inside::Parens;
            }
            (Inside::Parens, b')') => {
                level -= 1;
                if level == 0 {
                    inside = Inside::Nothing;
                    if condition <= from {
                        condition = at + 1;
                        condition_set = true;
                    }
                }
            }
            (Inside::Nothing | Inside::Braces, b'{') => {
                level += 1;
                inside = Inside::Braces;
            }
            (Inside::Braces, b'}') => {
                level -= 1;
                if level == 0 {
                    if reader.text.get(at + 1) == Some(&b';') {
                        at += 1;
                    }
                    break;
                }
            }
            (Inside::Preprocessor, b'\n') if previous != Some(b'\\') => {
                level -= 1;
                at += 1;
                break;
            }
            _ => {}
        }
        at += 1;
    }
    reader.finish(from, at, condition, level)
}

/// The bytes that [`statement`] looks at.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let bytes = b"#;e(){}\n";
    let mut at = 0;
    while at < bytes.len() {
        marks[bytes[at] as usize] = true;
        at += 1;
    }
    marks
};

enum Directive {
    If,
    Else,
    End,
}

fn directive(rest: &[u8]) -> Option<Directive> {
    let word = crate::text::trim_start(rest.get(1..)?);
    let len = word
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
        .count();
    let blank = word.get(len).is_some_and(u8::is_ascii_whitespace);
    match &word[..len] {
        b"if" | b"ifdef" | b"ifndef" if blank => Some(Directive::If),
        b"else" | b"elif" => Some(Directive::Else),
        b"endif" => Some(Directive::End),
        _ => None,
    }
}

fn is_define(rest: &[u8]) -> bool {
    rest.first().is_some_and(|byte| *byte != b'\n')
        && crate::text::trim_start(&rest[1..]).first() == Some(&b'#')
        && re!(r"^\s*#\s*define").is(&Lang::default(), &rest[1..rest.len().min(200)])
}

/// An else that no if follows.
fn is_bare_else(rest: &[u8], previous: Option<u8>) -> bool {
    let before = match previous {
        None => true,
        Some(byte) => byte.is_ascii_whitespace() || byte == 0x0b || byte == b'}' || byte == b'+',
    };
    if !before || !rest.starts_with(b"else") {
        return false;
    }
    let after = &rest[4..];
    let brace = after.first() == Some(&b'{');
    let word = crate::text::trim_start(after);
    if !brace && word.len() == after.len() {
        return false;
    }
    let is_if = word.len() < after.len()
        && word.starts_with(b"if")
        && !word
            .get(2)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    !is_if
}

struct Reader<'r, 'a> {
    lines: &'r Lines<'a>,
    index: usize,
    left: isize,
    text: Vec<u8>,
    /// Where the last line starts.
    line_at: usize,
    summary: Summary,
}

impl Reader<'_, '_> {
    /// Appends the next line that is not removed.
    fn more(&mut self) {
        while self.left > 0 {
            let Some(line) = self.lines.clean(self.index + 1) else {
                return;
            };
            self.index += 1;
            if line.bytes.first() == Some(&b'-') {
                continue;
            }
            let cost = line.bytes.len() as u64 + 1;
            let Some(budget) = self.lines.budget.get().checked_sub(cost) else {
                return;
            };
            self.lines.budget.set(budget);
            self.left -= 1;
            self.line_at = self.text.len();
            self.summary.add_line(&line);
            self.text.extend_from_slice(line.bytes);
            self.text.push(b'\n');
            return;
        }
    }

    fn finish(mut self, from: usize, at: usize, condition: usize, level: isize) -> Statement {
        if at == self.text.len() {
            self.line_at = self.text.len() + 1;
            self.index += 1;
            self.left -= 1;
        }
        let end = self.text.len();
        let condition = self.text.get(from..end.min(condition)).unwrap_or_default();
        let condition = condition.to_vec();
        let mut text = self.text;
        text.truncate(at + 1);
        text.drain(..from.min(text.len()));
        Statement {
            condition,
            text,
            next: (
                self.index,
                self.left + 1,
                (at + 1).saturating_sub(self.line_at),
            ),
            level,
            summary: self.summary,
        }
    }
}

/// A statement and those that continue it: if, else if, else.
pub(crate) struct Chain {
    pub(crate) parts: Vec<Statement>,
    pub(crate) level: isize,
}

/// The chain that starts at an offset of a line.
pub(crate) fn chain(lines: &Lines<'_>, number: usize, left: isize, from: usize) -> Chain {
    let lang = Lang::default();
    let first = statement(lines, number, left, from);
    let mut level = first.level;
    let mut next = first.next;
    let goes_on =
        next.1 > 0 && re!(r"^\s*(?:\n[+-])?\s*(?:if|else|do)\b", "s").is(&lang, &first.condition);
    let mut parts = vec![first];
    if !goes_on {
        return Chain { parts, level };
    }
    loop {
        let other = statement(lines, next.0, next.1, next.2);
        level = other.level;
        next = other.next;
        if !(next.1 > 0 && re!(r"^(?:\s*\n[+-])*\s*(?:else|do)\b", "s").is(&lang, &other.condition))
        {
            break;
        }
        parts.push(other);
    }
    Chain { parts, level }
}

/// Raw lines of a block, and the level at which they end.
pub(crate) struct Block<'a> {
    pub(crate) level: isize,
    pub(crate) lines: Vec<&'a [u8]>,
}

/// The lines up to the one that closes what a line opens. With `outer`, only
/// those at the outermost level.
pub(crate) fn block<'a>(
    lines: &Lines<'a>,
    number: usize,
    left: isize,
    (open, close): (u8, u8),
    outer: bool,
) -> Block<'a> {
    let mut left = left;
    let mut number = number;
    let mut level: isize = 0;
    let mut stack = vec![0];
    let mut kept = Vec::new();
    while left > 0 {
        let (Some(raw), Some(clean)) = (lines.raw(number), lines.clean(number)) else {
            break;
        };
        number += 1;
        if raw.bytes.first() == Some(&b'-') {
            continue;
        }
        left -= 1;
        let cost = raw.bytes.len() as u64 + 1;
        let Some(budget) = lines.budget.get().checked_sub(cost) else {
            break;
        };
        lines.budget.set(budget);
        let inner = crate::text::trim_start(clean.bytes.get(1..).unwrap_or_default());
        if inner.first() == Some(&b'#') {
            let mut inner = inner.to_vec();
            inner.push(b'\n');
            match directive(&inner) {
                Some(Directive::If) => stack.push(level),
                Some(Directive::Else) => {
                    let index = stack.len().checked_sub(2).or(stack.len().checked_sub(1));
                    level = index.map_or(0, |index| stack[index]);
                }
                Some(Directive::End) => level = stack.pop().unwrap_or(0),
                None => {}
            }
        }
        for &byte in clean.bytes {
            if byte == close && level > 0 {
                level -= 1;
                if level == 0 {
                    break;
                }
            } else if byte == open {
                level += 1;
            }
        }
        if !outer || level <= 1 {
            kept.push(raw.bytes);
        }
        if level == 0 {
            break;
        }
    }
    Block { level, lines: kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lines::Store;
    use crate::options::{Input, Kind};

    fn with<T>(text: &str, ask: impl FnOnce(&Lines<'_>) -> T) -> T {
        let input = Input {
            name: "a.c",
            text: text.as_bytes(),
            kind: Kind::File,
        };
        let store = Store::new(&input, true);
        ask(&store.lines())
    }

    fn at(text: &str) -> (String, String) {
        with(text, |lines| {
            let found = statement(lines, 4, 100, 0);
            (
                String::from_utf8(found.text).unwrap(),
                String::from_utf8(found.condition).unwrap(),
            )
        })
    }

    #[test]
    fn a_statement_ends_at_its_semicolon_or_brace() {
        assert_eq!(at("a = b;\nc;\n").0, "+a = b;");
        assert_eq!(at("f(a,\n  b);\nc;\n").0, "+f(a,\n+  b);");
        assert_eq!(
            at("if (a) {\n\tb;\n}\nc;\n"),
            ("+if (a) {\n+\tb;\n+}".to_owned(), "+if (a)".to_owned())
        );
    }

    #[test]
    fn a_define_ends_with_its_line() {
        assert_eq!(at("#define a \\\n\tb\nc\n").0, "+#define a \\\n+\tb\n");
    }

    #[test]
    fn both_arms_of_a_conditional_count_once() {
        assert_eq!(
            at("f(a\n#ifdef X\n, b(\n#else\n, c(\n#endif\n));\nd;\n").0,
            "+f(a\n+#ifdef X\n+, b(\n+#else\n+, c(\n+#endif\n+));"
        );
    }

    #[test]
    fn the_arms_of_an_if_are_one_chain() {
        let parts = with(
            "if (a)\n\tb;\nelse if (c)\n\td;\nelse\n\te;\nf;\n",
            |lines| {
                chain(lines, 4, 100, 1)
                    .parts
                    .iter()
                    .map(|part| String::from_utf8_lossy(&part.condition).into_owned())
                    .collect::<Vec<_>>()
            },
        );
        assert_eq!(parts, ["if (a)", "\n+else if (c)", "\n+else"]);
    }
}
