// SPDX-License-Identifier: GPL-2.0-only
//! Sending. In: a folder of rehearsed mails, a journal, and a carrier that
//! takes mails away. Out: every mail with the server exactly once, as far as
//! the protocol can tell, or a stop that says which one is in doubt.
//!
//! All that can be known to be wrong is found before the first mail leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use lettre::Address;
use mail_parser::{HeaderName, MessageParser};
use sha2::{Digest, Sha256};

use crate::interrupt;
use crate::source::archive::hex;
use crate::stop::Stop;
use crate::ui::Ui;

use super::journal::{Journal, State};
use super::{Message, Outgoing};

/// How long to wait before a mail is tried again, in seconds. Grey lists
/// usually want five minutes.
const BACK_OFF: [u64; 5] = [30, 60, 120, 300, 600];

/// Bytes of a line, without its end (RFC 5321, 4.5.3.1.6).
const MAX_LINE: usize = 998;

/// No server of a list takes as much. Bytes.
const MAX_MAIL: u64 = 10 << 20;

/// A mail that passed all checks, ready for the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sealed {
    /// Message-ID with its angle brackets.
    pub id: String,
    /// Subject, decoded.
    pub subject: String,
    /// Sender of the envelope.
    pub from: Address,
    /// Recipients of the envelope.
    pub to: Vec<Address>,
    /// The mail with bare newlines.
    pub bytes: Vec<u8>,
}

/// What became of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server has taken it.
    Sent(String),
    /// It has not been taken, but might be later.
    Later(String),
    /// It has not been taken, and will not be.
    Never(String),
    /// It may have been taken.
    Doubtful(String),
}

/// Takes mails away.
pub trait Carrier {
    /// Where to, for people.
    fn name(&self) -> String;

    /// Makes sure that it could take all of `mails`, without taking any.
    ///
    /// # Errors
    /// When it would not, in the words of the server.
    fn prepare(&mut self, mails: &[&Sealed]) -> Result<()>;

    /// Takes one. `leaving` is called before anything happens that could not
    /// be taken back; when it fails, nothing happens.
    ///
    /// # Errors
    /// Those of `leaving`.
    fn carry(&mut self, mail: &Sealed, leaving: &mut dyn FnMut() -> Result<()>) -> Result<Outcome>;

    /// Waits as long as told. The other side is not kept waiting meanwhile.
    ///
    /// # Errors
    /// When the user interrupts.
    fn pause(&mut self, time: Duration) -> Result<()>;
}

/// Reads the mails of a folder and checks all that can be checked here.
/// `reflect` is who gets them instead of their recipients.
///
/// # Errors
/// All that is wrong with any of them.
pub fn seal(outgoing: &Outgoing, reflect: Option<&str>) -> Result<Vec<Sealed>> {
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    let mut mails = Vec::new();
    for message in &outgoing.messages {
        let before = faults.len();
        let mut fault = |what: String| faults.push(format!("`{}`: {what}", message.subject));
        let bytes = read(&message.path)?;
        body_faults(&bytes, &mut fault);
        header_faults(message, &bytes, &mut fault);
        if !ids.insert(&message.message_id) {
            fault(format!("{} is the ID of another mail", message.message_id));
        }
        let from = address(&message.from).map_err(&mut fault);
        let to: Vec<Address> = match reflect {
            Some(me) => address(me).map_err(&mut fault).into_iter().collect(),
            None => message
                .recipients
                .iter()
                .filter_map(|text| address(text).map_err(&mut fault).ok())
                .collect(),
        };
        if to.is_empty() && faults.len() == before {
            faults.push(format!("`{}`: has no recipient", message.subject));
        }
        if let (Ok(from), true) = (from, faults.len() == before) {
            mails.push(Sealed {
                id: message.message_id.clone(),
                subject: message.subject.clone(),
                from,
                to,
                bytes,
            });
        }
    }
    if mails.is_empty() && faults.is_empty() {
        faults.push(format!("{} holds no mail", outgoing.dir.display()));
    }
    if faults.is_empty() {
        Ok(mails)
    } else {
        Err(Stop::failed(format!("nothing was sent:\n  {}", faults.join("\n  "))).into())
    }
}

/// What the mails are, as one value.
pub fn digest(mails: &[Sealed]) -> String {
    let mut hasher = Sha256::new();
    let mut add = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    for mail in mails {
        add(mail.id.as_bytes());
        add(mail.from.to_string().as_bytes());
        add(&(mail.to.len() as u64).to_le_bytes());
        for to in &mail.to {
            add(to.to_string().as_bytes());
        }
        add(&mail.bytes);
    }
    hex(&hasher.finalize())
}

