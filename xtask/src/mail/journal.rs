// SPDX-License-Identifier: GPL-2.0-only
//! What is known of mails that are being sent, on disk before it matters. A
//! line is written before the last byte of a mail may leave, and one after the
//! server's answer; a mail with the first line only is in doubt, because the
//! protocol cannot tell whether the server has taken it (RFC 1047).

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::fsx;
use crate::stop::Stop;

/// Name of the journal, in the folder of the mails.
pub const NAME: &str = "journal.jsonl";

/// More than a journal of a thousand mails, each tried six times. Bytes.
const MAX_BYTES: u64 = 16 << 20;

/// Room for the lines of one mail, taken from the disk before the first one
/// leaves: a full disk is to stop the run there, not between an answer and its
/// line. Bytes.
const RESERVED: usize = 4096;

/// Words of a server that are kept. Bytes.
const MAX_WORDS: usize = 500;

/// What is known of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// It has not left.
    Waiting,
    /// It may have left.
    Doubtful,
    /// The server has taken it, in these words.
    Sent(String),
}

/// The journal of one attempt to send, and of those that resume it.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    kept: bool,
    entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    time: String,
    #[serde(flatten)]
    event: Event,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    /// Sending begins: of mails with this digest.
    Begin { digest: String, through: String },
    /// The mail is about to leave.
    Leaving { id: String },
    /// The server has taken it.
    Sent { id: String, words: String },
    /// It has certainly not been taken.
    Refused { id: String, words: String },
    /// Somebody has looked whether a doubtful one arrived.
    Settled { id: String, arrived: bool },
}

