// SPDX-License-Identifier: GPL-2.0-only
//! The second view of a line: strings become X, comments a marker, and nothing
//! moves, so that rules can look for code with simple patterns.

use crate::lang::Lang;
use crate::re::re;

/// The byte that stands for each byte of a comment.
pub(crate) const COMMENT: u8 = 0x1c;

/// What the line before left open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Comment,
    Line,
    Quote(u8),
}

/// Sanitises the lines of a hunk one after the other.
#[derive(Debug)]
pub(crate) struct Sanitiser {
    open: Open,
    /// Whether `//` comments are comments, too.
    pub(crate) c99: bool,
}

impl Sanitiser {
    pub(crate) fn new(c99: bool) -> Self {
        Self {
            open: Open::Nothing,
            c99,
        }
    }

    /// Starts a hunk, perhaps within a comment.
    pub(crate) fn reset(&mut self, in_comment: bool) {
        self.open = if in_comment {
            Open::Comment
        } else {
            Open::Nothing
        };
    }

    /// The sanitised line, with its diff marker.
    pub(crate) fn line(&mut self, line: &[u8]) -> Vec<u8> {
        let mut out = line.to_vec();
        let mut at = 1;
        while at < line.len() {
            at += self.byte(line, at, &mut out);
        }
        if self.open == Open::Line {
            self.open = Open::Nothing;
        }
        preprocessor(&mut out);
        if self.c99
            && let Some(start) = find(&out, b"//")
        {
            out[start..].fill(COMMENT);
        }
        out
    }

    /// Handles what starts at a byte; how many bytes that was.
    fn byte(&mut self, line: &[u8], at: usize, out: &mut [u8]) -> usize {
        let byte = line[at];
        let pair = line.get(at..at + 2).unwrap_or_default();
        match (self.open, pair) {
            (Open::Nothing, b"/*") => {
                self.open = Open::Comment;
                out[at..at + 2].fill(COMMENT);
                return 2;
            }
            (Open::Comment, b"*/") => {
                self.open = Open::Nothing;
                out[at..at + 2].fill(COMMENT);
                return 2;
            }
            (Open::Nothing, b"//") => {
                self.open = Open::Line;
                return 2;
            }
            _ => {}
        }
        if let Open::Quote(quote) = self.open {
            if byte == b'\\' {
                let end = line.len().min(at + 2);
                out[at..end].fill(b'X');
                return 2;
            }
            if byte == quote {
                self.open = Open::Nothing;
            }
        } else if self.open == Open::Nothing && (byte == b'\'' || byte == b'"') {
            self.open = Open::Quote(byte);
            return 1;
        }
        if byte != b'\t' {
            match self.open {
                Open::Nothing => {}
                Open::Comment | Open::Line => out[at] = COMMENT,
                Open::Quote(_) => out[at] = b'X',
            }
        }
        1
    }
}

/// The name in an `#include <>` and the text of an `#error` are strings, too.
fn preprocessor(line: &mut Vec<u8>) {
    if !line.contains(&b'#') {
        return;
    }
    let lang = Lang::default();
    if let Some(caps) = re!(r"^.\s*\#\s*include\s+\<(.*)\>").caps(&lang, &line[..]) {
        let (start, end) = (caps.start(1), caps.end(1));
        // From the first < to the last > of the line.
        line[start..end].fill(b'X');
    } else if let Some(caps) = re!(r"^.\s*\#\s*(?:error|warning)\s+(.*)\b").caps(&lang, &line[..]) {
        let (start, end) = (caps.start(1), caps.end(1));
        line[start..end].fill(b'X');
        line.truncate(end);
    }
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&str]) -> Vec<String> {
        let mut sanitiser = Sanitiser::new(true);
        text.iter()
            .map(|line| {
                String::from_utf8(sanitiser.line(line.as_bytes()))
                    .unwrap()
                    .replace('\x1c', "~")
            })
            .collect()
    }

    #[test]
    fn strings_and_comments_keep_their_width() {
        assert_eq!(
            lines(&[r#"+x("a\"b", '\''); /* c */ y // z"#]),
            [r#"+x("XXXX", 'XX'); ~~~~~~~ y ~~~~"#]
        );
    }

    #[test]
    fn a_comment_goes_on_over_lines_and_tabs_stay() {
        assert_eq!(lines(&["+a /* b", "+\tc */ d"]), ["+a ~~~~", "+\t~~~~ d"]);
    }

    #[test]
    fn what_follows_error_is_no_code() {
        assert_eq!(
            lines(&["+#include <a/b.h>", "+#error don't!"]),
            ["+#include <XXXXX>", "+#error XXXXXX"]
        );
    }
}
