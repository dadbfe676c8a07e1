// SPDX-License-Identifier: GPL-2.0-only
//! Where blanks mean something in C. In: a source, or a patch of sources. Out:
//! for each line, whether it may become another. Within a string that goes on
//! from the line before every blank counts; among the arguments of a macro it
//! counts whether there is one, for the macro may make a string of them; and
//! the sign of 1e-5 is none of an operation.

use checks::Kind;

/// Macros in small letters that make a string of their arguments.
const STRINGIFIERS: [&[u8]; 3] = [b"__stringify", b"stringify_in_c", b"static_assert"];

/// The lines of a text as the preprocessor sees them.
#[derive(Debug)]
pub struct Guard {
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    /// Begins within a string.
    Text,
    /// For each byte, whether it counts if there is a blank before it.
    Code(Vec<bool>),
}

impl Guard {
    /// Looks at all lines.
    pub fn new<'t>(kind: Kind, lines: impl Iterator<Item = &'t [u8]>) -> Self {
        let mut scanner = Scanner::default();
        let lines = lines.map(|line| scanner.line(kind, line)).collect();
        Self { lines }
    }

    /// Whether the line at an index may change like this.
    pub fn allows(&self, index: usize, old: &[u8], new: &[u8]) -> bool {
        let Some(Line::Code(fixed)) = self.lines.get(index) else {
            return false;
        };
        let (old, new) = (glyphs(old), glyphs(new));
        old.len() == new.len()
            && old.iter().zip(&new).all(|(old, new)| {
                let free = !fixed.get(old.at).copied().unwrap_or(false);
                old.byte == new.byte && (old.apart == new.apart || free)
            })
    }
}

/// A byte that is no blank, where it is, and whether there is a blank before it.
struct Glyph {
    byte: u8,
    at: usize,
    apart: bool,
}

fn glyphs(line: &[u8]) -> Vec<Glyph> {
    let mut apart = false;
    let mut found = Vec::new();
    for (at, &byte) in line.iter().enumerate() {
        let blank = byte.is_ascii_whitespace() || byte == 0x0b;
        if !blank {
            found.push(Glyph { byte, at, apart });
        }
        apart = blank;
    }
    found
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Code,
    Quoted(u8),
    Comment,
}

/// Follows strings, comments and parentheses from line to line.
#[derive(Debug, Default)]
struct Scanner {
    state: State,
    /// For each open parenthesis, whether it is that of a macro.
    open: Vec<bool>,
}

impl Scanner {
    fn line(&mut self, kind: Kind, line: &[u8]) -> Line {
        let marker = usize::from(kind == Kind::Patch);
        if marker == 1 {
            match line.first() {
                Some(b'+' | b' ') => {}
                Some(b'-') if !line.starts_with(b"---") => return Line::Text,
                // Another hunk, or no code at all.
                _ => *self = Self::default(),
            }
        }
        let body = line.get(marker..).unwrap_or_default();
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        // What is odd in one function is forgotten in the next.
        if self.state == State::Code && body.first() == Some(&b'}') {
            self.open.clear();
        }
        let text = matches!(self.state, State::Quoted(_));
        let mut fixed = vec![false; marker];
        self.bytes(body, &mut fixed);
        if matches!(self.state, State::Quoted(_)) && !body.ends_with(b"\\") {
            self.state = State::Code;
        }
        match text {
            true => Line::Text,
            false => Line::Code(fixed),
        }
    }

    fn bytes(&mut self, body: &[u8], fixed: &mut Vec<bool>) {
        let mut word: &[u8] = b"";
        let mut before: &[u8] = b"";
        let mut at = 0;
        while at < body.len() {
            let rest = &body[at..];
            let argument = self.open.contains(&true);
            let mut len = 1;
            match self.state {
                State::Comment if rest.starts_with(b"*/") => {
                    self.state = State::Code;
                    len = 2;
                }
                State::Comment => {}
                State::Quoted(_) if rest[0] == b'\\' => len = 2.min(rest.len()),
                State::Quoted(quote) if rest[0] == quote => self.state = State::Code,
                State::Quoted(_) => {}
                State::Code if rest.starts_with(b"//") => len = rest.len(),
                State::Code if rest.starts_with(b"/*") => {
                    self.state = State::Comment;
                    len = 2;
                }
                State::Code => match rest[0] {
                    quote @ (b'"' | b'\'') => self.state = State::Quoted(quote),
                    b'(' => {
                        let defined = before == b"define" && at > 0 && body[at - 1] != b' ';
                        self.open.push(is_macro(word) && !defined);
                        word = b"";
                    }
                    b')' => {
                        self.open.pop();
                    }
                    byte if byte.is_ascii_digit() => {
                        len = number(rest);
                        fixed.push(argument);
                        fixed.extend(std::iter::repeat_n(true, len - 1));
                        (word, at) = (b"", at + len);
                        continue;
                    }
                    byte if is_word(byte) => {
                        len = rest.iter().take_while(|byte| is_word(**byte)).count();
                        (before, word) = (word, &rest[..len]);
                    }
                    b' ' | b'\t' => {}
                    _ => word = b"",
                },
            }
            fixed.extend(std::iter::repeat_n(argument, len));
            at += len;
        }
    }
}

