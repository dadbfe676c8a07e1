// SPDX-License-Identifier: GPL-2.0-only
//! From bytes that anybody may have written to mails with a sender and a text.
//! In: an mbox, a mail, or the text of an archive's page. Out: [`Letter`]s, or
//! why there are none. Pure; no input makes it panic or grow without bounds.

use std::sync::LazyLock;

use mail_parser::{Address, Message, MessageParser};
use regex::Regex;
use sha2::{Digest, Sha256};

use crate::recipients::Mailbox;
use crate::source::archive::hex;

/// A file that is read at all, in bytes: some hundred times the longest thread.
pub const MAX_FILE: usize = 64 << 20;
/// Mails of a file.
const MAX_LETTERS: usize = 10_000;
/// Text of one mail, in bytes. Lists refuse mails far smaller than this.
const MAX_BODY: usize = 2 << 20;
/// Bytes of a header field that is kept.
const MAX_FIELD: usize = 998;
/// People of a header field that are kept.
const MAX_PEOPLE: usize = 100;
/// Mails that a reply refers to; the first and the latest ones are kept.
const MAX_REFERENCES: usize = 20;

/// Somebody who wrote. Archives hide addresses, so that there may be none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// May be empty where there is an address.
    pub name: String,
    /// One that a mail would reach.
    pub address: Option<String>,
}

/// A mail that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// Message-ID without brackets; empty where it is not known.
    pub id: String,
    /// Who wrote it.
    pub from: Person,
    /// As the mail says it.
    pub date: String,
    /// Decoded, on one line.
    pub subject: String,
    /// `Name <address>`.
    pub to: Vec<String>,
    /// `Name <address>`.
    pub cc: Vec<String>,
    /// What it answers, the nearest one last.
    pub references: Vec<String>,
    /// Its text.
    pub body: String,
}

impl Person {
    fn new(name: &str, address: &str) -> Self {
        let name = one_line(name).trim_matches(['"', '\'']).trim().to_owned();
        let address = Mailbox::parse(address)
            .map(|mailbox| mailbox.address)
            .filter(|address| is_whole(address));
        Self { name, address }
    }

    /// Reads `Name <address>`, `address` or `Name`.
    fn parse(text: &str) -> Self {
        let text = one_line(text);
        match text.split_once('<') {
            Some((name, rest)) => Self::new(name, rest.split('>').next().unwrap_or_default()),
            None if text.contains('@') && !text.contains(' ') => Self::new("", &text),
            None => Self::new(&text, ""),
        }
    }

    /// How to call them.
    pub fn display(&self) -> &str {
        match &self.address {
            Some(address) if self.name.is_empty() => address,
            _ if self.name.is_empty() => "somebody",
            _ => &self.name,
        }
    }

    /// The same person, as far as one can tell.
    pub fn is(&self, other: &Self) -> bool {
        let same = |a: &str, b: &str| !a.is_empty() && a.to_lowercase() == b.to_lowercase();
        match (&self.address, &other.address) {
            (Some(a), Some(b)) if same(a, b) => true,
            _ => same(&self.name, &other.name),
        }
    }

    /// `Name <address>` as far as it is known.
    pub fn text(&self) -> String {
        match &self.address {
            Some(address) if self.name.is_empty() => address.clone(),
            Some(address) => format!("{} <{address}>", self.name),
            None => self.name.clone(),
        }
    }

    /// The reverse of [`Person::text`].
    pub fn of_text(text: &str) -> Self {
        Self::parse(text)
    }
}

impl Letter {
    /// Tells this text from others, however its lines are spaced: archives
    /// change that.
    pub fn digest(&self) -> String {
        digest([self.from.display(), &self.body])
    }

    /// Whether it answers another mail.
    pub fn is_reply(&self) -> bool {
        let subject = self.subject.trim_start().to_lowercase();
        ["re:", "aw:", "sv:", "antw:", "回复:", "答复:"]
            .iter()
            .any(|word| subject.starts_with(word))
    }

    /// Whether it is a patch or a cover letter, sent by its author.
    pub fn is_original(&self) -> bool {
        !self.is_reply() && Tags::of(&self.subject).is_some()
    }
}