/// Whom the mails go to, and how many of them.
pub fn readers(mails: &[Sealed]) -> BTreeMap<String, usize> {
    let mut readers = BTreeMap::new();
    for to in mails.iter().flat_map(|mail| &mail.to) {
        *readers.entry(to.to_string()).or_default() += 1;
    }
    readers
}

/// The mail of which the journal cannot tell whether it was taken.
pub fn doubtful<'a>(mails: &'a [Sealed], journal: &Journal) -> Option<&'a Sealed> {
    mails
        .iter()
        .find(|mail| journal.state(&mail.id) == State::Doubtful)
}

/// Sends what the journal does not know to be sent, in order, with `pace`
/// between two mails. Returns how many left.
///
/// # Errors
/// At the first mail that is refused or in doubt; what follows has not left.
pub fn send(
    ui: &Ui,
    mails: &[Sealed],
    journal: &mut Journal,
    carrier: &mut dyn Carrier,
    pace: Duration,
) -> Result<usize> {
    if let Some(mail) = doubtful(mails, journal) {
        return Err(in_doubt(mail, "an earlier attempt ended before the answer", journal).into());
    }
    let waiting: Vec<&Sealed> = mails
        .iter()
        .filter(|mail| journal.state(&mail.id) == State::Waiting)
        .collect();
    if waiting.is_empty() {
        return Ok(0);
    }
    carrier.prepare(&waiting)?;
    let before = mails.len() - waiting.len();
    for (index, mail) in waiting.iter().enumerate() {
        if index > 0 {
            wait(pace)?;
        }
        let words = send_one(ui, mail, journal, carrier)?;
        let count = format!("{}/{}", before + index + 1, mails.len());
        ui.stage(
            "sent",
            &printable(&format!("{count} {}: {words}", mail.subject)),
        );
    }
    Ok(waiting.len())
}

fn send_one(
    ui: &Ui,
    mail: &Sealed,
    journal: &mut Journal,
    carrier: &mut dyn Carrier,
) -> Result<String> {
    let mut waits = BACK_OFF.iter();
    loop {
        match carrier.carry(mail, &mut || journal.leaving(&mail.id))? {
            Outcome::Sent(words) => {
                journal.sent(&mail.id, &words).with_context(|| {
                    format!("{} was taken, but that is not on disk", mail.subject)
                })?;
                return Ok(words);
            }
            Outcome::Later(words) => {
                journal.refused(&mail.id, &words)?;
                let Some(seconds) = waits.next() else {
                    return Err(stopped(mail, &words, journal).into());
                };
                let text = format!("{}: {words}; again in {seconds} s", mail.subject);
                ui.stage("later", &printable(&text));
                carrier.pause(Duration::from_secs(*seconds))?;
            }
            Outcome::Never(words) => {
                journal.refused(&mail.id, &words)?;
                return Err(stopped(mail, &words, journal).into());
            }
            Outcome::Doubtful(why) => return Err(in_doubt(mail, &why, journal).into()),
        }
    }
}

fn stopped(mail: &Sealed, words: &str, journal: &Journal) -> Stop {
    let stop = Stop::failed(printable(&format!(
        "`{}` was not taken, and nothing after it was sent: {words}",
        mail.subject
    )));
    if !journal.is_kept() {
        return stop;
    }
    stop.help("cargo xtask send-series --resume     # goes on with this mail")
}

fn in_doubt(mail: &Sealed, why: &str, journal: &Journal) -> Stop {
    let subject = printable(&mail.subject);
    let stop = Stop::failed(format!(
        "nobody can tell whether the server has taken `{subject}` ({}): {}",
        mail.id,
        printable(why)
    ));
    if !journal.is_kept() {
        return stop;
    }
    stop.help("look for it in the archive of the list, or ask a recipient; then one of")
        .help("cargo xtask send-series --resume --doubtful arrived")
        .help("cargo xtask send-series --resume --doubtful lost     # sends it again")
}

/// Waits, unless the user interrupts.
///
/// # Errors
/// When the user does.
pub(super) fn wait(time: Duration) -> Result<()> {
    let start = Instant::now();
    loop {
        interrupt::check()?;
        let Some(left) = time.checked_sub(start.elapsed()) else {
            return Ok(());
        };
        std::thread::sleep(left.min(Duration::from_millis(100)));
    }
}

/// What a server says must not steer a terminal.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let context = || format!("cannot read {}", path.display());
    // A link could name a file that nobody looked at.
    if !path.symlink_metadata().with_context(context)?.is_file() {
        return Err(Stop::failed(format!("{} is no file", path.display())).into());
    }
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).with_context(context)?;
    file.take(MAX_MAIL + 1)
        .read_to_end(&mut bytes)
        .with_context(context)?;
    Ok(bytes)
}

