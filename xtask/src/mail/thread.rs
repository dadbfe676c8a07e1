// SPDX-License-Identifier: GPL-2.0-only
//! The thread. In: what the series is, its patches, and who gets what. Out:
//! mails in order, numbered and linked. Pure: time and randomness come in.

use crate::recipients::Mailbox;

use super::message::Draft;
use super::patch::Patch;

/// How somebody is addressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Asked to act.
    To,
    /// Kept informed.
    Cc,
}

/// Somebody who gets a mail, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reader {
    /// Who.
    pub mailbox: Mailbox,
    /// To or Cc.
    pub field: Field,
    /// In the words of whoever chose them.
    pub why: String,
}

/// Everybody who gets a mail; each address once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readers(pub Vec<Reader>);

impl Readers {
    /// Adds somebody. Who is there already keeps the first reason; To wins.
    pub fn add(&mut self, reader: Reader) {
        let key = reader.mailbox.key();
        match self.0.iter_mut().find(|known| known.mailbox.key() == key) {
            Some(known) => known.field = known.field.min(reader.field),
            None => self.0.push(reader),
        }
    }

    /// To before Cc. Where nobody is asked, those who are informed are.
    pub fn settle(&mut self) {
        if self.0.iter().all(|reader| reader.field == Field::Cc) {
            for reader in &mut self.0 {
                reader.field = Field::To;
            }
        }
        self.0.sort_by_key(|reader| reader.field);
    }

    fn of(&self, field: Field) -> Vec<Mailbox> {
        let chosen = self.0.iter().filter(|reader| reader.field == field);
        chosen.map(|reader| reader.mailbox.clone()).collect()
    }
}

/// What all mails of a thread share.
#[derive(Clone, Debug)]
pub struct Frame<'a> {
    /// Who sends, and is the author of what has a placeholder for one.
    pub sender: &'a Mailbox,
    /// "RFC", "RESEND", ...
    pub prefixes: &'a [String],
    /// `vN`.
    pub version: u32,
    /// `<date>-<slug>`, for Message-IDs.
    pub slug: &'a str,
    /// What nobody can guess, for Message-IDs.
    pub random: &'a str,
    /// What the signature says.
    pub signature: &'a str,
    /// Seconds since 1970 of the first mail; the others follow by a second
    /// each, so that a mailbox sorted by date shows them in order.
    pub time: i64,
}

/// A cover letter.
#[derive(Clone, Debug)]
pub struct Cover {
    /// Subject without brackets.
    pub subject: String,
    /// Everything above the signature.
    pub text: String,
    /// Who gets it.
    pub readers: Readers,
}

/// A mail of the thread with the name of its file.
#[derive(Clone, Debug)]
pub struct Letter {
    /// `0001-subject`
    pub stem: String,
    /// Who gets it, and why.
    pub readers: Readers,
    /// The mail.
    pub draft: Draft,
}

/// Builds the thread; `footer` is what stands below a patch that has no cover
/// letter to say it.
pub fn build(
    frame: &Frame,
    cover: Option<&Cover>,
    patches: &[(Patch, Readers)],
    footer: &str,
) -> Vec<Letter> {
    let total = patches.len();
    let numbered = total > 1 || cover.is_some();
    let mut letters = Vec::new();
    let mut root = None;
    if let Some(cover) = cover {
        let gap = if footer.is_empty() { "\n" } else { "" };
        let text = cover.text.trim_end_matches('\n');
        let body = format!("{text}\n{gap}{}", frame.signed());
        letters.push(frame.letter(
            0,
            "0000-cover-letter",
            subject(frame, numbered.then_some((0, total)), &cover.subject),
            &cover.readers,
            None,
            body,
        ));
        root = Some(frame.id(0));
    }
    for (index, (patch, readers)) in patches.iter().enumerate() {
        let number = index + 1;
        let mut body = String::new();
        if patch.author.key() != frame.sender.key() {
            body = format!("From: {}\n\n", in_body(&patch.author));
        }
        body += &patch.text;
        if cover.is_none() && index == 0 && !footer.is_empty() {
            body = with_footer(&body, footer);
        }
        if !has_signature(&body) {
            if !body.ends_with('\n') {
                body.push('\n');
            }
            body += &frame.signed();
        }
        let title = subject(frame, numbered.then_some((number, total)), &patch.subject);
        letters.push(frame.letter(number, &patch.stem, title, readers, root.clone(), body));
        root.get_or_insert_with(|| frame.id(number));
    }
    letters
}