/// A digest of texts in which only the words count.
pub fn digest<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for text in texts {
        for word in text.split_whitespace() {
            hasher.update(word.to_lowercase());
            hasher.update(b" ");
        }
        hasher.update(b"\n");
    }
    hex(&hasher.finalize())[..16].to_owned()
}

/// `[RFC PATCH v3 07/14]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tags {
    /// 1, if it says none.
    pub version: u32,
    /// Which patch of how many; 0 is the cover letter.
    pub number: Option<(u32, u32)>,
}

impl Tags {
    /// Reads them from a subject, wherever in it they are.
    pub fn of(subject: &str) -> Option<Self> {
        let (tags, _) = split_subject(subject)?;
        let mut found = Self {
            version: 1,
            number: None,
        };
        for word in tags.split([' ', ',']) {
            if let Some((number, total)) = word.split_once('/') {
                if let (Ok(number), Ok(total)) = (number.parse(), total.parse()) {
                    found.number = Some((number, total));
                }
            } else if let Some(Ok(version)) = word.strip_prefix(['v', 'V']).map(str::parse) {
                found.version = version;
            }
        }
        Some(found)
    }
}

/// The subject of a patch without `Re:` and tags.
pub fn bare_title(subject: &str) -> String {
    let title = split_subject(subject).map_or(subject, |(_, title)| title);
    let mut title = title.trim();
    while let Some(rest) = title
        .get(..3)
        .filter(|head| head.eq_ignore_ascii_case("re:"))
        .and_then(|_| title.get(3..))
    {
        title = rest.trim_start();
    }
    words(title)
}

fn split_subject(subject: &str) -> Option<(&str, &str)> {
    static TAGS: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"(?i)\[([^\[\]]*\bPATCH\b[^\[\]]*)\]").expect("the pattern is a constant")
    });
    let found = TAGS.captures(subject)?;
    let (whole, tags) = (found.get(0)?, found.get(1)?);
    Some((tags.as_str(), &subject[whole.end()..]))
}

/// Words with one space between them.
pub fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads every mail of a file.
///
/// # Errors
/// What is none, and what exceeds the limits; nothing is left out silently.
pub fn read(bytes: &[u8]) -> Result<Vec<Letter>, String> {
    if bytes.len() > MAX_FILE {
        return Err(format!("has more than {} MiB", MAX_FILE >> 20));
    }
    if bytes.starts_with(&[0x1f, 0x8b]) {
        return Err("is compressed; gunzip it first".to_owned());
    }
    let letters = if bytes.starts_with(b"From ") {
        split_mbox(bytes)?
            .iter()
            .map(|mail| of_mail(mail))
            .collect::<Result<Vec<_>, _>>()?
    } else if begins_with_headers(bytes) {
        vec![of_mail(bytes)?]
    } else {
        of_page(&lossy(bytes))?
    };
    Ok(letters)
}

/// The mails of an mbox, without the `>` before `From ` (mboxrd). A line of a
/// text that begins with `From ` and was not escaped, as git leaves it, is no
/// beginning: no header follows it.
fn split_mbox(bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let mut mails: Vec<Vec<u8>> = Vec::new();
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').peekable();
    let mut after_blank = true;
    while let Some(line) = lines.next() {
        let begins = after_blank
            && line.starts_with(b"From ")
            && lines.peek().is_some_and(|next| is_header(next));
        if begins {
            if mails.len() == MAX_LETTERS {
                return Err(format!("has more than {MAX_LETTERS} mails"));
            }
            mails.push(Vec::new());
        } else if let Some(mail) = mails.last_mut() {
            let marks = line.iter().take_while(|byte| **byte == b'>').count();
            let escaped = marks > 0 && line[marks..].starts_with(b"From ");
            mail.extend_from_slice(if escaped { &line[1..] } else { line });
        }
        after_blank = matches!(line, b"\n" | b"\r\n");
    }
    if mails.is_empty() {
        return Err("begins as an mbox and holds no mail".to_owned());
    }
    Ok(mails)
}

