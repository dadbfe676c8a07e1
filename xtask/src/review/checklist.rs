// SPDX-License-Identifier: GPL-2.0-only
//! The checklist: what was said about a series and what became of it, in
//! `review.toml` in its folder. People may edit the file; the tool only adds.

use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::fsx;
use crate::lock::Lock;
use crate::series::Series;
use crate::stop::Stop;

/// Name of the file.
pub const FILE: &str = "review.toml";
/// Open comments that a refusal names.
const MAX_NAMED: usize = 20;
/// What stands above it.
const HEAD: &str = "# What was said about this series, and what became of it. Written by\n\
    # `cargo xtask review`; states and notes may be changed by hand, too.\n\n";

/// `review.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Checklist {
    /// What patches were when they were sent.
    pub sent: Vec<Sent>,
    /// The mails.
    pub letter: Vec<Source>,
    /// What has to be decided.
    pub comment: Vec<Comment>,
    /// What was given.
    pub trailer: Vec<Trailer>,
}

/// A patch as it was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Sent {
    /// Of the series.
    pub version: u32,
    /// From 1.
    pub patch: u32,
    /// Message-ID without brackets; empty where it is not known.
    #[serde(default)]
    pub id: String,
    /// Subject without tags.
    pub title: String,
    /// `git patch-id --stable`.
    pub patch_id: String,
}

/// A mail that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Source {
    /// Of its author and text: the same mail is not read twice.
    pub digest: String,
    /// Message-ID without brackets; empty where an archive does not show it.
    #[serde(default)]
    pub id: String,
    /// `Name <address>` as far as it is known.
    pub from: String,
    /// As the mail says it.
    #[serde(default)]
    pub date: String,
    /// As the mail says it.
    #[serde(default)]
    pub subject: String,
    /// Who got it.
    #[serde(default)]
    pub to: Vec<String>,
    /// Who got a copy.
    #[serde(default)]
    pub cc: Vec<String>,
    /// What it answers, the nearest one last.
    #[serde(default)]
    pub references: Vec<String>,
    /// Of the series.
    pub version: u32,
    /// Which patch it answers; 0 is the cover letter.
    #[serde(default)]
    pub patch: Option<u32>,
}

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Comment {
    /// What it is called.
    pub number: u32,
    /// What became of it.
    pub state: State,
    /// Why, or what was changed.
    #[serde(default)]
    pub note: String,
    /// The version that has the change.
    #[serde(default)]
    pub fixed_in: Option<u32>,
    /// Whether the change log mentions it.
    #[serde(default)]
    pub logged: bool,
    /// Name of who said it.
    pub author: String,
    /// Of the series.
    pub version: u32,
    /// Patch of that version; 0 is the cover letter.
    #[serde(default)]
    pub patch: Option<u32>,
    /// Subject of the patch.
    #[serde(default)]
    pub title: String,
    /// The file that it is about.
    #[serde(default)]
    pub file: Option<String>,
    /// Line of the file as that version leaves it.
    #[serde(default)]
    pub line: Option<u32>,
    /// The mail, by its digest.
    pub letter: String,
    /// Of author, text and quoted lines.
    pub key: String,
    /// The lines above it, with their marks.
    #[serde(default)]
    pub quoted: String,
    /// What was said.
    pub text: String,
}

/// A trailer that was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Trailer {
    /// `Reviewed-by`
    pub key: String,
    /// `Name <address>` and what else was written.
    pub value: String,
    /// Of the series.
    pub version: u32,
    /// For which patch; 0 is all of them.
    #[serde(default)]
    pub patch: Option<u32>,
    /// The mail, by its digest.
    pub letter: String,
}

/// What became of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Nothing yet.
    Open,
    /// Answered on the list; nothing has to change.
    Answered,
    /// The series was changed.
    Done,
    /// The series stays as it is, for a reason.
    #[value(alias = "wont-do")]
    Wont,
}

impl State {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Answered => "answered",
            Self::Done => "done",
            Self::Wont => "won't do",
        }
    }
}

impl Comment {
    /// Says what became of it, at a time when `version` is worked on.
    ///
    /// # Errors
    /// No reason where one is needed.
    pub fn mark(&mut self, state: State, reason: Option<&str>, version: u32) -> Result<()> {
        let needs_reason = matches!(state, State::Answered | State::Wont);
        if needs_reason && reason.is_none() && self.note.is_empty() {
            return Err(Stop::environment(format!(
                "comment {} is not {} without a reason",
                self.number,
                state.name()
            ))
            .help("--reason TEXT")
            .into());
        }
        if let Some(reason) = reason {
            reason.clone_into(&mut self.note);
        }
        // A comment on the version that is out is answered by the next one.
        let fixed_in = version.max(self.version.saturating_add(1));
        self.fixed_in = matches!(state, State::Done | State::Wont).then_some(fixed_in);
        self.logged &= state == self.state;
        self.state = state;
        Ok(())
    }

