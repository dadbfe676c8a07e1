// SPDX-License-Identifier: GPL-2.0-only
//! Says of each byte of code whether it belongs to a value, a type or neither,
//! and of each operator whether it is unary or binary, of each colon whether
//! it ends a case, a label or a bit field's name. Goes on from line to line.
//!
//! Letters of the values: E nothing yet, V value, T type, N needs a value, C
//! after a comma, c cast. Letters of the operators: U unary, B binary or bit
//! field, C case, L label, O other, _ none.

use crate::lang::Lang;
use crate::re::{Re, re, words};

/// The state between lines.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    preprocessor: bool,
    pending: u8,
    parens: Vec<u8>,
    colon: u8,
}

impl Default for Values {
    fn default() -> Self {
        Self {
            preprocessor: false,
            pending: b'_',
            parens: vec![b'E'],
            colon: b'O',
        }
    }
}

/// More open parentheses than this are no code.
const DEPTH: usize = 10_000;

impl Values {
    /// Annotates a line that ends in a newline; the values have the one before
    /// in front.
    pub(crate) fn annotate(
        &mut self,
        lang: &Lang,
        line: &[u8],
        before: u8,
        (values, marks): (&mut Vec<u8>, &mut Vec<u8>),
    ) {
        values.clear();
        values.push(before);
        marks.clear();
        marks.resize(line.len(), b'_');
        let mut kind = before;
        let mut at = 0;
        while at < line.len() {
            if self.parens.is_empty() || self.parens.len() > DEPTH {
                self.parens = vec![b'E'];
            }
            let (len, next, mark) = self.token(lang, &line[at..], kind);
            if let Some(mark) = mark {
                marks[at] = mark;
            }
            kind = next;
            values.extend(std::iter::repeat_n(kind, len));
            at += len;
        }
    }

    /// The next token: its length, its kind, the mark of its first byte.
    fn token(&mut self, lang: &Lang, rest: &[u8], kind: u8) -> (usize, u8, Option<u8>) {
        let first = rest[0];
        match first {
            b' ' | 9..=13 => {
                let len = rest.len() - crate::text::trim_start(rest).len();
                if self.preprocessor && rest[..len].contains(&b'\n') {
                    self.preprocessor = false;
                    return (len, self.parens.pop().unwrap_or(b'_'), None);
                }
                (len, kind, None)
            }
            b'(' => self.open(lang, rest, kind),
            b')' => {
                let kind = match self.parens.pop() {
                    Some(b'_') | None => kind,
                    Some(outer) => outer,
                };
                (1, kind, None)
            }
            b'#' => self.directive(lang, rest, kind),
            b'\\' if rest.get(1) == Some(&b'\n') => (2, kind, None),
            b'0'..=b'9' | b'.' => match number(lang, rest) {
                Some(len) => (len, b'V', None),
                None => (1, kind, None),
            },
            b';' | b'{' | b'}' => {
                self.colon = b'O';
                (1, b'E', None)
            }
            b',' => (1, b'C', None),
            b'?' | b'[' => (1, b'N', None),
            b':' => {
                let mark = self.colon;
                self.colon = b'O';
                let kind = if mark == b'C' || mark == b'L' {
                    b'E'
                } else {
                    b'N'
                };
                (1, kind, Some(mark))
            }
            _ if first.is_ascii_alphabetic() || first == b'_' => self.word(lang, rest, kind),
            _ => operator(rest, kind),
        }
    }

    fn open(&mut self, lang: &Lang, rest: &[u8], kind: u8) -> (usize, u8, Option<u8>) {
        if self.pending == b'_'
            && words::starts_type(lang, crate::text::trim_start(&rest[1..]))
            && let Some(len) = len(re!(r"^(\(\s*$Type\s*)\)"), lang, rest)
        {
            self.parens.push(kind);
            return (len, b'c', None);
        }
        self.parens.push(self.pending);
        self.pending = b'_';
        (1, b'N', None)
    }

    fn directive(&mut self, lang: &Lang, rest: &[u8], kind: u8) -> (usize, u8, Option<u8>) {
        if let Some(caps) = re!(r"^(\#\s*define\s*$Ident)(\(?)").caps(lang, rest) {
            self.preprocessor = true;
            self.parens.push(kind);
            if !caps.s(2).is_empty() {
                self.pending = b'N';
            }
            return (caps.end(1), b'E', None);
        }
        if let Some(len) = len(re!(r"^(\#\s*(?:undef\s*$Ident|include\b))"), lang, rest) {
            self.preprocessor = true;
            self.parens.push(kind);
            return (len, kind, None);
        }
        if let Some(len) = len(re!(r"^(\#\s*(?:ifdef|ifndef|if))"), lang, rest) {
            self.preprocessor = true;
            self.parens.push(kind);
            self.parens.push(kind);
            return (len, b'E', None);
        }
        if let Some(len) = len(re!(r"^(\#\s*(?:else|elif))"), lang, rest) {
            self.preprocessor = true;
            let last = self.parens.last().copied().unwrap_or(b'E');
            self.parens.push(last);
            return (len, b'E', None);
        }
        if let Some(len) = len(re!(r"^(\#\s*(?:endif))"), lang, rest) {
            self.preprocessor = true;
            self.parens.pop();
            self.parens.push(kind);
            return (len, b'E', None);
        }
        (1, kind, None)
    }

