// SPDX-License-Identifier: GPL-2.0-only
//! Mail: from a series to the messages that could leave the machine.
//!
//! The rehearsal writes a folder of `.eml` files and `outgoing.json` beside
//! them. Sending takes that folder and nothing else, so that what was looked
//! at is what leaves.

pub mod cover;
pub mod identity;
pub mod journal;
pub mod message;
pub mod patch;
pub mod rehearse;
pub mod send;
pub mod sendmail;
pub mod sign;
pub mod smtp;
pub mod thread;

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::context::Cx;
use crate::fsx;
use crate::series::Series;
use crate::stop::Stop;

use journal::{Journal, State};

/// Name of the list of messages in an outgoing folder.
const LIST: &str = "outgoing.json";

/// A thread that is ready to be sent, in the order in which it is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The folder that holds the messages.
    pub dir: PathBuf,
    /// The cover letter first, where there is one.
    pub messages: Vec<Message>,
}

/// One mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// The `.eml` file; its lines end in a bare newline.
    pub path: PathBuf,
    /// Message-ID with its angle brackets.
    pub message_id: String,
    /// Address of the sender, for the envelope.
    pub from: String,
    /// Addresses of everybody who gets it, for the envelope.
    pub recipients: Vec<String>,
    /// Subject, decoded.
    pub subject: String,
}

impl Outgoing {
    /// Where the mails of the current version of a series are written.
    pub fn folder(cx: &Cx, series: &Series) -> PathBuf {
        Self::folder_of(cx, series, series.about.version)
    }

    /// Where those of another version are.
    pub fn folder_of(cx: &Cx, series: &Series, version: u32) -> PathBuf {
        cx.paths
            .outgoing()
            .join(format!("{}-v{version}", series.name))
    }

    /// Reads what a rehearsal wrote to `dir`.
    ///
    /// # Errors
    /// No rehearsal, or a list that names files outside its folder.
    pub fn load(dir: &Path) -> Result<Self> {
        let list = dir.join(LIST);
        if !list.is_file() {
            return Err(
                Stop::environment(format!("{} holds no rehearsed mail", dir.display()))
                    .help("cargo xtask send-series     # writes it")
                    .into(),
            );
        }
        let mut messages: Vec<Message> = serde_json::from_str(&fsx::read(&list)?)
            .with_context(|| format!("{} is no list of messages", list.display()))?;
        for message in &mut messages {
            // The list is only a file: it must not make sending read others.
            let mut parts = message.path.components();
            let (Some(Component::Normal(name)), None) = (parts.next(), parts.next()) else {
                return Err(Stop::environment(format!(
                    "{} names {}, which is not in its folder",
                    list.display(),
                    message.path.display()
                ))
                .into());
            };
            message.path = dir.join(name);
        }
        Ok(Self {
            dir: dir.to_owned(),
            messages,
        })
    }

    /// Writes the list beside the messages, whose paths become file names.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn save(&self) -> Result<()> {
        let mut messages = self.messages.clone();
        for message in &mut messages {
            let name = message.path.file_name().context("a message is a file")?;
            message.path = PathBuf::from(name);
        }
        let mut text = serde_json::to_vec_pretty(&messages)?;
        text.push(b'\n');
        fsx::write_atomic(&self.dir.join(LIST), &text)
    }
}

/// How far sending the mails of a folder has come.
#[derive(Debug)]
pub enum Progress {
    /// None has left. The journal of an attempt that came to nothing, while
    /// it is held nobody else sends.
    Nothing(Option<Journal>),
    /// Some have left, or may have; so many have not, or may not have.
    Half(usize),
    /// All have left.
    All,
}

impl Progress {
    /// Reads the journal in `dir`.
    ///
    /// # Errors
    /// When it is damaged, or the mails are being sent just now.
    pub fn of(dir: &Path) -> Result<Self> {
        let journal = match Journal::look(dir)? {
            Some(journal) if !journal.is_untouched() => journal,
            other => return Ok(Self::Nothing(other)),
        };
        let messages = Outgoing::load(dir)?.messages;
        let left = messages
            .iter()
            .filter(|message| !matches!(journal.state(&message.message_id), State::Sent(_)))
            .count();
        Ok(if left == 0 {
            Self::All
        } else {
            Self::Half(left)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(path: &str) -> Message {
        Message {
            path: PathBuf::from(path),
            message_id: "<1@example.invalid>".to_owned(),
            from: "a@example.invalid".to_owned(),
            recipients: vec!["b@example.invalid".to_owned()],
            subject: "[PATCH] x".to_owned(),
        }
    }

    #[test]
    fn the_list_can_be_moved_with_its_folder() {
        let dir = tempfile::tempdir().unwrap();
        let old = dir.path().join("old");
        let outgoing = Outgoing {
            dir: old.clone(),
            messages: vec![message(old.join("0001-x.eml").to_str().unwrap())],
        };
        outgoing.save().unwrap();
        let new = dir.path().join("new");
        std::fs::rename(&old, &new).unwrap();
        let loaded = Outgoing::load(&new).unwrap();
        assert_eq!(loaded.messages[0].path, new.join("0001-x.eml"));
    }

    #[test]
    fn a_list_cannot_name_files_elsewhere() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["../x.eml", "/etc/passwd", "a/b.eml", ".."] {
            let list = serde_json::to_vec(&[message(path)]).unwrap();
            std::fs::write(dir.path().join(LIST), list).unwrap();
            assert!(Outgoing::load(dir.path()).is_err(), "{path}");
        }
    }
}