    /// Where it is: patch, file and line as far as they are known.
    pub fn place(&self) -> String {
        let mut place = match self.patch {
            Some(0) => "cover letter".to_owned(),
            Some(number) => format!("patch {number}"),
            None => String::new(),
        };
        if let Some(file) = &self.file {
            let gap = if place.is_empty() { "" } else { " " };
            place += &format!("{gap}{file}");
            if let Some(line) = self.line {
                place += &format!(":{line}");
            }
        } else if place.is_empty() {
            place = "series".to_owned();
        }
        place
    }

    /// Its first sentence or line.
    pub fn summary(&self) -> String {
        let line = self.text.lines().find(|line| !line.trim().is_empty());
        let line = line.unwrap_or_default().trim();
        if line.chars().count() <= 100 {
            return line.to_owned();
        }
        let head: String = line.chars().take(97).collect();
        format!("{head}...")
    }
}

impl Checklist {
    /// Where the one of a series is.
    pub fn path(series: &Series) -> PathBuf {
        series.dir.join(FILE)
    }

    /// Reads the one of a series; an empty one, if there is none.
    ///
    /// # Errors
    /// A file that does not parse, or in which two comments have one number.
    pub fn load(series: &Series) -> Result<Self> {
        let path = Self::path(series);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let list = Self::parse(&fsx::read(&path)?);
        list.map_err(|error| Stop::environment(format!("{}: {error}", path.display())).into())
    }

    fn parse(text: &str) -> Result<Self, String> {
        let list: Self = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut numbers: Vec<u32> = list.comment.iter().map(|comment| comment.number).collect();
        numbers.sort_unstable();
        match numbers.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(format!("two comments have the number {}", pair[0])),
            None => Ok(list),
        }
    }

    /// Writes it into the folder of the series.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn save(&self, series: &Series) -> Result<()> {
        fsx::write_atomic(&Self::path(series), self.text()?.as_bytes())
    }

    fn text(&self) -> Result<String> {
        let toml = toml::to_string_pretty(self).context("cannot write the checklist")?;
        Ok(format!("{HEAD}{toml}"))
    }

    /// Keeps others from changing the checklists of this clone meanwhile.
    ///
    /// # Errors
    /// When the user interrupts the wait.
    pub fn lock(cx: &crate::context::Cx) -> Result<Lock> {
        let path = cx.paths.work().join("review.lock");
        Lock::acquire(&cx.ui, &path, "the checklists")
    }

    /// The comment of a number.
    ///
    /// # Errors
    /// There is none.
    pub fn comment(&self, number: u32) -> Result<&Comment> {
        let found = self.comment.iter().find(|comment| comment.number == number);
        found.ok_or_else(|| no_comment(number))
    }

    /// The comment of a number, to change it.
    ///
    /// # Errors
    /// There is none.
    pub fn comment_mut(&mut self, number: u32) -> Result<&mut Comment> {
        let mut all = self.comment.iter_mut();
        let found = all.find(|comment| comment.number == number);
        found.ok_or_else(|| no_comment(number))
    }

    /// The mail of a digest.
    pub fn source(&self, digest: &str) -> Option<&Source> {
        self.letter.iter().find(|letter| letter.digest == digest)
    }

    /// The comments about which nothing was decided.
    pub fn open(&self) -> impl Iterator<Item = &Comment> {
        let all = self.comment.iter();
        all.filter(|comment| comment.state == State::Open)
    }

    /// Refuses to go on to the next version while comments are open; with a
    /// reason, they stay open and remember it.
    ///
    /// # Errors
    /// Open comments, and no reason.
    pub fn pass_open(&mut self, reason: Option<&str>) -> Result<()> {
        let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
        let open: Vec<&Comment> = self.open().collect();
        if let Some(reason) = reason {
            let all = self.comment.iter_mut();
            for comment in all.filter(|comment| comment.state == State::Open) {
                reason.clone_into(&mut comment.note);
            }
            return Ok(());
        }
        if open.is_empty() {
            return Ok(());
        }
        let mut text = format!("{} of the review are open:", open.len());
        for comment in open.iter().take(MAX_NAMED) {
            text += &format!(
                "\n  #{} {} ({}): {}",
                comment.number,
                comment.place(),
                comment.author,
                comment.summary()
            );
        }
        if open.len() > MAX_NAMED {
            text += &format!("\n  and {} more", open.len() - MAX_NAMED);
        }
        Err(Stop::failed(text)
            .help("cargo xtask review mark N done|answered|wont --reason TEXT")
            .help("--keep-open REASON     # to begin the version that answers them")
            .into())
    }

    /// What is in the way of sending the next version.
    pub fn blockers(&self) -> Vec<String> {
        let mut open = self.open();
        let Some(first) = open.next() else {
            return Vec::new();
        };
        vec![format!(
            "{} of the review are open, the first is #{} {} ({}) (cargo xtask review list --state open)",
            1 + open.count(),
            first.number,
            first.place(),
            first.author
        )]
    }

    /// The number of the next comment.
    pub fn next_number(&self) -> u32 {
        let last = self.comment.iter().map(|comment| comment.number).max();
        last.unwrap_or(0).saturating_add(1)
    }
}

