// SPDX-License-Identifier: GPL-2.0-only
//! A patch file taken apart: who wrote it, its subject, its text. Nothing of
//! the text is lost on the way: notes below `---` stay, too.

use std::path::Path;

use anyhow::{Context, Result};
use mail_parser::MessageParser;

use crate::recipients::Mailbox;
use crate::stop::Stop;

/// A patch file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// Name of the file without `.patch`.
    pub stem: String,
    /// `From:`.
    pub author: Mailbox,
    /// Subject without `[PATCH]`.
    pub subject: String,
    /// Description, `---`, notes, diffstat and diff.
    pub text: String,
}

/// One line `Key: value` at the end of a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trailer {
    /// `Signed-off-by`
    pub key: String,
    /// What follows.
    pub value: String,
}

impl Patch {
    /// Reads a patch file.
    ///
    /// # Errors
    /// What is no patch, or no UTF-8.
    pub fn load(path: &Path) -> Result<Self> {
        let bytes =
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let stem = path.file_stem().context("a patch has a name")?;
        let refuse = |why: &str| Stop::failed(format!("{} {why}", path.display()));
        let text = String::from_utf8(bytes)
            .map_err(|_| refuse("is not UTF-8, and a mail says in one word what its text is"))?;
        Self::parse(&stem.to_string_lossy(), &text)
            .ok_or_else(|| refuse("has no author or subject").into())
    }

    fn parse(stem: &str, text: &str) -> Option<Self> {
        // An mbox begins with a line that is no header.
        let mail = match text.split_once('\n') {
            Some((first, rest)) if first.starts_with("From ") => rest,
            _ => text,
        };
        let (headers, body) = mail.split_once("\n\n")?;
        let headers = format!("{headers}\n\n");
        let message = MessageParser::new().parse_headers(&headers)?;
        let from = message.from()?.first()?;
        let address = from.address()?;
        let author = match from.name() {
            Some(name) => Mailbox {
                name: name.to_owned(),
                ..Mailbox::parse(address)?
            },
            None => Mailbox::parse(address)?,
        };
        Some(Self {
            stem: stem.to_owned(),
            author,
            subject: bare_subject(message.subject()?).to_owned(),
            text: body.to_owned(),
        })
    }

    /// Description and the rest, which begins with `---`.
    pub fn split(&self) -> (&str, &str) {
        if self.text.starts_with("---\n") {
            return ("", &self.text);
        }
        match self.text.find("\n---\n") {
            Some(at) => self.text.split_at(at + 1),
            // A diff without a line before it.
            None => match self.text.find("\ndiff --git ") {
                Some(at) => self.text.split_at(at + 1),
                None => (&self.text, ""),
            },
        }
    }

    /// The trailers of the description.
    pub fn trailers(&self) -> Vec<Trailer> {
        let message = format!("{}\n\n{}", self.subject, self.split().0);
        let Ok(found) = git2::message_trailers_strs(&message) else {
            return Vec::new();
        };
        found
            .iter()
            .map(|(key, value)| Trailer {
                key: key.to_owned(),
                value: value.to_owned(),
            })
            .collect()
    }

    /// Whether `who` signed it off.
    pub fn is_signed_by(&self, who: &Mailbox) -> bool {
        self.trailers().iter().any(|trailer| {
            trailer.key.eq_ignore_ascii_case("signed-off-by")
                && Mailbox::parse(&trailer.value).is_some_and(|by| by.key() == who.key())
        })
    }

    /// Adds the sign-off of `who` as the last trailer, unless it is there.
    pub fn sign_off(&mut self, who: &Mailbox) {
        if self.is_signed_by(who) {
            return;
        }
        let name = if who.name.is_empty() {
            &who.address
        } else {
            &who.name
        };
        self.add_trailer(&format!("Signed-off-by: {name} <{}>", who.address));
    }

    /// Adds a line as the last trailer.
    pub fn add_trailer(&mut self, line: &str) {
        let has_trailers = !self.trailers().is_empty();
        let (description, rest) = self.split();
        let description = description.trim_end_matches('\n');
        let gap = match (description.is_empty(), has_trailers) {
            (true, _) => "",
            (false, true) => "\n",
            (false, false) => "\n\n",
        };
        self.text = format!("{description}{gap}{line}\n{rest}");
    }
}

/// The subject without `[PATCH v2 3/4]`; other brackets belong to it.
pub fn bare_subject(subject: &str) -> &str {
    let subject = subject.trim();
    match subject
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((tags, rest)) if tags.split_whitespace().any(|tag| tag == "PATCH") => {
            rest.trim_start()
        }
        _ => subject,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n\
        From: =?UTF-8?q?J=C3=BCrgen=20Doe?= <j@x.org>\n\
        Date: Tue, 14 Nov 2023 22:13:20 +0000\n\
        Subject: [PATCH] init: a subject that is long enough to be folded by\n git format-patch\n\n\
        Why.\n\nReviewed-by: R <r@x.org>\n---\nnote\n\n init/main.c | 2 +-\n\ndiff --git a/x b/x\n";

    fn patch() -> Patch {
        Patch::parse("0001-x", TEXT).unwrap()
    }

    #[test]
    fn headers_are_decoded_and_the_text_is_kept() {
        let patch = patch();
        assert_eq!(patch.author.name, "Jürgen Doe");
        assert_eq!(
            patch.subject,
            "init: a subject that is long enough to be folded by git format-patch"
        );
        assert!(TEXT.ends_with(&patch.text));
        assert!(patch.split().1.starts_with("---\nnote\n"));
    }

    #[test]
    fn a_sign_off_joins_the_trailers_once() {
        let mut patch = patch();
        let who = Mailbox::parse("S <s@x.org>").unwrap();
        assert!(!patch.is_signed_by(&who));
        patch.sign_off(&who);
        patch.sign_off(&who);
        assert!(
            patch.text.starts_with(
                "Why.\n\nReviewed-by: R <r@x.org>\nSigned-off-by: S <s@x.org>\n---\nnote\n"
            ),
            "{}",
            patch.text
        );
    }

    #[test]
    fn a_first_trailer_stands_apart() {
        let mut patch = patch();
        patch.text = "Why.\n---\n".to_owned();
        patch.sign_off(&Mailbox::parse("S <s@x.org>").unwrap());
        assert_eq!(patch.text, "Why.\n\nSigned-off-by: S <s@x.org>\n---\n");
    }

    #[test]
    fn only_the_tags_of_a_patch_are_taken_off() {
        assert_eq!(bare_subject("[RFC PATCH v3 01/14] mm: x"), "mm: x");
        assert_eq!(bare_subject("[media] x"), "[media] x");
    }
}
