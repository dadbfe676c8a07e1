// SPDX-License-Identifier: GPL-2.0-only
//! The lines of an input in their three views: raw, sanitised, and sanitised
//! with comments as blanks.

use std::borrow::Cow;
use std::cell::Cell;

use crate::lang::Lang;
use crate::options::{Input, Kind};
use crate::re::{Re, Text, re};
use crate::sanitise::{COMMENT, Sanitiser};
use crate::text;

/// The text of the lines, which the views refer to.
#[derive(Debug)]
pub(crate) struct Store<'t> {
    raw: Vec<Cow<'t, [u8]>>,
    clean: Vec<Vec<u8>>,
    plain: Vec<Option<Vec<u8>>>,
    /// Added lines of kernel-parameters.txt.
    pub(crate) setup_docs: Vec<usize>,
}

/// The views. Line numbers start at 1.
#[derive(Debug)]
pub(crate) struct Lines<'a> {
    raw: Vec<Text<'a>>,
    clean: Vec<Text<'a>>,
    plain: Vec<Text<'a>>,
    /// Bytes that statements may still look at: no text makes them quadratic.
    pub(crate) budget: Cell<u64>,
}

/// `@@ -a,b +c,d @@ context`.
pub(crate) fn hunk() -> &'static Re {
    re!(r"^\@\@ -\d+(?:,\d+)? \+(\d+)(,(\d+))? \@\@(.*)")
}

/// A number of a hunk; absurd ones are no reason to fail.
pub(crate) fn number(text: &[u8]) -> usize {
    std::str::from_utf8(text)
        .ok()
        .and_then(|text| text.parse::<u32>().ok())
        .map_or(0, |number| number as usize)
}

impl<'t> Store<'t> {
    /// Splits an input; a source file becomes the patch that adds it.
    pub(crate) fn new(input: &Input<'t>, c99: bool) -> Self {
        let raw = match input.kind {
            Kind::Patch => split(input.text).into_iter().map(Cow::Borrowed).collect(),
            Kind::File => as_patch(input),
        };
        let mut store = Self {
            raw,
            clean: Vec::new(),
            plain: Vec::new(),
            setup_docs: Vec::new(),
        };
        store.sanitise(c99);
        store.plain = store
            .clean
            .iter()
            .map(|line| {
                line.contains(&COMMENT)
                    .then(|| text::without_comments(line))
            })
            .collect();
        store
    }

    /// The views.
    pub(crate) fn lines(&self) -> Lines<'_> {
        let bytes: usize = self.raw.iter().map(|line| line.len()).sum();
        let raw: Vec<Text<'_>> = self.raw.iter().map(|line| Text::scan(line)).collect();
        let clean: Vec<Text<'_>> = self
            .clean
            .iter()
            .zip(&raw)
            .map(|(line, raw)| Text::scan_like(line, raw))
            .collect();
        let plain = self
            .plain
            .iter()
            .zip(&clean)
            .map(|(plain, clean)| plain.as_ref().map_or(*clean, |line| Text::scan(line)))
            .collect();
        Lines {
            raw,
            clean,
            plain,
            budget: Cell::new(50_000_000 + 1000 * bytes as u64),
        }
    }

    fn sanitise(&mut self, c99: bool) {
        let lang = Lang::default();
        let mut sanitiser = Sanitiser::new(c99);
        let mut left = 0;
        let mut docs = false;
        let mut clean = Vec::with_capacity(self.raw.len());
        for index in 0..self.raw.len() {
            let raw = &self.raw[index];
            if raw.starts_with(b"+++")
                && let Some(caps) = re!(r"^\+\+\+\s+(\S+)").caps(&lang, &raw[..])
            {
                docs = caps
                    .s(1)
                    .ends_with(b"Documentation/admin-guide/kernel-parameters.txt");
            }
            let counts = matches!(raw.first(), None | Some(b'+' | b' '));
            if raw.starts_with(b"@@")
                && let Some(caps) = hunk().caps(&lang, &raw[..])
            {
                left = 1 + caps.get(2).map_or(1, |_| number(caps.s(3)));
                sanitiser.reset(self.in_comment(index, left));
                clean.push(raw.to_vec());
            } else if left > 0 && counts {
                clean.push(sanitiser.line(raw));
            } else {
                clean.push(raw.to_vec());
            }
            left = match left {
                0 | 1 => 0,
                _ if counts => left - 1,
                _ => left,
            };
            if docs && clean.last().is_some_and(|line| line.first() == Some(&b'+')) {
                self.setup_docs.push(index);
            }
        }
        self.clean = clean;
    }

    /// Whether a hunk starts within a comment: the first edge that it shows is
    /// one that closes, or its first line looks like the inside of one.
    fn in_comment(&self, hunk: usize, lines: usize) -> bool {
        let lang = Lang::default();
        let within = self.raw[hunk + 1..]
            .iter()
            .filter(|line| line.first() != Some(&b'-'))
            .take(lines);
        for line in within {
            let quoted = re!(r#""[^"]*(?:/\*|\*/)[^"]*""#);
            if let Some(caps) = re!(r"(/\*|\*/)").caps(&lang, &line[..])
                && !quoted.is(&lang, &line[..])
            {
                return caps.s(1) == b"*/";
            }
        }
        self.raw
            .get(hunk + 1)
            .is_some_and(|line| re!(r"^.\s*(?:\*\*+| \*)(?:\s|$)").is(&lang, &line[..]))
    }
}