fn no_comment(number: u32) -> anyhow::Error {
    Stop::environment(format!("there is no comment {number}"))
        .help("cargo xtask review list")
        .into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A comment by R, of version 1.
    pub(crate) fn comment(number: u32, state: State, note: &str) -> Comment {
        Comment {
            number,
            state,
            note: note.to_owned(),
            fixed_in: None,
            logged: false,
            author: "R Viewer".to_owned(),
            version: 1,
            patch: Some(2),
            title: "x: y".to_owned(),
            file: Some("x.c".to_owned()),
            line: Some(3),
            letter: "d".to_owned(),
            key: number.to_string(),
            quoted: "> +a\n".to_owned(),
            text: "Use b.".to_owned(),
        }
    }

    proptest! {
        #[test]
        fn whatever_is_said_is_read_back_as_it_was(text in any::<String>(), quoted in any::<String>()) {
            let mut list = Checklist::default();
            list.comment.push(Comment { text, quoted, ..comment(1, State::Done, "") });
            prop_assert_eq!(Checklist::parse(&list.text().unwrap()).unwrap(), list);
        }
    }

    #[test]
    fn a_number_names_one_comment() {
        let mut list = Checklist::default();
        list.comment.push(comment(7, State::Open, ""));
        list.comment.push(comment(7, State::Open, ""));
        let error = Checklist::parse(&list.text().unwrap()).unwrap_err();
        assert!(error.contains("number 7"), "{error}");
    }

    #[test]
    fn a_state_is_written_as_it_is_typed() {
        let mut list = Checklist::default();
        list.comment.push(comment(1, State::Wont, "it is shorter"));
        assert!(list.text().unwrap().contains("state = \"wont\""));
    }

    #[test]
    fn a_decision_has_a_reason_and_a_version() {
        let mut one = comment(1, State::Open, "");
        assert!(one.mark(State::Wont, None, 1).is_err());
        assert!(one.mark(State::Answered, None, 1).is_err());
        assert_eq!(one.state, State::Open);
        one.mark(State::Done, Some("use b"), 1).unwrap();
        assert_eq!((one.fixed_in, one.note.as_str()), (Some(2), "use b"));
        one.mark(State::Wont, None, 5).unwrap();
        assert_eq!((one.fixed_in, one.note.as_str()), (Some(5), "use b"));
        one.mark(State::Open, None, 5).unwrap();
        assert_eq!(one.fixed_in, None);
    }

    #[test]
    fn nobody_passes_open_comments_without_a_reason() {
        let mut list = Checklist::default();
        list.pass_open(None).unwrap();
        assert_eq!(list.blockers(), Vec::<String>::new());
        list.comment.push(comment(1, State::Done, "x"));
        list.comment.push(comment(2, State::Open, ""));
        for reason in [None, Some(" ")] {
            let error = list.pass_open(reason).unwrap_err().to_string();
            assert!(
                error.contains("#2 patch 2 x.c:3 (R Viewer): Use b."),
                "{error}"
            );
            assert!(!error.contains("#1"), "{error}");
        }
        list.pass_open(Some("in v2")).unwrap();
        assert_eq!(list.comment[1].note, "in v2");
        assert_eq!(list.comment[0].note, "x");
        assert!(list.blockers()[0].contains("1 of the review are open, the first is #2"));
    }

    #[test]
    fn a_place_says_what_is_known() {
        let mut comment = comment(1, State::Open, "");
        assert_eq!(comment.place(), "patch 2 x.c:3");
        comment.patch = None;
        assert_eq!(comment.place(), "x.c:3");
        comment.file = None;
        assert_eq!(comment.place(), "series");
        comment.patch = Some(0);
        assert_eq!(comment.place(), "cover letter");
    }
}
