// SPDX-License-Identifier: GPL-2.0-only
//! The answer to comments of a mail: quoted, addressed and threaded as a mail
//! program would do it, written to a file and never sent.

use std::path::PathBuf;

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::context::Cx;
use crate::fsx;
use crate::mail::identity::Identity;
use crate::mail::message::Draft;
use crate::mail::thread;
use crate::recipients::Mailbox;
use crate::series::Series;
use crate::source::archive::hex;
use crate::stop::Stop;

use super::checklist::{Checklist, Comment, Source};
use super::letter::{Person, clean_id};
use super::quote::split_marks;

/// Quoted lines above each comment: enough to know what it is about.
const QUOTED: usize = 15;
/// Bytes of a quoted line; the limit of mail is 998.
const MAX_LINE: usize = 900;

/// What the user says about an answer.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// The comments to answer.
    pub numbers: Vec<u32>,
    /// What to say to the only one; otherwise it is the note of each.
    pub text: Option<String>,
    /// The address of who is answered, where the archive hides it.
    pub to: Option<String>,
    /// The Message-ID of the mail, where the archive does not show it.
    pub in_reply_to: Option<String>,
}

/// Writes the answer, and returns where.
///
/// # Errors
/// Comments of several mails, a mail that cannot be answered, an answer that
/// is there already.
pub fn write(
    cx: &Cx,
    series: &Series,
    list: &Checklist,
    identity: &Identity,
    wish: &Wish,
) -> Result<PathBuf> {
    let draft = compose(series, list, identity, wish)?;
    let numbers: Vec<String> = wish.numbers.iter().map(u32::to_string).collect();
    let name = match numbers.as_slice() {
        [first, .., last] if numbers.len() > 4 => format!("{first}-to-{last}"),
        _ => numbers.join("-"),
    };
    let path = cx
        .paths
        .outgoing()
        .join(format!("{}-review", series.name))
        .join(format!("{name}.eml"));
    if path.exists() {
        return Err(
            Stop::environment(format!("{} is there already", path.display()))
                .help(format!(
                    "rm {}     # to have it written again",
                    path.display()
                ))
                .into(),
        );
    }
    fsx::write_atomic(&path, &draft.render()?)?;
    Ok(path)
}

/// Makes the answer.
///
/// # Errors
/// As [`write()`].
pub fn compose(
    series: &Series,
    list: &Checklist,
    identity: &Identity,
    wish: &Wish,
) -> Result<Draft> {
    let mut comments = Vec::new();
    for number in &wish.numbers {
        comments.push(list.comment(*number)?);
    }
    comments.sort_by_key(|comment| comment.number);
    let source = one_source(list, &comments)?;
    if wish.text.is_some() && comments.len() > 1 {
        return Err(Stop::environment("one text cannot answer several comments")
            .help("without a text, the reasons given with `review mark` are the answers")
            .into());
    }
    let id = wish.in_reply_to.as_deref().map(clean_id);
    let id = match id {
        Some(None) => return Err(Stop::environment("that is no Message-ID").into()),
        Some(Some(id)) => id,
        None if source.id.is_empty() => {
            return Err(no_id(source));
        }
        None => source.id.clone(),
    };
    let author = Person::of_text(&source.from);
    let to = match (&wish.to, &author.address) {
        (Some(told), _) => Mailbox::parse(told)
            .ok_or_else(|| Stop::environment(format!("`{told}` is no mail address")))?,
        (None, Some(address)) => Mailbox {
            name: author.name.clone(),
            address: address.clone(),
        },
        (None, None) => {
            return Err(Stop::environment(format!(
                "the archive hides the address of {}",
                author.display()
            ))
            .help("--to 'Name <address>'")
            .into());
        }
    };
    let mut references = source.references.clone();
    references.retain(|known| *known != id);
    references.push(id);
    let now = jiff::Timestamp::now();
    let body = body(source, &author, &comments, wish.text.as_deref());
    Ok(Draft {
        from: identity.sender.clone(),
        cc: readers(series, source, identity, &to),
        to: vec![to],
        subject: subject(&source.subject),
        date: thread::date(now.as_second()),
        id: message_id(series, identity, now, &body),
        references,
        body,
    })
}

