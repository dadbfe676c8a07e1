// SPDX-License-Identifier: GPL-2.0-only
//! A mail of a series taken apart: headers, subject, message, notes, and what
//! it changes. Anything is taken; what is no mail has a message only.

use std::ops::Range;

use crate::lines::Store;
use crate::mail;
use crate::options::{Input, Kind};
use crate::text;

/// A mail. Lines are counted from 1.
#[derive(Debug)]
pub(crate) struct Letter<'t> {
    pub(crate) lines: Vec<&'t [u8]>,
    pub(crate) subject: Subject,
    headers: Vec<Header>,
    /// The lines of the message with its tags.
    pub(crate) body: Range<usize>,
    /// The lines between `---` and what is changed.
    pub(crate) notes: Range<usize>,
    pub(crate) files: Vec<File<'t>>,
    /// The lines without comments, and with the letters of strings hidden.
    plain: Vec<Vec<u8>>,
}

#[derive(Debug)]
struct Header {
    name: String,
    value: String,
}

/// `[RFC PATCH net-next v2 3/7] title`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) line: usize,
    /// 1 unless one is given.
    pub(crate) version: u32,
    pub(crate) number: Option<(u32, u32)>,
    /// Whether it only asks for comments.
    pub(crate) is_rfc: bool,
    pub(crate) title: String,
}

/// What is changed in a file.
#[derive(Debug)]
pub(crate) struct File<'t> {
    /// Where it begins.
    pub(crate) line: usize,
    /// `None` if there was none before.
    pub(crate) old: Option<String>,
    /// `None` if there is none after.
    pub(crate) new: Option<String>,
    pub(crate) hunks: Vec<Hunk<'t>>,
}

#[derive(Debug)]
pub(crate) struct Hunk<'t> {
    /// First line in the file before, from 1.
    pub(crate) old_start: usize,
    pub(crate) lines: Vec<Line<'t>>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'t> {
    /// Of the mail.
    pub(crate) number: usize,
    /// Of the file after the patch; of a removed line, where it was.
    pub(crate) new: usize,
    /// A blank, `+` or `-`.
    pub(crate) marker: u8,
    pub(crate) text: &'t [u8],
}

/// A tag at the end of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) value: String,
}

impl<'t> Letter<'t> {
    pub(crate) fn parse(mail: &'t [u8]) -> Self {
        let lines = split(mail);
        let (headers, start) = headers(&lines);
        let is_diff = |line: &&[u8]| line.starts_with(b"diff --git ") || is_old_name(line);
        let diff = start
            + lines[start..]
                .iter()
                .position(is_diff)
                .unwrap_or(lines.len() - start);
        let dashes = lines[start..diff].iter().position(|line| *line == b"---");
        let end = dashes.map_or(diff, |at| start + at);
        let input = Input {
            name: "",
            text: mail,
            kind: Kind::Patch,
        };
        let store = Store::new(&input, true);
        let views = store.lines();
        let files = files(&lines, diff);
        let plain = match files.is_empty() {
            true => Vec::new(),
            false => (1..=lines.len())
                .map(|number| {
                    views
                        .plain(number)
                        .map_or(Vec::new(), |it| it.bytes.to_vec())
                })
                .collect(),
        };
        Self {
            subject: subject_of(&headers),
            headers: headers
                .into_iter()
                .map(|(_, name, value)| Header { name, value })
                .collect(),
            body: start + 1..end + 1,
            notes: (end + 2).min(diff + 1)..diff + 1,
            files,
            plain,
            lines,
        }
    }

    /// Whether it changes nothing and introduces the others.
    pub(crate) fn is_cover(&self) -> bool {
        self.files.is_empty() && self.subject.number.is_some_and(|(number, _)| number == 0)
    }

    /// The values of the headers of a name.
    pub(crate) fn headers(&self, name: &str) -> impl Iterator<Item = &str> {
        self.headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name))
            .map(|header| &*header.value)
    }

    /// Lines of the mail as text.
    pub(crate) fn text(&self, range: Range<usize>) -> impl Iterator<Item = (usize, String)> {
        range.map(|number| (number, text::show(self.lines[number - 1])))
    }

    /// The tags of the message.
    pub(crate) fn tags(&self) -> Vec<Tag> {
        self.text(self.body.clone())
            .filter_map(|(line, text)| {
                let (name, value) = text.split_once(':')?;
                let is_name = name.starts_with(|c: char| c.is_ascii_uppercase())
                    && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
                is_name.then(|| Tag {
                    line,
                    name: name.to_owned(),
                    value: value.trim().to_owned(),
                })
            })
            .collect()
    }

    /// A line of a hunk without comments and strings, and without its marker.
    pub(crate) fn plain(&self, number: usize) -> &[u8] {
        let line = self.plain.get(number - 1).map_or(&[][..], |line| line);
        line.get(1..).unwrap_or_default()
    }
}

