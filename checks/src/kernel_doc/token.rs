// SPDX-License-Identifier: GPL-2.0-only
//! C as tokens, without comments and without what they hide as private.

/// A token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    pub(super) text: &'t [u8],
    /// Whether there is a blank before it.
    pub(super) spaced: bool,
}

impl Token<'_> {
    pub(super) fn is(&self, text: &str) -> bool {
        self.text == text.as_bytes()
    }

    pub(super) fn is_word(&self) -> bool {
        let first = self.text.first();
        first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
    }

    pub(super) fn opens(&self) -> bool {
        matches!(self.text, b"(" | b"[" | b"{")
    }

    pub(super) fn closes(&self) -> bool {
        matches!(self.text, b")" | b"]" | b"}")
    }
}

/// The tokens of a declaration.
pub(super) fn tokens(code: &[u8]) -> Vec<Token<'_>> {
    let mut found = Vec::new();
    let mut at = 0;
    let mut spaced = false;
    // Whether the parts of each open bracket are shown.
    let mut shown = vec![true];
    while at < code.len() {
        let rest = &code[at..];
        let length = length(rest);
        let text = &rest[..length];
        at += length;
        if text[0].is_ascii_whitespace() || text.starts_with(b"//") {
            spaced = true;
            continue;
        }
        if let Some(comment) = text.strip_prefix(b"/*") {
            spaced = true;
            let comment = comment.trim_ascii_start();
            if let Some(last) = shown.last_mut() {
                *last &= !comment.starts_with(b"private:");
                *last |= comment.starts_with(b"public:");
            }
            continue;
        }
        let token = Token { text, spaced };
        spaced = false;
        let mut show = shown.last() == Some(&true);
        if token.opens() {
            shown.push(show);
        } else if token.closes() && shown.len() > 1 {
            shown.pop();
            show = shown.last() == Some(&true);
        }
        if show {
            found.push(token);
        }
    }
    found
}

/// How many bytes the first token has.
fn length(text: &[u8]) -> usize {
    let until = |end: &[u8]| {
        let found = text[2..]
            .windows(end.len())
            .position(|window| window == end);
        found.map_or(text.len(), |at| 2 + at + end.len())
    };
    let run = |is: fn(&u8) -> bool| text.iter().take_while(|byte| is(byte)).count();
    match text[0] {
        b'/' if text.starts_with(b"/*") => until(b"*/"),
        b'/' if text.starts_with(b"//") => until(b"\n"),
        b'.' if text.starts_with(b"...") => 3,
        quote @ (b'"' | b'\'') => {
            let mut at = 1;
            while at < text.len() && text[at] != quote {
                at += 1 + usize::from(text[at] == b'\\');
            }
            (at + 1).min(text.len())
        }
        byte if byte.is_ascii_whitespace() => run(u8::is_ascii_whitespace),
        byte if byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80 => {
            run(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80)
        }
        _ => 1,
    }
}

/// Splits at a separator that is in no brackets.
pub(super) fn split<'s, 't>(tokens: &'s [Token<'t>], separator: &str) -> Vec<&'s [Token<'t>]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is(separator) {
            parts.push(&tokens[start..at]);
            start = at + 1;
        }
    }
    parts.push(&tokens[start..]);
    parts
}

/// Where the bracket that opens at an index is closed.
pub(super) fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.opens() {
            depth += 1;
        } else if token.closes() {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return at;
            }
        }
    }
    tokens.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_comment_hides_is_gone_up_to_the_end_of_its_brackets() {
        let code = b"{ int a; struct { /* private: */ int b; } c; /* private: */ int d; /* public: */ int e; \"x;\\\"\" }";
        let found: Vec<_> = tokens(code)
            .iter()
            .map(|token| String::from_utf8_lossy(token.text).into_owned())
            .collect();
        assert_eq!(
            found.join(" "),
            "{ int a ; struct { } c ; int e ; \"x;\\\"\" }"
        );
    }
}
