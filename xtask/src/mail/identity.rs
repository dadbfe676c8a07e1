// SPDX-License-Identifier: GPL-2.0-only
//! Who sends, and what their git configuration says about it. The keys are
//! those of git send-email and b4, so that nothing has to be said twice.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::recipients::{Mailbox, split_list};
use crate::stop::Stop;

/// What the user's configuration has to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `sendemail.from`, or `user.name` and `user.email`.
    pub sender: Mailbox,
    /// `sendemail.to` and `b4.send-series-to`.
    pub to: Vec<String>,
    /// `sendemail.cc` and `b4.send-series-cc`.
    pub cc: Vec<String>,
    /// `sendemail.suppressCc`: which trailers make nobody a recipient.
    pub suppress: Vec<String>,
}

impl Identity {
    /// Reads the configuration as git sees it in `dir`.
    ///
    /// # Errors
    /// When git does not know who the user is.
    pub fn of_git(dir: &Path) -> Result<Self> {
        let config = Config::new(dir);
        let sender = match config.mail("from").pop() {
            Some(from) => from,
            None => match (
                config.all("user.name").pop(),
                config.all("user.email").pop(),
            ) {
                (Some(name), Some(email)) => format!("{name} <{email}>"),
                _ => {
                    return Err(Stop::environment("git does not know who sends")
                        .help("git config --global user.name 'Your Name'")
                        .help("git config --global user.email you@your.domain")
                        .into());
                }
            },
        };
        let Some(sender) = Mailbox::parse(&sender) else {
            return Err(Stop::environment(format!("`{sender}` is no mail address"))
                .help("git config --global sendemail.from 'Your Name <you@your.domain>'")
                .into());
        };
        let lists = |own: &str, b4: &str| -> Vec<String> {
            let values = config.mail(own).into_iter().chain(config.all(b4));
            values.flat_map(|value| split_list(&value)).collect()
        };
        Ok(Self {
            sender,
            to: lists("to", "b4.send-series-to"),
            cc: lists("cc", "b4.send-series-cc"),
            suppress: config.mail("suppressCc"),
        })
    }

    /// Whether people of a kind (`sob`, `author`, `misc-by`, `bodycc`) are left out.
    pub fn suppresses(&self, kind: &str) -> bool {
        self.suppress.iter().any(|word| match word.as_str() {
            "all" => true,
            "body" => matches!(kind, "sob" | "bodycc" | "misc-by"),
            "cc" => kind == "author",
            word => word == kind,
        })
    }
}

/// Whether the user wants to be asked before mails leave: `sendemail.confirm`.
pub fn wants_to_confirm(dir: &Path) -> bool {
    Config::new(dir).mail("confirm").pop().as_deref() != Some("never")
}

/// An address that reaches nobody: it stands for whoever will send.
pub fn is_placeholder(address: &str) -> bool {
    let domain = address
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .to_lowercase();
    // RFC 2606.
    domain == "localhost" || domain == "invalid" || domain.ends_with(".invalid")
}

/// The user's configuration as git sees it in a folder.
pub(super) struct Config<'a> {
    dir: &'a Path,
    identity: Option<String>,
}

impl<'a> Config<'a> {
    pub(super) fn new(dir: &'a Path) -> Self {
        let mut config = Self {
            dir,
            identity: None,
        };
        config.identity = config.all("sendemail.identity").pop();
        config
    }

    /// All values of `sendemail.<key>`, or of the identity's own.
    pub(super) fn mail(&self, key: &str) -> Vec<String> {
        self.mail_of_type(key, None)
    }

    /// As [`Self::mail`], the last of them, with `~` for the user's folder.
    pub(super) fn path(&self, key: &str) -> Option<PathBuf> {
        self.mail_of_type(key, Some("path")).pop().map(Into::into)
    }

    fn mail_of_type(&self, key: &str, kind: Option<&str>) -> Vec<String> {
        if let Some(identity) = &self.identity {
            let own = self.all_of_type(&format!("sendemail.{identity}.{key}"), kind);
            if !own.is_empty() {
                return own;
            }
        }
        self.all_of_type(&format!("sendemail.{key}"), kind)
    }

    fn all(&self, key: &str) -> Vec<String> {
        self.all_of_type(key, None)
    }

    /// The user's own git configuration, unlike [`crate::proc::git`].
    fn all_of_type(&self, key: &str, kind: Option<&str>) -> Vec<String> {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.dir)
            .arg("config")
            .args(kind.map(|kind| format!("--type={kind}")))
            .args(["--get-all", key])
            .output();
        let Ok(output) = output else {
            return Vec::new();
        };
        String::from_utf8_lossy(&output.stdout)
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.is_empty())
            .collect()
    }
}