impl File<'_> {
    /// Its path, after the patch if there is one.
    pub(crate) fn path(&self) -> &str {
        self.new.as_deref().or(self.old.as_deref()).unwrap_or("")
    }

    pub(crate) fn lines(&self) -> impl Iterator<Item = &Line<'_>> {
        self.hunks.iter().flat_map(|hunk| &hunk.lines)
    }

    /// Whether it is C.
    pub(crate) fn is_c(&self) -> bool {
        self.path().ends_with(".c") || self.path().ends_with(".h")
    }
}

/// The subject of a mail.
pub(crate) fn subject(mail: &[u8]) -> Subject {
    subject_of(&headers(&split(mail)).0)
}

/// The addresses in the value of a header or tag, in small letters.
pub(crate) fn addresses(value: &str) -> Vec<String> {
    value
        .split(|c: char| c.is_whitespace() || "<>,;()\"".contains(c))
        .filter(|word| word.contains('@'))
        .map(str::to_lowercase)
        .collect()
}

fn split(mail: &[u8]) -> Vec<&[u8]> {
    let mut lines: Vec<&[u8]> = mail
        .split(|byte| *byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines
}

/// Line, name and value of each header, and the index of the first line after.
fn headers(lines: &[&[u8]]) -> (Vec<(usize, String, String)>, usize) {
    let mut found: Vec<(usize, String, String)> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let text = || text::show(line);
        if line.is_empty() {
            return (found, index + 1);
        }
        if line.starts_with(b"From ") && found.is_empty() {
            continue;
        }
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if let Some((_, _, value)) = found.last_mut() {
                value.push(' ');
                value.push_str(text().trim());
            }
            continue;
        }
        let name = line.iter().position(|byte| *byte == b':');
        match name.filter(|end| {
            let name = &line[..*end];
            *end > 0 && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-')
        }) {
            Some(end) => {
                let (name, value) = line.split_at(end);
                let value = text::show(&value[1..]).trim().to_owned();
                found.push((index + 1, text::show(name), value));
            }
            None => return (Vec::new(), 0),
        }
    }
    (found, lines.len())
}

fn subject_of(headers: &[(usize, String, String)]) -> Subject {
    let mut subject = Subject {
        version: 1,
        ..Subject::default()
    };
    let header = headers
        .iter()
        .find(|(_, name, _)| name.eq_ignore_ascii_case("subject"));
    let Some((line, _, value)) = header else {
        return subject;
    };
    subject.line = *line;
    let value = text::show(&mail::decode_words(value.as_bytes()));
    let mut rest = value.trim();
    while let Some((tags, after)) = rest.strip_prefix('[').and_then(|it| it.split_once(']')) {
        for word in tags.split_whitespace() {
            subject.word(word);
        }
        rest = after.trim_start();
    }
    subject.is_rfc |= rest.starts_with("RFC:") || rest.starts_with("RFC ");
    subject.title = rest.to_owned();
    subject
}

impl Subject {
    /// Takes a word of `[PATCH v2 3/7]`.
    fn word(&mut self, word: &str) {
        let word = word.to_ascii_lowercase();
        self.is_rfc |= word == "rfc";
        let version = word.strip_prefix("patch").unwrap_or(&word);
        if let Some(version) = version.strip_prefix('v').and_then(|it| it.parse().ok()) {
            self.version = version;
        }
        if let Some((number, of)) = word.split_once('/')
            && let (Ok(number), Ok(of)) = (number.parse(), of.parse())
        {
            self.number = Some((number, of));
        }
    }
}

/// `--- a/x` or `--- /dev/null`, not the dashes before the notes.
fn is_old_name(line: &[u8]) -> bool {
    line.starts_with(b"--- a/") || line.starts_with(b"--- /dev/null")
}

fn files<'t>(lines: &[&'t [u8]], from: usize) -> Vec<File<'t>> {
    let mut files: Vec<File<'t>> = Vec::new();
    let mut index = from;
    while index < lines.len() {
        let line = lines[index];
        index += 1;
        if let Some(names) = line.strip_prefix(b"diff --git ") {
            // Both names are the same but in a rename, which says them again.
            let name = text::show(names);
            let name = name.split_once(" b/").map(|(_, name)| name.to_owned());
            files.push(File {
                line: index,
                old: name.clone(),
                new: name,
                hunks: Vec::new(),
            });
            continue;
        }
        if is_old_name(line) && lines.get(index).is_some_and(|it| it.starts_with(b"+++ ")) {
            if files.last().is_none_or(|file| !file.hunks.is_empty()) {
                files.push(File {
                    line: index,
                    old: None,
                    new: None,
                    hunks: Vec::new(),
                });
            }
            if let Some(file) = files.last_mut() {
                file.old = name(&line[4..]);
                file.new = name(&lines[index][4..]);
            }
            index += 1;
            continue;
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        if line.starts_with(b"new file mode ") {
            file.old = None;
        } else if line.starts_with(b"deleted file mode ") {
            file.new = None;
        } else if let Some(from) = line.strip_prefix(b"rename from ") {
            file.old = Some(text::show(from));
        } else if let Some(start) = starts(line) {
            let (hunk, next) = hunk(lines, index, start);
            file.hunks.push(hunk);
            index = next;
        }
    }
    files
}