/// How long the number is that a text begins with.
fn number(text: &[u8]) -> usize {
    let more = |at: &usize| match text[*at] {
        b'+' | b'-' => matches!(text[at - 1], b'e' | b'E' | b'p' | b'P'),
        byte => is_word(byte) || byte == b'.',
    };
    1 + (1..text.len()).take_while(more).count()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a name is that of a macro by the looks of it.
fn is_macro(name: &[u8]) -> bool {
    STRINGIFIERS.contains(&name)
        || (name.iter().any(u8::is_ascii_uppercase) && !name.iter().any(u8::is_ascii_lowercase))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the last line may become another.
    fn allows(kind: Kind, text: &str, new: &str) -> bool {
        let lines: Vec<&[u8]> = text.split('\n').map(str::as_bytes).collect();
        let guard = Guard::new(kind, lines.iter().copied());
        guard.allows(lines.len() - 1, lines[lines.len() - 1], new.as_bytes())
    }

    #[test]
    fn blanks_are_free_between_tokens_and_nothing_else_changes() {
        assert!(allows(Kind::File, "\ta=b ;", "\ta = b;"));
        assert!(allows(Kind::File, "        a;", "\ta;"));
        assert!(!allows(Kind::File, "a;", "b;"));
        assert!(!allows(Kind::File, "a;", "a;;"));
    }

    #[test]
    fn a_string_that_goes_on_keeps_its_blanks() {
        assert!(!allows(Kind::File, "\"a \\\n  b \" ;", "\tb \";"));
        assert!(allows(Kind::File, "\"a \\\n  b \"\n c ;", "c;"));
        assert!(allows(Kind::File, "/* \"a \\\n  b */ c ;", "  b */ c;"));
        assert!(allows(Kind::File, "'\"' \\\n  b ;", "\tb;"));
    }

    #[test]
    fn arguments_of_macros_and_numbers_keep_their_blanks() {
        for (old, new) in [
            ("\tWARN_ON(a==b);", "\tWARN_ON(a == b);"),
            ("\tMACRO(f(a,b), c);", "\tMACRO(f(a, b), c);"),
            ("\tMACRO(a,\n\t      b=c);", "\t      b = c);"),
            ("\tx = __stringify(a+b);", "\tx = __stringify(a + b);"),
            ("\tx = 1e+5;", "\tx = 1e + 5;"),
            ("\tx = 0x.8p-1f;", "\tx = 0x.8p -1f;"),
        ] {
            assert!(!allows(Kind::File, old, new), "{old}");
        }
        for (old, new) in [
            ("\ta=MACRO(b) ;", "\ta = MACRO(b);"),
            ("\tx=1+e-5;", "\tx = 1 + e - 5;"),
            ("\tMACRO(a,\n        b);", "\tb);"),
            ("#define MACRO(a) (a+1)", "#define MACRO(a) (a + 1)"),
            ("\tMACRO(a);\n\tb=c;", "\tb = c;"),
            ("\tMACRO(a;\n}\n\tb=c;", "\tb = c;"),
            ("\t/* MACRO( */ b=c;", "\t/* MACRO( */ b = c;"),
        ] {
            assert!(allows(Kind::File, old, new), "{old}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_looked_at(text in "[-+ @\\n\"'\\\\/*(){}A-Zdefin0-9.#]{0,200}") {
            let lines: Vec<&[u8]> = text.split_inclusive('\n').map(str::as_bytes).collect();
            for kind in [Kind::File, Kind::Patch] {
                let guard = Guard::new(kind, lines.iter().copied());
                assert_eq!(guard.lines.len(), lines.len());
                for (line, seen) in lines.iter().zip(&guard.lines) {
                    if let Line::Code(fixed) = seen {
                        assert!(line.len() - fixed.len() <= 1, "{line:?}: {fixed:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn removed_lines_and_other_hunks_of_a_patch_do_not_count() {
        assert!(!allows(
            Kind::Patch,
            "@@ x @@\n MACRO(a,\n+b=c);",
            "+b = c);"
        ));
        assert!(allows(Kind::Patch, "@@ x @@\n-MACRO(a,\n+b=c;", "+b = c;"));
        assert!(allows(Kind::Patch, " MACRO(a,\n@@ x @@\n+b=c;", "+b = c;"));
    }
}