impl Journal {
    /// Begins the journal of mails that have never been sent.
    ///
    /// # Errors
    /// When there is one already, or the disk has no room for what will follow.
    pub fn begin(dir: &Path, digest: &str, through: &str, count: usize) -> Result<Self> {
        let path = dir.join(NAME);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path);
        let file = match file {
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
                return Err(Stop::environment("sending these mails has begun already")
                    .help("cargo xtask send-series --resume")
                    .into());
            }
            other => other.map_err(|error| fsx::explain(error, &path)),
        }
        .with_context(|| format!("cannot create {}", path.display()))?;
        let mut journal = Self {
            file,
            path,
            kept: true,
            entries: Vec::new(),
        };
        let begun = journal.start(digest, through, count, dir);
        if begun.is_err() {
            // Nothing has left: the next attempt is a first one.
            let _ = std::fs::remove_file(&journal.path);
        }
        begun.map(|()| journal)
    }

    /// A journal for mails that may as well be sent twice.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn scratch() -> Result<Self> {
        let file = tempfile::tempfile().context("cannot create a journal")?;
        Ok(Self {
            file,
            path: PathBuf::from("(scratch journal)"),
            kept: false,
            entries: Vec::new(),
        })
    }

    /// The journal in `dir`, if there is one, whatever mails it is about.
    ///
    /// # Errors
    /// When it is damaged, or another process is at it.
    pub fn look(dir: &Path) -> Result<Option<Self>> {
        let path = dir.join(NAME);
        let file = match OpenOptions::new().read(true).write(true).open(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            other => other.with_context(|| format!("cannot open {}", path.display()))?,
        };
        let mut journal = Self {
            file,
            path,
            kept: true,
            entries: Vec::new(),
        };
        journal.lock()?;
        journal.read()?;
        Ok(Some(journal))
    }

    /// Reads the journal of an attempt that did not come to its end.
    ///
    /// # Errors
    /// When there is none, another process is at it, or the mails are others
    /// than those that it is about.
    pub fn resume(dir: &Path, digest: &str) -> Result<Self> {
        let mut journal = Self::look(dir)?.ok_or_else(|| {
            Stop::environment("nothing of these mails has been sent")
                .help("cargo xtask send-series --send")
        })?;
        match journal.entries.first().map(|entry| &entry.event) {
            Some(Event::Begin { digest: begun, .. }) if begun == digest => Ok(journal),
            Some(Event::Begin { .. }) => Err(Stop::environment(format!(
                "the mails in {} are not those that were being sent",
                dir.display()
            ))
            .help("put back what was changed there; the journal says what has left")
            .into()),
            // The process died before the first line was on disk.
            None => {
                journal.write(Event::Begin {
                    digest: digest.to_owned(),
                    through: String::new(),
                })?;
                Ok(journal)
            }
            Some(_) => Err(Stop::environment(format!(
                "{} does not begin as a journal does",
                journal.path.display()
            ))
            .into()),
        }
    }

    /// Whether a later run can go on with it.
    pub fn is_kept(&self) -> bool {
        self.kept
    }

    /// What is known of the mail `id`.
    pub fn state(&self, id: &str) -> State {
        let mut state = State::Waiting;
        for entry in &self.entries {
            match &entry.event {
                Event::Leaving { id: of } if of == id => state = State::Doubtful,
                Event::Sent { id: of, words } if of == id => state = State::Sent(words.clone()),
                Event::Refused { id: of, .. } if of == id => state = State::Waiting,
                Event::Settled { id: of, arrived } if of == id => {
                    state = if *arrived {
                        State::Sent("found to have arrived".to_owned())
                    } else {
                        State::Waiting
                    };
                }
                _ => {}
            }
        }
        state
    }

    /// Whether no mail has left, nor may have.
    pub fn is_untouched(&self) -> bool {
        self.entries.iter().all(|entry| match &entry.event {
            Event::Leaving { id } => self.state(id) == State::Waiting,
            _ => true,
        })
    }

    /// The mail is about to leave: on disk when this returns.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn leaving(&mut self, id: &str) -> Result<()> {
        self.write(Event::Leaving { id: id.to_owned() })
    }

    /// The server has taken the mail.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn sent(&mut self, id: &str, words: &str) -> Result<()> {
        self.write(Event::Sent {
            id: id.to_owned(),
            words: shorten(words),
        })
    }

    /// The mail has certainly not been taken.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn refused(&mut self, id: &str, words: &str) -> Result<()> {
        self.write(Event::Refused {
            id: id.to_owned(),
            words: shorten(words),
        })
    }

    /// Somebody has found out about a mail in doubt.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn settle(&mut self, id: &str, arrived: bool) -> Result<()> {
        self.write(Event::Settled {
            id: id.to_owned(),
            arrived,
        })
    }

    fn start(&mut self, digest: &str, through: &str, count: usize, dir: &Path) -> Result<()> {
        self.lock()?;
        self.reserve(count)?;
        self.write(Event::Begin {
            digest: digest.to_owned(),
            through: through.to_owned(),
        })?;
        // The name of the file has to survive, too.
        File::open(dir)
            .and_then(|dir| dir.sync_all())
            .with_context(|| format!("cannot sync {}", dir.display()))
    }

    fn lock(&self) -> Result<()> {
        // A child that another thread is about to start holds it, too, until
        // it becomes the program that it is to be.
        for _ in 0..50 {
            if self.file.try_lock().is_ok() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Err(Stop::environment("another process is sending these mails")
            .help("wait for it, then: cargo xtask send-series --resume")
            .into())
    }

    fn reserve(&self, count: usize) -> Result<()> {
        use nix::errno::Errno;
        use nix::fcntl::{FallocateFlags, fallocate};
        let bytes = i64::try_from(RESERVED.saturating_mul(count + 1)).unwrap_or(i64::MAX);
        let keep = FallocateFlags::FALLOC_FL_KEEP_SIZE;
        match fallocate(&self.file, keep, 0, bytes) {
            // A file system that cannot reserve is one that can run full.
            Ok(()) | Err(Errno::EOPNOTSUPP | Errno::ENOSYS) => Ok(()),
            Err(errno) => Err(fsx::explain(errno.into(), &self.path))
                .with_context(|| format!("cannot reserve room for {}", self.path.display())),
        }
    }

    /// Reads all entries, and takes off what a crash left of a last one.
    fn read(&mut self) -> Result<()> {
        let mut bytes = Vec::new();
        (&self.file).take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Stop::environment(format!("{} is no journal", self.path.display())).into());
        }
        let mut whole = 0;
        let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').peekable();
        while let Some(line) = lines.next() {
            let entry = line
                .ends_with(b"\n")
                .then(|| serde_json::from_slice(line).ok())
                .flatten();
            match entry {
                Some(entry) => self.entries.push(entry),
                None if lines.peek().is_none() => break,
                None => {
                    return Err(Stop::environment(format!(
                        "line {} of {} is damaged",
                        self.entries.len() + 1,
                        self.path.display()
                    ))
                    .into());
                }
            }
            whole += line.len() as u64;
        }
        self.file.set_len(whole)?;
        self.file.seek(SeekFrom::Start(whole))?;
        Ok(())
    }

    fn write(&mut self, event: Event) -> Result<()> {
        let entry = Entry {
            time: jiff::Timestamp::now().to_string(),
            event,
        };
        let mut line = serde_json::to_vec(&entry)?;
        line.push(b'\n');
        let written = self
            .file
            .write_all(&line)
            .and_then(|()| self.file.sync_data());
        written
            .map_err(|error| fsx::explain(error, &self.path))
            .with_context(|| format!("cannot write {}", self.path.display()))?;
        self.entries.push(entry);
        Ok(())
    }
}