fn one_source<'a>(list: &'a Checklist, comments: &[&Comment]) -> Result<&'a Source> {
    let Some(first) = comments.first() else {
        return Err(Stop::environment("no comment to answer").into());
    };
    if let Some(other) = comments.iter().find(|one| one.letter != first.letter) {
        return Err(Stop::environment(format!(
            "comments {} and {} are of two mails; an answer is to one",
            first.number, other.number
        ))
        .into());
    }
    list.source(&first.letter).ok_or_else(|| {
        Stop::environment(format!("the mail of comment {} is not known", first.number)).into()
    })
}

fn no_id(source: &Source) -> anyhow::Error {
    Stop::environment(format!(
        "the Message-ID of `{}` is not known, so that an answer would not be in its thread",
        source.subject
    ))
    .help("cargo xtask review import THREAD.mbox     # has it")
    .help("--in-reply-to ID")
    .into()
}

fn subject(subject: &str) -> String {
    match subject.get(..3) {
        Some(head) if head.eq_ignore_ascii_case("re:") => subject.to_owned(),
        _ => format!("Re: {subject}"),
    }
}

/// Everybody who got the mail, but those who get it anyway or nothing at all.
fn readers(series: &Series, source: &Source, identity: &Identity, to: &Mailbox) -> Vec<Mailbox> {
    let dropped = series.about.recipients.drop.iter();
    let mut known: Vec<String> = dropped
        .map(|text| Mailbox::parse(text).map_or_else(|| text.to_lowercase(), |one| one.key()))
        .collect();
    known.extend([identity.sender.key(), to.key()]);
    let mut readers = Vec::new();
    for text in source.to.iter().chain(&source.cc) {
        let person = Person::of_text(text);
        let Some(address) = person.address else {
            continue;
        };
        let mailbox = Mailbox {
            name: person.name,
            address,
        };
        if !known.contains(&mailbox.key()) {
            known.push(mailbox.key());
            readers.push(mailbox);
        }
    }
    readers
}

fn message_id(series: &Series, identity: &Identity, now: jiff::Timestamp, body: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    let name: String = series.name.chars().map(plain).collect();
    let mut hasher = Sha256::new();
    hasher.update(now.as_nanosecond().to_le_bytes());
    hasher.update(std::process::id().to_le_bytes());
    hasher.update(body);
    let random = hex(&hasher.finalize());
    let address = &identity.sender.address;
    let domain = address.rsplit('@').next().unwrap_or("localhost");
    let date = now.strftime("%Y%m%d");
    format!("{date}-{name}-re-{}@{domain}", &random[..12])
}

fn body(source: &Source, author: &Person, comments: &[&Comment], told: Option<&str>) -> String {
    let mut out = match source.date.as_str() {
        "" => format!("{} wrote:\n", author.display()),
        date => format!("On {date}, {} wrote:\n", author.display()),
    };
    for (index, comment) in comments.iter().enumerate() {
        if index > 0 {
            out += "\n";
        }
        let quoted: Vec<&str> = comment.quoted.lines().collect();
        if quoted.len() > QUOTED {
            out += "> [...]\n";
        }
        for line in &quoted[quoted.len().saturating_sub(QUOTED)..] {
            out += &quote(line);
        }
        if !quoted.is_empty() {
            out += ">\n";
        }
        for line in comment.text.lines() {
            out += &quote(line);
        }
        let answer = told.unwrap_or(&comment.note).trim();
        let answer = if answer.is_empty() { "EDITME" } else { answer };
        out += &format!("\n{answer}\n");
    }
    out
}