    fn word(&mut self, lang: &Lang, rest: &[u8], kind: u8) -> (usize, u8, Option<u8>) {
        if words::starts_type(lang, rest)
            && let Some(len) = len(re!(r"^($Type)\s*(?:$Ident|,|\)|\(|\s*$)"), lang, rest)
        {
            return (len, b'T', None);
        }
        if (b"_cvf".contains(&rest[0]) || !lang.modifiers().is_empty())
            && let Some(len) = len(re!(r"^($Modifier)\s*"), lang, rest)
        {
            return (len, b'T', None);
        }
        if rest.starts_with(b"__attribute__") {
            self.pending = kind;
            return (13, b'N', None);
        }
        if rest.starts_with(b"sizeof") {
            if crate::text::trim_start(&rest[6..]).first() == Some(&b'(') {
                self.pending = b'V';
            }
            return (6, b'N', None);
        }
        let size = words::length(rest);
        match &rest[..size] {
            b"if" | b"while" | b"for" => {
                self.pending = b'E';
                return (size, b'N', None);
            }
            b"return" | b"else" | b"goto" | b"typeof" | b"__typeof__" => {
                return (size, b'N', None);
            }
            word if word.starts_with(b"case") => {
                self.colon = b'C';
                return (4, b'N', None);
            }
            _ => {}
        }
        // What an identifier is, with the parts that are pasted to it.
        let size = if words::pastes(&rest[size..]) {
            len(re!("^($Ident)"), lang, rest).unwrap_or(size)
        } else {
            size
        };
        let after = &rest[size..];
        let next = crate::text::trim_start(after);
        match next.first() {
            Some(b'(') => {
                self.pending = b'V';
                (size, b'V', None)
            }
            Some(b':') => {
                if kind == b'T' || (kind == b'C' && is_width(&next[1..])) {
                    self.colon = b'B';
                } else if kind == b'E' {
                    self.colon = b'L';
                }
                (size + after.len() - next.len(), b'V', None)
            }
            _ => (size, b'V', None),
        }
    }
}

/// Whether the width of a bit field, and the end of it, come next.
fn is_width(rest: &[u8]) -> bool {
    let width = crate::text::trim_start(rest);
    let digits = width
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let next = crate::text::trim_start(&width[digits..]);
    digits > 0 && matches!(next.first(), Some(b',' | b'=' | b';'))
}

/// Length of the constant at the start of a text.
fn number(lang: &Lang, rest: &[u8]) -> Option<usize> {
    // Most are decimal and stand alone.
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let simple = digits > 0 && (rest[0] != b'0' || digits == 1);
    let goes_on = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'.';
    if simple && !rest.get(digits).is_some_and(goes_on) {
        return Some(digits);
    }
    if digits == 0 && !rest.get(1).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    len(re!("^($Constant)"), lang, rest)
}

fn operator(rest: &[u8], kind: u8) -> (usize, u8, Option<u8>) {
    let next = rest.get(1).copied().unwrap_or_default();
    let unary = Some(if kind == b'V' { b'B' } else { b'U' });
    match (rest[0], next) {
        (b'=', _) => (1, b'N', None),
        (b'*' | b'/' | b'%' | b'+' | b'-' | b'&' | b'^' | b'|', b'=') => (2, b'N', None),
        (b'<', b'<') | (b'>', b'>') if rest.get(2) == Some(&b'=') => (3, b'N', None),
        (b'+', b'+') | (b'-', b'-') => (2, kind, None),
        (b'-', b'>') => (2, b'N', None),
        (b'&', b'&') => (2, b'N', unary),
        (b'-' | b'+' | b'*' | b'&', _) => (1, b'N', unary),
        (b'<' | b'>' | b'!', b'=') | (b'<', b'<') | (b'>', b'>') | (b'|', b'|') => (2, b'N', None),
        (b'<' | b'>' | b'!' | b'~' | b',' | b'^' | b'|' | b'/' | b'%', _) => (1, b'N', None),
        _ => (1, kind, None),
    }
}

fn len(re: &Re, lang: &Lang, rest: &[u8]) -> Option<usize> {
    let caps = re.caps(lang, rest)?;
    Some(caps.end(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(line: &str) -> String {
        let line = format!(" {line}\n");
        let (mut values, mut marks) = (Vec::new(), Vec::new());
        let out = (&mut values, &mut marks);
        Values::default().annotate(&Lang::default(), line.as_bytes(), b'E', out);
        String::from_utf8(marks[1..line.len() - 1].to_vec()).unwrap()
    }

    #[test]
    fn operators_are_unary_or_binary() {
        assert_eq!(marks("a = *b * c;"), "____U__B___");
        assert_eq!(marks("a = -1 - b;"), "____U__B___");
        assert_eq!(marks("return -a;"), "_______U__");
        assert_eq!(marks("f(&a, b & c);"), "__U_____B____");
    }

    #[test]
    fn the_star_of_a_type_is_no_operator() {
        assert_eq!(marks("int *a;"), "_______");
        assert_eq!(marks("x = (char *)y;"), "______________");
    }

    #[test]
    fn colons_end_cases_and_labels() {
        assert_eq!(marks("case 1:"), "______C");
        assert_eq!(marks("out:"), "___L");
        assert_eq!(marks("a ? b : c"), "______O__");
    }
}