impl<'a> Lines<'a> {
    pub(crate) fn len(&self) -> usize {
        self.raw.len()
    }

    /// A raw line.
    pub(crate) fn raw(&self, number: usize) -> Option<Text<'a>> {
        self.raw.get(number.checked_sub(1)?).copied()
    }

    /// A sanitised line.
    pub(crate) fn clean(&self, number: usize) -> Option<Text<'a>> {
        self.clean.get(number.checked_sub(1)?).copied()
    }

    /// A sanitised line with comments as blanks.
    pub(crate) fn plain(&self, number: usize) -> Option<Text<'a>> {
        self.plain.get(number.checked_sub(1)?).copied()
    }

    /// The line that is so many lines after another, not counting removed ones.
    pub(crate) fn raw_after(&self, number: usize, count: usize) -> Option<&'a [u8]> {
        (number..=self.len())
            .filter_map(|number| self.raw(number))
            .map(|text| text.bytes)
            .filter(|line| line.first() != Some(&b'-'))
            .nth(count)
    }
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// What `diff -u /dev/null FILE` prints.
fn as_patch<'t>(input: &Input<'t>) -> Vec<Cow<'t, [u8]>> {
    if input.text.is_empty() {
        return Vec::new();
    }
    let own = |text: String| Cow::Owned(text.into_bytes());
    if input.text.iter().take(32 * 1024).any(|byte| *byte == 0) {
        return vec![own(format!(
            "Binary files /dev/null and {} differ",
            input.name
        ))];
    }
    let lines = split(input.text);
    let count = match lines.len() {
        1 => "1".to_owned(),
        count => format!("1,{count}"),
    };
    let mut out = Vec::with_capacity(lines.len() + 4);
    out.push(own("--- /dev/null".to_owned()));
    out.push(own(format!("+++ {}\t", input.name)));
    out.push(own(format!("@@ -0,0 +{count} @@")));
    out.extend(lines.iter().map(|line| {
        let mut added = Vec::with_capacity(line.len() + 1);
        added.push(b'+');
        added.extend_from_slice(line);
        Cow::Owned(added)
    }));
    if input.text.last() != Some(&b'\n') {
        out.push(own("\\ No newline at end of file".to_owned()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hunk_that_begins_within_a_comment_is_seen_as_such() {
        let input = Input {
            name: "p",
            text: b"@@ -1,3 +1,3 @@\n  words\n  */\n+x\n",
            kind: Kind::Patch,
        };
        let store = Store::new(&input, true);
        let lines = store.lines();
        assert_eq!(lines.clean(2).unwrap().bytes, b" \x1c\x1c\x1c\x1c\x1c\x1c");
        assert_eq!(lines.clean(4).unwrap().bytes, b"+x");
    }

    #[test]
    fn a_file_is_the_patch_that_adds_it() {
        let input = Input {
            name: "a.c",
            text: b"x\ny",
            kind: Kind::File,
        };
        let store = Store::new(&input, true);
        let lines = store.lines();
        assert_eq!(lines.raw(3).unwrap().bytes, b"@@ -0,0 +1,2 @@");
        assert_eq!(lines.raw(5).unwrap().bytes, b"+y");
        assert!(lines.raw(6).unwrap().bytes.starts_with(b"\\ No newline"));
    }
}