impl Frame<'_> {
    fn id(&self, number: usize) -> String {
        let domain = self
            .sender
            .address
            .rsplit('@')
            .next()
            .unwrap_or("localhost");
        format!(
            "{}-v{}-{number}-{}@{domain}",
            self.slug, self.version, self.random
        )
    }

    fn signed(&self) -> String {
        format!("-- \n{}\n\n", self.signature)
    }

    fn letter(
        &self,
        number: usize,
        stem: &str,
        subject: String,
        readers: &Readers,
        reply_to: Option<String>,
        body: String,
    ) -> Letter {
        let offset = i64::try_from(number).unwrap_or_default();
        Letter {
            stem: stem.to_owned(),
            readers: readers.clone(),
            draft: Draft {
                from: self.sender.clone(),
                to: readers.of(Field::To),
                cc: readers.of(Field::Cc),
                subject,
                date: date(self.time + offset),
                id: self.id(number),
                references: reply_to.into_iter().collect(),
                body,
            },
        }
    }
}

/// `[RFC PATCH net-next v3 RESEND 01/14] title`
fn subject(frame: &Frame, number: Option<(usize, usize)>, title: &str) -> String {
    let mut tags: Vec<String> = Vec::new();
    let (before, rest): (Vec<&String>, Vec<&String>) =
        frame.prefixes.iter().partition(|prefix| *prefix == "RFC");
    let (after, middle): (Vec<&String>, Vec<&String>) =
        rest.into_iter().partition(|prefix| *prefix == "RESEND");
    tags.extend(before.into_iter().cloned());
    tags.push("PATCH".to_owned());
    tags.extend(middle.into_iter().cloned());
    if frame.version > 1 {
        tags.push(format!("v{}", frame.version));
    }
    tags.extend(after.into_iter().cloned());
    if let Some((number, total)) = number {
        let width = total.to_string().len();
        tags.push(format!("{number:0width$}/{total}"));
    }
    format!("[{}] {title}", tags.join(" "))
}

/// As `git am` reads it: no quotes around a name.
fn in_body(author: &Mailbox) -> String {
    if author.name.is_empty() {
        format!("<{}>", author.address)
    } else {
        format!("{} <{}>", author.name, author.address)
    }
}

fn has_signature(body: &str) -> bool {
    let mut lines = body.trim_end_matches('\n').rsplit('\n');
    lines.next();
    lines.next() == Some("-- ")
}

/// Puts the footer where git format-patch has it: above the signature.
fn with_footer(body: &str, footer: &str) -> String {
    let body = body.trim_end_matches('\n');
    if has_signature(body) {
        let at = body.rfind("\n-- \n").unwrap_or(body.len());
        return format!("{}\n\n{footer}{}\n", &body[..at], &body[at + 1..]);
    }
    format!("{body}\n\n{footer}")
}

/// A time as a mail has it, where the machine is.
pub fn date(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).unwrap_or_default();
    let here = time.to_zoned_datetime(jiff::tz::TimeZone::system());
    here.strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}

/// A shortlog as `git shortlog` has it, by author.
pub fn shortlog(patches: &[&Patch]) -> String {
    let mut authors: Vec<&str> = patches.iter().map(|patch| name(patch)).collect();
    authors.sort_unstable();
    authors.dedup();
    let mut out = String::new();
    for author in authors {
        let own: Vec<&&Patch> = patches
            .iter()
            .filter(|patch| name(patch) == author)
            .collect();
        out += &format!("{author} ({}):\n", own.len());
        for patch in own {
            out += &format!("  {}\n", patch.subject);
        }
        out.push('\n');
    }
    out
}