/// The path in `a/path<tab>date`; none for `/dev/null`.
fn name(text: &[u8]) -> Option<String> {
    let text = text::show(text);
    let path = text.split('\t').next().unwrap_or_default().trim();
    let (first, rest) = path.split_once('/')?;
    (!first.is_empty()).then(|| rest.to_owned())
}

/// Starts and lengths of `@@ -1,2 +3,4 @@`.
fn starts(line: &[u8]) -> Option<[usize; 4]> {
    let text = text::show(line.strip_prefix(b"@@ -")?);
    let (old, rest) = text.split_once(" +")?;
    let (new, _) = rest.split_once(" @@")?;
    let pair = |text: &str| -> Option<(usize, usize)> {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        let start: u32 = start.parse().ok()?;
        let count: u32 = count.parse().ok()?;
        Some((start as usize, count as usize))
    };
    let ((old, removed), (new, added)) = (pair(old)?, pair(new)?);
    Some([old, removed, new, added])
}

fn hunk<'t>(lines: &[&'t [u8]], from: usize, start: [usize; 4]) -> (Hunk<'t>, usize) {
    let [old_start, mut removed, mut new, mut added] = start;
    let mut hunk = Hunk {
        old_start,
        lines: Vec::new(),
    };
    let mut index = from;
    while index < lines.len() && (removed > 0 || added > 0) {
        let line = lines[index];
        let (marker, text) = match line.split_first() {
            None => (b' ', line),
            Some((b'\\', _)) => {
                index += 1;
                continue;
            }
            Some((marker @ (b' ' | b'+' | b'-'), text)) => (*marker, text),
            Some(_) => break,
        };
        if marker != b'+' {
            removed = removed.saturating_sub(1);
        }
        hunk.lines.push(Line {
            number: index + 1,
            new,
            marker,
            text,
        });
        if marker != b'-' {
            added = added.saturating_sub(1);
            new += 1;
        }
        index += 1;
    }
    (hunk, index)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &[u8] = b"From abc\nFrom: J <j@e.org>\nSubject: [RFC PATCH net-next v2\n 3/7] net: do\n it\nCc: A <a@e.org>,\n\tb@e.org\n\nbecause\n\nFixes: 1 (\"x\")\n---\nv2: better\n\n a.c | 2 +-\n\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n-old\n+new\n same\n@@ -9 +9,2 @@ f\n last\n+--- a/b\ndiff --git a/n.h b/n.h\nnew file mode 100644\n--- /dev/null\n+++ b/n.h\n@@ -0,0 +1 @@\n+x\n-- \n2.39\n";

    #[test]
    fn a_mail_is_taken_apart() {
        let letter = Letter::parse(MAIL);
        let subject = &letter.subject;
        assert_eq!((subject.line, subject.version), (3, 2));
        assert_eq!((subject.number, subject.is_rfc), (Some((3, 7)), true));
        assert_eq!(subject.title, "net: do it");
        let cc: Vec<String> = letter.headers("cc").flat_map(addresses).collect();
        assert_eq!(cc, ["a@e.org", "b@e.org"]);
        assert_eq!(letter.tags()[0].value, "1 (\"x\")");
        assert_eq!(
            letter.text(letter.notes.clone()).next().unwrap().1,
            "v2: better"
        );
    }

    #[test]
    fn what_looks_like_a_name_within_a_hunk_is_none() {
        let letter = Letter::parse(MAIL);
        let [a, n] = &letter.files[..] else { panic!() };
        assert_eq!((a.path(), a.hunks.len()), ("a.c", 2));
        let last = a.lines().last().unwrap();
        assert_eq!(
            (last.new, last.marker, last.text),
            (10, b'+', &b"--- a/b"[..])
        );
        assert_eq!(
            (n.old.as_deref(), n.path(), n.lines().count()),
            (None, "n.h", 1)
        );
    }

    #[test]
    fn anything_is_a_letter() {
        for text in [
            &b""[..],
            b"\n",
            b"---",
            b"---\n\n",
            b"@@ -1 +1 @@",
            b"x: y",
            b"diff --git \n@@ -4294967295,9 +1,9 @@\n+",
        ] {
            Letter::parse(text);
        }
    }
}