/// A line with one more mark.
fn quote(line: &str) -> String {
    let gap = if split_marks(line).0 > 0 { "" } else { " " };
    let mut end = line.len().min(MAX_LINE);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    let line = format!(">{gap}{}", &line[..end]);
    format!("{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::super::checklist::State;
    use super::super::checklist::tests::comment;
    use super::*;

    fn series() -> Series {
        let dir = tempfile::tempdir().unwrap();
        let toml = "title = \"t\"\nbase = \"7.3\"\n[recipients]\ndrop = [\"gone@x.example\"]\n";
        std::fs::write(dir.path().join("series.toml"), toml).unwrap();
        Series::load(dir.path()).unwrap()
    }

    fn identity() -> Identity {
        Identity {
            sender: Mailbox::parse("Me <me@x.example>").unwrap(),
            to: Vec::new(),
            cc: Vec::new(),
            suppress: Vec::new(),
        }
    }

    fn list() -> Checklist {
        let mut list = Checklist::default();
        list.letter.push(Source {
            digest: "d".to_owned(),
            id: "2@x.example".to_owned(),
            from: "R Viewer <r@x.example>".to_owned(),
            date: "Tue, 14 Nov 2023 22:13:20 +0000".to_owned(),
            subject: "Re: [PATCH 2/3] x: y".to_owned(),
            to: vec!["Me <me@x.example>".to_owned()],
            cc: vec![
                "list@x.example".to_owned(),
                "gone@x.example".to_owned(),
                "R <R@x.example>".to_owned(),
            ],
            references: vec!["0@x.example".to_owned(), "1@x.example".to_owned()],
            version: 1,
            patch: Some(2),
        });
        list.comment.push(comment(1, State::Open, ""));
        list.comment.push(comment(2, State::Wont, "b is longer."));
        list
    }

    fn wish(numbers: &[u32]) -> Wish {
        Wish {
            numbers: numbers.to_vec(),
            ..Wish::default()
        }
    }

    #[test]
    fn an_answer_is_threaded_and_goes_to_everybody_but_me() {
        let draft = compose(&series(), &list(), &identity(), &wish(&[2])).unwrap();
        assert_eq!(draft.to[0].to_string(), "R Viewer <r@x.example>");
        let cc: Vec<String> = draft.cc.iter().map(Mailbox::to_string).collect();
        assert_eq!(cc, ["list@x.example"]);
        assert_eq!(
            draft.references,
            ["0@x.example", "1@x.example", "2@x.example"]
        );
        assert_eq!(draft.subject, "Re: [PATCH 2/3] x: y");
        let text = String::from_utf8(draft.render().unwrap()).unwrap();
        assert!(
            text.contains("\nIn-Reply-To: <2@x.example>\nReferences: <0@x.example>\n <1@"),
            "{text}"
        );
    }

    #[test]
    fn quotes_gain_a_mark_and_nobody_is_answered_with_nothing() {
        let draft = compose(&series(), &list(), &identity(), &wish(&[1, 2])).unwrap();
        assert_eq!(
            draft.body,
            "On Tue, 14 Nov 2023 22:13:20 +0000, R Viewer wrote:\n\
             >> +a\n>\n> Use b.\n\nEDITME\n\n>> +a\n>\n> Use b.\n\nb is longer.\n"
        );
    }

    #[test]
    fn what_an_archive_hides_has_to_be_told() {
        let mut list = list();
        list.letter[0].id.clear();
        let error = compose(&series(), &list, &identity(), &wish(&[1])).unwrap_err();
        assert!(error.to_string().contains("--in-reply-to"), "{error}");
        list.letter[0].from = "R Viewer".to_owned();
        let mut told = wish(&[1]);
        told.in_reply_to = Some("<9@x.example>".to_owned());
        let error = compose(&series(), &list, &identity(), &told).unwrap_err();
        assert!(error.to_string().contains("--to"), "{error}");
        told.to = Some("R <r@x.example>".to_owned());
        let draft = compose(&series(), &list, &identity(), &told).unwrap();
        assert_eq!(draft.references.last().unwrap(), "9@x.example");
        told.in_reply_to = Some("x\n@y".to_owned());
        assert!(compose(&series(), &list, &identity(), &told).is_err());
    }

    #[test]
    fn an_answer_is_to_one_mail() {
        let mut list = list();
        list.comment[1].letter = "e".to_owned();
        assert!(compose(&series(), &list, &identity(), &wish(&[1, 2])).is_err());
        assert!(compose(&series(), &list, &identity(), &wish(&[2])).is_err());
    }
}