fn body_faults(bytes: &[u8], fault: &mut impl FnMut(String)) {
    if bytes.len() as u64 > MAX_MAIL {
        fault(format!("is larger than {} MiB", MAX_MAIL >> 20));
    }
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let line_number = index + 1;
        if line.len() > MAX_LINE {
            fault(format!(
                "line {line_number} has {} bytes, mail allows {MAX_LINE}",
                line.len()
            ));
        }
        if line.iter().any(|byte| matches!(byte, b'\r' | b'\0')) {
            fault(format!("line {line_number} has a carriage return or a NUL"));
        }
    }
}

/// The envelope has to be that of this mail.
fn header_faults(message: &Message, bytes: &[u8], fault: &mut impl FnMut(String)) {
    let Some(mail) = MessageParser::new().parse_headers(bytes) else {
        return fault("has no headers".to_owned());
    };
    let id = mail.message_id().map(|id| format!("<{id}>"));
    if id.as_deref() != Some(message.message_id.as_str()) {
        fault(format!("has not the ID {}", message.message_id));
    }
    let from = mail.from().and_then(|list| list.first()?.address());
    if !from.is_some_and(|from| from.eq_ignore_ascii_case(&message.from)) {
        fault(format!("is not from {}", message.from));
    }
    if mail.header(HeaderName::Bcc).is_some() {
        fault("tells its hidden recipients".to_owned());
    }
    for name in [HeaderName::Subject, HeaderName::Date] {
        if mail.header(name.clone()).is_none() {
            fault(format!("has no {}", name.as_str()));
        }
    }
}

/// An address that any server can take and that is no option of a program.
fn address(text: &str) -> Result<Address, String> {
    let bad = || format!("`{text}` is no mail address");
    if !text.is_ascii() || text.starts_with('-') || text.len() > 254 {
        return Err(bad());
    }
    text.parse().map_err(|_| bad())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "From: A <a@x.org>\nTo: b@x.org\nSubject: s\n\
        Date: Tue, 14 Nov 2023 22:13:20 +0000\nMessage-ID: <1@x.org>\n\nText.\n";

    fn sealed(mail: &str, change: impl FnOnce(&mut Message)) -> Result<Vec<Sealed>> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("1.eml");
        std::fs::write(&path, mail).unwrap();
        let mut message = Message {
            path,
            message_id: "<1@x.org>".to_owned(),
            from: "a@x.org".to_owned(),
            recipients: vec!["b@x.org".to_owned()],
            subject: "s".to_owned(),
        };
        change(&mut message);
        let outgoing = Outgoing {
            dir: dir.path().to_owned(),
            messages: vec![message],
        };
        seal(&outgoing, None)
    }

    #[test]
    fn what_a_server_would_refuse_is_found_before() {
        assert_eq!(sealed(MAIL, |_| {}).unwrap()[0].bytes, MAIL.as_bytes());
        let long = MAIL.replace("Text.", &"x".repeat(999));
        for (mail, fault) in [
            (long.as_str(), "line 7 has 999 bytes"),
            (&MAIL.replace("Text", "Te\rxt"), "carriage return"),
            (&MAIL.replace("To: ", "Bcc: "), "hidden recipients"),
            (&MAIL.replace("1@", "2@"), "has not the ID"),
            (&MAIL.replace("a@x", "c@x"), "is not from a@x.org"),
            (&MAIL.replace("Date", "X-Date"), "has no Date"),
        ] {
            let error = sealed(mail, |_| {}).unwrap_err().to_string();
            assert!(error.contains(fault), "{fault}: {error}");
        }
    }

    #[test]
    fn only_addresses_reach_the_envelope() {
        for bad in [
            "b@x.org>\r\nRCPT TO:<evil@x.org",
            "-oQ/tmp@x.org",
            "b",
            "b@x.org SIZE=1",
            "b@x_y z",
            "ü@x.org",
            "",
        ] {
            let error = sealed(MAIL, |mail| mail.recipients.push(bad.to_owned()));
            let error = error.unwrap_err().to_string();
            assert!(error.contains("is no mail address"), "{bad}: {error}");
        }
        let nobody = sealed(MAIL, |mail| mail.recipients.clear()).unwrap_err();
        assert!(nobody.to_string().contains("no recipient"), "{nobody}");
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let error = sealed(&MAIL.replace("Text", "Te\rxt"), |mail| {
            mail.recipients.push("x".to_owned());
        });
        assert_eq!(error.unwrap_err().to_string().lines().count(), 3);
    }

    #[test]
    fn another_recipient_makes_another_digest() {
        let one = sealed(MAIL, |_| {}).unwrap();
        let two = sealed(MAIL, |mail| mail.recipients.push("c@x.org".to_owned())).unwrap();
        assert_ne!(digest(&one), digest(&two));
    }
}