fn is_header(line: &[u8]) -> bool {
    let name = line.iter().position(|byte| *byte == b':').unwrap_or(0);
    name > 0 && line[..name].iter().all(|byte| (33..127).contains(byte))
}

/// Whether headers with a sender come first. The page of an archive may have
/// fields, too, but begins with its subject.
fn begins_with_headers(bytes: &[u8]) -> bool {
    let mut has_sender = false;
    for line in bytes.split(|byte| *byte == b'\n').take(500) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            if !is_header(line) {
                return false;
            }
            has_sender |= line
                .get(..5)
                .is_some_and(|name| name.eq_ignore_ascii_case(b"from:"));
        }
    }
    has_sender
}

fn of_mail(bytes: &[u8]) -> Result<Letter, String> {
    let message = MessageParser::new()
        .parse(bytes)
        .ok_or("holds something that is no mail")?;
    let mut body = String::new();
    for part in 0..message.text_body_count() {
        if let Some(text) = message.body_text(part) {
            body.push_str(&text);
            body.push('\n');
        }
        if body.len() > MAX_BODY {
            return Err(format!("holds a mail of more than {} MiB", MAX_BODY >> 20));
        }
    }
    let mut references: Vec<String> = ids(message.references().as_text_list());
    for id in ids(message.in_reply_to().as_text_list()) {
        if references.last() != Some(&id) {
            references.retain(|known| *known != id);
            references.push(id);
        }
    }
    Ok(Letter {
        id: message.message_id().and_then(clean_id).unwrap_or_default(),
        from: sender(&message),
        date: match message.date().filter(|date| date.is_valid()) {
            Some(date) => one_line(&date.to_rfc822()),
            None => one_line(&raw(&message, "Date")),
        },
        subject: one_line(message.subject().unwrap_or_default()),
        to: people(message.to()),
        cc: people(message.cc()),
        references: bounded(references),
        body: clean(&body),
    })
}

fn raw(message: &Message, name: &'static str) -> String {
    let value = message.header_raw(name).unwrap_or_default();
    value.to_owned()
}

fn sender(message: &Message) -> Person {
    let first = message.from().and_then(Address::first);
    let known = first.map(|from| {
        Person::new(
            from.name().unwrap_or_default(),
            from.address().unwrap_or_default(),
        )
    });
    known
        .filter(|person| *person != Person::default())
        .unwrap_or_else(|| Person::parse(&raw(message, "From")))
}

fn people(list: Option<&Address>) -> Vec<String> {
    let Some(list) = list else {
        return Vec::new();
    };
    list.iter()
        .take(MAX_PEOPLE)
        .map(|who| {
            Person::new(
                who.name().unwrap_or_default(),
                who.address().unwrap_or_default(),
            )
        })
        .filter(|who| who.address.is_some())
        .map(|who| who.text())
        .collect()
}

fn ids<'a>(list: Option<&'a [std::borrow::Cow<'a, str>]>) -> Vec<String> {
    list.unwrap_or_default()
        .iter()
        .filter_map(|id| clean_id(id))
        .collect()
}

fn bounded(mut references: Vec<String>) -> Vec<String> {
    if references.len() > MAX_REFERENCES {
        references.drain(1..=references.len() - MAX_REFERENCES);
    }
    references
}

/// A Message-ID that can be written into a header; nothing, if it is none.
pub fn clean_id(id: &str) -> Option<String> {
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    let fine = |c: char| c.is_ascii_graphic() && !"<>()\",;\\".contains(c);
    (!id.is_empty() && id.len() <= 250 && id.contains('@') && id.chars().all(fine))
        .then(|| id.to_owned())
}

/// The mails of an archive's page as one copies it from a browser: a subject,
/// some fields, an empty line, the text. lore.kernel.org shows several.
fn of_page(text: &str) -> Result<Vec<Letter>, String> {
    let mut letters = Vec::new();
    let mut page = Vec::new();
    for line in text.lines() {
        if line.starts_with("^ permalink raw") {
            letters.extend(of_page_part(&page)?);
            page.clear();
        } else {
            page.push(line);
        }
        if letters.len() > MAX_LETTERS {
            return Err(format!("has more than {MAX_LETTERS} mails"));
        }
    }
    letters.extend(of_page_part(&page)?);
    if letters.is_empty() {
        return Err("names no author: a page has a subject, then `From:` and `Date:`".to_owned());
    }
    Ok(letters)
}