fn name(patch: &Patch) -> &str {
    if patch.author.name.is_empty() {
        &patch.author.address
    } else {
        &patch.author.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender() -> Mailbox {
        Mailbox::parse("Dev <dev@x.org>").unwrap()
    }

    fn patch(number: usize, author: &str) -> (Patch, Readers) {
        let patch = Patch {
            stem: format!("{number:04}-x"),
            author: Mailbox::parse(author).unwrap(),
            subject: format!("x: {number}"),
            text: "Why.\n---\n diff\n".to_owned(),
        };
        (patch, Readers::default())
    }

    fn thread(prefixes: &[&str], version: u32, count: usize, cover: bool) -> Vec<Letter> {
        let prefixes: Vec<String> = prefixes.iter().map(|prefix| (*prefix).to_owned()).collect();
        let sender = sender();
        let frame = Frame {
            sender: &sender,
            prefixes: &prefixes,
            version,
            slug: "20260101-x",
            random: "abc",
            signature: "2.47",
            time: 1_700_000_000,
        };
        let cover = cover.then(|| Cover {
            subject: "title".to_owned(),
            text: "Blurb.".to_owned(),
            readers: Readers::default(),
        });
        let patches: Vec<_> = (1..=count).map(|n| patch(n, "Dev <dev@x.org>")).collect();
        build(&frame, cover.as_ref(), &patches, "base-commit: 1\n")
    }

    fn subjects(letters: &[Letter]) -> Vec<&str> {
        letters
            .iter()
            .map(|letter| letter.draft.subject.as_str())
            .collect()
    }

    #[test]
    fn numbers_are_as_wide_as_the_total() {
        let letters = thread(&[], 3, 10, true);
        assert_eq!(letters[0].draft.subject, "[PATCH v3 00/10] title");
        assert_eq!(letters[1].draft.subject, "[PATCH v3 01/10] x: 1");
        assert_eq!(
            subjects(&thread(&["RFC"], 1, 1, false)),
            ["[RFC PATCH] x: 1"]
        );
        assert_eq!(
            subjects(&thread(&["RESEND", "net-next"], 2, 2, false)),
            [
                "[PATCH net-next v2 RESEND 1/2] x: 1",
                "[PATCH net-next v2 RESEND 2/2] x: 2"
            ]
        );
    }

    #[test]
    fn patches_answer_the_cover_letter_or_the_first_of_them() {
        for (cover, count) in [(true, 3), (false, 3), (false, 1)] {
            let letters = thread(&[], 1, count, cover);
            assert!(letters[0].draft.references.is_empty());
            for letter in &letters[1..] {
                assert_eq!(letter.draft.references, [letters[0].draft.id.as_str()]);
            }
        }
    }

    #[test]
    fn the_footer_is_where_there_is_no_cover_letter() {
        let letters = thread(&[], 1, 2, false);
        assert!(
            letters[0]
                .draft
                .body
                .ends_with(" diff\n\nbase-commit: 1\n-- \n2.47\n\n")
        );
        assert!(!letters[1].draft.body.contains("base-commit"));
        assert!(
            !thread(&[], 1, 2, true)[1]
                .draft
                .body
                .contains("base-commit")
        );
    }

    #[test]
    fn somebody_elses_patch_says_so_in_its_body() {
        let sender = sender();
        let frame = Frame {
            sender: &sender,
            prefixes: &[],
            version: 1,
            slug: "s",
            random: "r",
            signature: "v",
            time: 0,
        };
        let letters = build(&frame, None, &[patch(1, "\"O. Ther\" <o@x.org>")], "");
        assert_eq!(letters[0].draft.from, sender);
        assert!(
            letters[0]
                .draft
                .body
                .starts_with("From: O. Ther <o@x.org>\n\nWhy.\n")
        );
    }

    #[test]
    fn to_wins_over_cc_and_an_address_is_there_once() {
        let reader = |address: &str, field| Reader {
            mailbox: Mailbox::parse(address).unwrap(),
            field,
            why: "x".to_owned(),
        };
        let mut readers = Readers::default();
        readers.add(reader("A <a@x.org>", Field::Cc));
        readers.settle();
        assert_eq!(
            readers.0[0].field,
            Field::To,
            "a mail has to go to somebody"
        );
        readers.add(reader("b@x.org", Field::Cc));
        readers.add(reader("B@X.org", Field::To));
        readers.settle();
        assert_eq!(readers.of(Field::To).len(), 2);
    }
}