/// The words of a server are bounded by the library, but not by much.
fn shorten(words: &str) -> String {
    let end = (0..=MAX_WORDS.min(words.len()))
        .rev()
        .find(|end| words.is_char_boundary(*end));
    words[..end.unwrap_or(0)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begun(dir: &Path) -> Journal {
        Journal::begin(dir, "d", "smtp.example", 3).unwrap()
    }

    fn text(dir: &Path) -> String {
        std::fs::read_to_string(dir.join(NAME)).unwrap()
    }

    #[test]
    fn a_resumed_journal_knows_what_the_first_one_knew() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = begun(dir.path());
        journal.leaving("<1>").unwrap();
        journal.sent("<1>", "250 ok").unwrap();
        journal.leaving("<2>").unwrap();
        journal.refused("<2>", "451 later").unwrap();
        journal.leaving("<3>").unwrap();
        drop(journal);
        let mut journal = Journal::resume(dir.path(), "d").unwrap();
        assert_eq!(journal.state("<1>"), State::Sent("250 ok".to_owned()));
        assert_eq!(journal.state("<2>"), State::Waiting);
        assert_eq!(journal.state("<3>"), State::Doubtful);
        assert_eq!(journal.state("<4>"), State::Waiting);
        journal.settle("<3>", false).unwrap();
        assert_eq!(journal.state("<3>"), State::Waiting);
    }

    /// A crash may cut the journal anywhere. Whatever is left of it, a mail
    /// that was taken is never thought to be waiting.
    #[test]
    fn a_journal_that_is_cut_anywhere_forgets_no_mail() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = begun(dir.path());
        journal.leaving("<1>").unwrap();
        let left = text(dir.path()).len();
        journal.sent("<1>", "250 ok").unwrap();
        drop(journal);
        let whole = text(dir.path());
        for cut in left..=whole.len() {
            std::fs::write(dir.path().join(NAME), &whole[..cut]).unwrap();
            let mut journal = Journal::resume(dir.path(), "d").unwrap();
            assert_ne!(journal.state("<1>"), State::Waiting, "cut at {cut}");
            // What follows a line that was cut off can be read again.
            journal.settle("<1>", true).unwrap();
            drop(journal);
            let journal = Journal::resume(dir.path(), "d").unwrap();
            assert!(matches!(journal.state("<1>"), State::Sent(_)));
        }
        for cut in 0..left {
            std::fs::write(dir.path().join(NAME), &whole[..cut]).unwrap();
            // The line was not on disk, so the mail did not leave.
            let journal = Journal::resume(dir.path(), "d").unwrap();
            assert_eq!(journal.state("<1>"), State::Waiting, "cut at {cut}");
        }
    }

    #[test]
    fn what_was_refused_has_not_left() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Journal::look(dir.path()).unwrap().is_none());
        let mut journal = begun(dir.path());
        assert!(journal.is_untouched());
        journal.leaving("<1>").unwrap();
        assert!(!journal.is_untouched());
        journal.refused("<1>", "550 no").unwrap();
        drop(journal);
        let mut journal = Journal::look(dir.path()).unwrap().unwrap();
        assert!(journal.is_untouched());
        journal.leaving("<1>").unwrap();
        journal.sent("<1>", "250 ok").unwrap();
        assert!(!journal.is_untouched());
    }

    #[test]
    fn damage_in_the_middle_is_not_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = begun(dir.path());
        journal.leaving("<1>").unwrap();
        journal.sent("<1>", "250 ok").unwrap();
        drop(journal);
        let damaged = text(dir.path()).replace("leaving", "\0\0\0\0\0\0\0");
        std::fs::write(dir.path().join(NAME), damaged).unwrap();
        let error = Journal::resume(dir.path(), "d").unwrap_err().to_string();
        assert!(error.contains("line 2"), "{error}");
    }

    #[test]
    fn a_journal_is_about_its_mails_and_begins_once() {
        let dir = tempfile::tempdir().unwrap();
        assert!(Journal::resume(dir.path(), "d").is_err());
        drop(begun(dir.path()));
        assert!(Journal::resume(dir.path(), "other").is_err());
        let error = Journal::begin(dir.path(), "d", "x", 1).unwrap_err();
        assert!(error.to_string().contains("--resume"), "{error}");
    }

    #[test]
    fn only_one_process_sends() {
        let dir = tempfile::tempdir().unwrap();
        let _journal = begun(dir.path());
        let error = Journal::resume(dir.path(), "d").unwrap_err().to_string();
        assert!(error.contains("another process"), "{error}");
    }
}