fn of_page_part(lines: &[&str]) -> Result<Option<Letter>, String> {
    // Above the sender stands little: a title, what else is in the thread.
    let Some(at) = lines
        .iter()
        .take(200)
        .position(|line| line.starts_with("From:"))
    else {
        return Ok(None);
    };
    let title = lines[..at]
        .iter()
        .rev()
        .map(|line| line.trim())
        .find(|line| line.starts_with("* "))
        .or_else(|| {
            let mut above = lines[..at].iter().map(|line| line.trim());
            above.find(|line| !line.is_empty())
        });
    let title = title.unwrap_or_default();
    let mut letter = Letter {
        subject: one_line(title.strip_prefix("* ").unwrap_or(title)),
        ..Letter::default()
    };
    let mut rest = lines[at..].iter();
    for line in rest.by_ref() {
        if line.trim().is_empty() {
            break;
        }
        field_of_page(&mut letter, line.trim());
    }
    let body = rest.as_slice().join("\n");
    if body.len() > MAX_BODY {
        return Err(format!("holds a mail of more than {} MiB", MAX_BODY >> 20));
    }
    letter.body = clean(&body);
    letter.body.push('\n');
    Ok(Some(letter))
}

fn field_of_page(letter: &mut Letter, line: &str) {
    let Some((name, value)) = line.split_once(':') else {
        return;
    };
    let value = value.trim();
    match name.to_ascii_lowercase().as_str() {
        "from" => {
            let value = value.trim_end_matches("(permalink / raw)").trim();
            let (who, date) = value.split_once(" @ ").unwrap_or((value, ""));
            letter.from = Person::parse(who);
            letter.date = one_line(date);
        }
        "date" => letter.date = one_line(value),
        "subject" => letter.subject = one_line(value),
        "message-id" => {
            let id = value.split_whitespace().next().unwrap_or_default();
            letter.id = clean_id(id).unwrap_or_default();
        }
        "in-reply-to" => letter.references.extend(clean_id(value)),
        _ => {}
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Text that can be shown: lines end in a newline, nothing steers a terminal
/// or changes the direction of writing.
fn clean(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.replace("\r\n", "\n")
        .chars()
        .map(|c| match c {
            '\u{a0}' => ' ',
            c if steers(c) => '\u{fffd}',
            c => c,
        })
        .collect()
}

/// A value of a field: one line of bounded length.
fn one_line(text: &str) -> String {
    let mut line = words(&clean(text));
    let mut end = line.len().min(MAX_FIELD);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line
}

/// Archives write `user@xxxxxxx` and the like.
fn is_whole(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, domain)| {
        let hidden = |part: &str| part.len() > 2 && part.chars().all(|c| c == 'x');
        domain.contains('.') && !domain.split('.').any(hidden)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: =?utf-8?q?R=C3=A9v?= <rev@list.example>\nTo: A <a@x.example>, b@x.example\n\
        Subject: Re: [RFC PATCH v3 07/14] x:\n y\nDate: Tue, 14 Nov 2023 22:13:20 +0000\n\
        Message-ID: <2@list.example>\nReferences: <0@x.example> <1@x.example>\n\
        In-Reply-To: <1@x.example>\n\n> +a\n\nWhy?\n";

    #[test]
    fn a_mail_has_a_sender_a_thread_and_a_text() {
        let letters = read(MAIL.as_bytes()).unwrap();
        let letter = &letters[0];
        assert_eq!(letter.from.text(), "Rév <rev@list.example>");
        assert_eq!(letter.id, "2@list.example");
        assert_eq!(letter.references, ["0@x.example", "1@x.example"]);
        assert_eq!(letter.to, ["A <a@x.example>", "b@x.example"]);
        assert_eq!(letter.subject, "Re: [RFC PATCH v3 07/14] x: y");
        assert_eq!(letter.date, "Tue, 14 Nov 2023 22:13:20 +0000");
        assert!(letter.body.starts_with("> +a\n\nWhy?\n"), "{}", letter.body);
    }

    #[test]
    fn only_a_from_line_before_headers_begins_a_mail() {
        let mbox = format!(
            "From x Tue Nov 14 22:13:20 2023\n{MAIL}\n>From here\n\nFrom there on it fails.\n\n\
             From y Tue Nov 14 22:13:20 2023\n{MAIL}"
        );
        let letters = read(mbox.as_bytes()).unwrap();
        assert_eq!(letters.len(), 2);
        assert!(
            letters[0]
                .body
                .contains("\nFrom here\n\nFrom there on it fails.\n")
        );
    }

    #[test]
    fn the_page_of_an_archive_is_read_as_far_as_it_goes() {
        let page = "Re: [PATCH V2] x: y\n\nFrom: Rev Iewer\nDate: Thu Aug 20 2020 - 14:38:38 EST\n\n\n\
            On Fri, A <a@xxxxxxx> wrote:\n\n> +a\n\nWhy?\n";
        let letter = &read(page.as_bytes()).unwrap()[0];
        assert_eq!(letter.from.text(), "Rev Iewer");
        assert_eq!(letter.subject, "Re: [PATCH V2] x: y");
        assert_eq!(letter.date, "Thu Aug 20 2020 - 14:38:38 EST");
        assert_eq!(Tags::of(&letter.subject).unwrap().version, 2);

        let thread = "* [PATCH 0/1] x\n@ 2024-01-02  3:04 A\n  0 siblings, 1 reply\n\
            From: A @ 2024-01-02  3:04 UTC (permalink / raw)\n  To: b; +Cc: c\n\nBlurb.\n\n\
            ^ permalink raw reply\t[nested|flat] 2+ messages in thread\n\
            * Re: [PATCH 0/1] x\n  2024-01-02  3:04 ` [PATCH 0/1] x A\n@ 2024-01-03  3:04 ` B\n\
            From: B @ 2024-01-03  3:04 UTC (permalink / raw)\n\n> Blurb.\n\nMore.\n\n\
            ^ permalink raw reply\t[nested|flat] 2+ messages in thread\n";
        let letters = read(thread.as_bytes()).unwrap();
        assert_eq!(letters.len(), 2);
        assert_eq!(letters[1].from.name, "B");
        assert_eq!(letters[1].subject, "Re: [PATCH 0/1] x");
        assert_eq!(letters[1].date, "2024-01-03 3:04 UTC");
    }

    #[test]
    fn tags_are_found_behind_re_and_anything_else_is_no_version() {
        let tags = Tags::of("Re: [RFC PATCH net v12 003/100] x: y [z]").unwrap();
        assert_eq!((tags.version, tags.number), (12, Some((3, 100))));
        assert_eq!(Tags::of("Re: [media] v3"), None);
        assert_eq!(Tags::of("[PATCH v99999999999] x").unwrap().version, 1);
        assert_eq!(bare_title("Re: RE: [PATCH] x:   y"), "x: y");
        assert_eq!(bare_title("Re: x: y"), "x: y");
    }

    #[test]
    fn what_an_archive_hides_is_no_address() {
        for text in ["A <a@xxxxxxxx>", "A <a@...>", "A <>", "A"] {
            assert_eq!(Person::parse(text).address, None, "{text}");
        }
        assert_eq!(
            Person::parse("a@b.example").address.as_deref(),
            Some("a@b.example")
        );
    }

    #[test]
    fn what_is_no_mail_says_why() {
        for (bytes, part) in [
            (&b"\x1f\x8b\x08"[..], "compressed"),
            (b"hello\n", "no author"),
            (b"", "no author"),
            (b"From \n", "no mail"),
        ] {
            let error = read(bytes).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn nothing_in_a_mail_steers_a_terminal() {
        let mail = MAIL
            .replace("Why?", "\u{1b}[2J\u{202e}x")
            .replace("y\nDate", "\u{7}y\nDate");
        let letter = &read(mail.as_bytes()).unwrap()[0];
        let shown = format!("{}{}", letter.subject, letter.body);
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown}");
    }
}
