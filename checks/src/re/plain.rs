// SPDX-License-Identifier: GPL-2.0-only
//! What a pattern needs, as far as its text alone says, computed while this is
//! built: what stands there as itself, in no alternative and in no loop that may
//! be left out. In: a pattern and its flags. Out: a part of what [`super::need`]
//! finds in the parsed pattern. Most patterns are refuted by it on all lines of
//! a patch, and are never compiled.

use super::need::Mask;

/// Groups within groups: patterns have four.
const DEPTH: usize = 16;

/// What a pattern needs.
pub(super) const fn mask(pattern: &str, flags: &str) -> Mask {
    let case = has(flags.as_bytes(), b'i');
    let mut scan = Scan {
        text: pattern.as_bytes(),
        at: 0,
        blanks: has(flags.as_bytes(), b'x'),
    };
    let mut mask = Mask::EMPTY;
    // What was needed before a group, and whether nothing of it counts.
    let mut groups = [(Mask::EMPTY, false); DEPTH];
    let mut depth = 0;
    let mut previous = None;
    scan.skip_blanks();
    while scan.at < scan.text.len() {
        let mut literal = None;
        match scan.token() {
            Token::Flags => return Mask::EMPTY,
            Token::Open { counts } => {
                if depth == DEPTH {
                    return Mask::EMPTY;
                }
                groups[depth] = (mask, !counts);
                depth += 1;
            }
            Token::Close => {
                if depth == 0 {
                    return Mask::EMPTY;
                }
                depth -= 1;
                if groups[depth].1 || scan.may_be_none() {
                    mask = groups[depth].0;
                }
            }
            Token::Or => {
                if depth == 0 {
                    return Mask::EMPTY;
                }
                groups[depth - 1].1 = true;
            }
            Token::Byte(byte) => {
                let either = case && byte.is_ascii_alphabetic();
                if !either && !scan.may_be_none() {
                    mask.note(previous, byte);
                    literal = Some(byte);
                    scan.skip_plus();
                }
            }
            Token::Other => {}
        }
        previous = literal;
    }
    mask
}

enum Token {
    /// A group begins, whose content is needed where the group is, or not.
    Open {
        counts: bool,
    },
    /// A group that changes the flags.
    Flags,
    Close,
    Or,
    /// A byte that stands for itself.
    Byte(u8),
    Other,
}

struct Scan<'p> {
    text: &'p [u8],
    at: usize,
    /// Blanks and comments do not count.
    blanks: bool,
}

impl Scan<'_> {
    /// The byte that comes so far behind the next one, or none.
    const fn ahead(&self, by: usize) -> u8 {
        let at = self.at + by;
        if at < self.text.len() {
            self.text[at]
        } else {
            0
        }
    }

    /// The next token; what may be skipped behind it is skipped.
    const fn token(&mut self) -> Token {
        let token = self.bare_token();
        self.skip_blanks();
        token
    }

    const fn bare_token(&mut self) -> Token {
        let byte = self.ahead(0);
        self.at += 1;
        match byte {
            b'(' => return self.open(),
            b')' => return Token::Close,
            b'|' => return Token::Or,
            b'\\' => return self.escape(),
            b'[' => self.skip_class(),
            b'{' => self.skip_count(),
            b'$' => self.skip_name(),
            b'.' | b'^' | b'?' | b'*' | b'+' => {}
            _ => return Token::Byte(byte),
        }
        Token::Other
    }

    const fn open(&mut self) -> Token {
        if self.ahead(0) != b'?' {
            return Token::Open { counts: true };
        }
        let kind = self.ahead(1);
        if kind.is_ascii_lowercase() {
            return Token::Flags;
        }
        self.at += if kind == b'<' { 3 } else { 2 };
        Token::Open {
            counts: kind == b':',
        }
    }

    const fn escape(&mut self) -> Token {
        let byte = self.ahead(0);
        self.at += 1;
        match byte {
            b't' => Token::Byte(b'\t'),
            b'n' => Token::Byte(b'\n'),
            b'r' => Token::Byte(b'\r'),
            b'x' | b'0' => {
                self.at += 2;
                Token::Other
            }
            _ if byte.is_ascii_alphanumeric() => Token::Other,
            _ => Token::Byte(byte),
        }
    }

    /// A class of bytes.
    const fn skip_class(&mut self) {
        if self.ahead(0) == b'^' {
            self.at += 1;
        }
        let begin = self.at;
        while self.at < self.text.len() && (self.ahead(0) != b']' || self.at == begin) {
            self.at += if self.ahead(0) == b'\\' { 2 } else { 1 };
        }
        self.at += 1;
    }

    /// How often something is repeated; a brace that is none stands alone.
    const fn skip_count(&mut self) {
        while self.ahead(0).is_ascii_digit() || self.ahead(0) == b',' {
            self.at += 1;
        }
        if self.ahead(0) == b'}' {
            self.at += 1;
        }
    }

    /// The name of a shared piece; without one it is the end of the text.
    const fn skip_name(&mut self) {
        if self.ahead(0) == b';' {
            self.at += 1;
        } else if self.ahead(0).is_ascii_uppercase() {
            while self.ahead(0).is_ascii_alphanumeric() {
                self.at += 1;
            }
        }
    }

    const fn skip_blanks(&mut self) {
        while self.blanks && self.at < self.text.len() {
            if self.ahead(0) == b'#' {
                while self.at < self.text.len() && self.ahead(0) != b'\n' {
                    self.at += 1;
                }
            } else if self.ahead(0).is_ascii_whitespace() {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    /// Once or more often: the byte is there, last before what follows.
    const fn skip_plus(&mut self) {
        if self.ahead(0) == b'+' {
            self.at += 1;
            self.skip_blanks();
        }
    }

    /// Whether what was before may be left out.
    const fn may_be_none(&self) -> bool {
        matches!(self.ahead(0), b'?' | b'*' | b'{')
    }
}

const fn has(text: &[u8], byte: u8) -> bool {
    let mut at = 0;
    while at < text.len() {
        if text[at] == byte {
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Mask {
        let mut mask = Mask::EMPTY;
        let mut previous = None;
        for byte in text.bytes() {
            mask.note(previous, byte);
            previous = Some(byte);
        }
        mask
    }

    #[test]
    fn what_stands_there_as_itself_is_needed() {
        for (pattern, flags, text) in [
            ("abc", "", "abc"),
            (r"^\+\tab$", "", "+\tab"),
            ("ab?c*d{0,2}", "", "a"),
            ("a+b", "", "ab"),
            ("(?:ab)", "", "ab"),
            ("(ab)?", "", ""),
            ("a|b", "", ""),
            ("(?:a|b)", "", ""),
            (r"[]a][^]b]\w$Ident\x61", "", ""),
            ("(?!ab)(?<!cd)(?>ef)", "", ""),
            ("(?i)ab", "", ""),
            ("ab", "i", ""),
            ("a b # c\n", "x", "ab"),
            ("a ?", "x", ""),
        ] {
            assert_eq!(mask(pattern, flags), of(text), "{pattern}");
        }
    }
}
