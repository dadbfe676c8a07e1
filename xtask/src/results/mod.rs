// SPDX-License-Identifier: GPL-2.0-only
//! What is remembered of runs. In: what a run found, and the very patches that
//! it ran on. Out: the same, for as long as the patches do the same to the same
//! base; to be judged before they are sent ([`judge`]) and quoted in the cover
//! letter ([`letter`]).
//!
//! A result is a file in the work folder of the clone, not in the folder of the
//! series: it is about kernels that were built here, and a run must not make
//! changes that somebody has to commit before they can go on. Each run writes a
//! file of its own, so that two at once lose nothing.

pub mod judge;
pub mod letter;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::context::Cx;
use crate::fsx;
use crate::proc::{self, git};
use crate::report::{self, Base, Run, bench};
use crate::scenario::Status;
use crate::series::content::Content;
use crate::source::SourceArgs;
use crate::tree::Tree;

/// How many results of a series are kept.
const KEPT: usize = 200;

/// A file that is larger is none of ours. Bytes.
const MAX_FILE: u64 = 16 << 20;

/// One run, and what it found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// Version of this format.
    pub schema: u32,
    /// When it ended, in UTC.
    pub time: String,
    /// What to type to do it again, without what is of this machine only.
    pub command: String,
    /// The base, for people.
    pub base: Base,
    /// The patches.
    pub content: Content,
    /// What came out.
    pub found: Found,
}

/// What a run found.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Found {
    /// `test-vm`.
    TestVm(Tested),
    /// `bench`.
    Bench(Benched),
    /// `check --deep`.
    Check(Checked),
}

/// The scenarios of a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Tested {
    /// Nothing was left out.
    pub full: bool,
    /// The kernels.
    pub runs: Vec<Ran>,
}

/// A kernel and its scenarios.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ran {
    /// Variant.
    pub variant: String,
    /// Profile.
    pub profile: String,
    /// Machine.
    pub machine: String,
    /// Accelerator.
    pub accel: String,
    /// What became of each.
    pub scenarios: Vec<Scene>,
}

/// A scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Scene {
    /// Its name.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// Cases that passed.
    pub passed: usize,
    /// Cases that could not be tried.
    pub skipped: usize,
    /// All its cases.
    pub cases: usize,
}

/// A benchmark.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Benched {
    /// Nothing was left out.
    pub full: bool,
    /// The numbers.
    pub report: Box<bench::Report>,
}

/// Tools that looked at the patches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Checked {
    /// Each, with the number of its findings.
    pub tools: Vec<(String, usize)>,
}

/// What is known of a series.
#[derive(Clone, Debug)]
pub struct Known {
    /// Of exactly these patches, the oldest first.
    pub entries: Vec<Entry>,
    /// The last of each kind that is of other patches: when, and how these
    /// differ from them.
    pub stale: BTreeMap<String, (String, String)>,
}

impl Found {
    /// The command that finds it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::TestVm(_) => "test-vm",
            Self::Bench(_) => "bench",
            Self::Check(_) => "check",
        }
    }
}

impl Entry {
    /// A result of now.
    pub fn new(command: &Shown, base: &Base, content: &Content, found: Found) -> Self {
        Self {
            schema: 1,
            time: jiff::Timestamp::now()
                .strftime("%Y-%m-%dT%H:%M:%S.%9fZ")
                .to_string(),
            command: command.0.clone(),
            base: base.clone(),
            content: content.clone(),
            found,
        }
    }

    /// The day it is of.
    pub fn day(&self) -> &str {
        self.time.get(..10).unwrap_or_default()
    }

    /// In a line.
    pub fn line(&self) -> String {
        let what = match &self.found {
            Found::TestVm(tested) => {
                let scenes = || tested.runs.iter().flat_map(|run| &run.scenarios);
                let fine = scenes().filter(|scene| scene.status.is_fine()).count();
                format!("{fine} of {} scenarios are fine", scenes().count())
            }
            Found::Bench(benched) => format!(
                "{} numbers, {} missing",
                benched.report.cells.len(),
                benched.report.missing.len()
            ),
            Found::Check(checked) => format!(
                "{} findings of {} tools",
                checked.tools.iter().map(|(_, count)| count).sum::<usize>(),
                checked.tools.len()
            ),
        };
        let when = self.time.get(..16).unwrap_or_default();
        format!("{when}  {}: {what}", self.command)
    }
}

impl From<&[Run]> for Tested {
    fn from(runs: &[Run]) -> Self {
        let scene = |result: &crate::scenario::ScenarioResult| {
            let count = |status: Status| {
                let cases = result.subtests.iter();
                cases.filter(|case| case.status == status).count()
            };
            Scene {
                name: result.name.clone(),
                status: result.status,
                passed: count(Status::Pass),
                skipped: count(Status::Skip),
                cases: result.subtests.len(),
            }
        };
        let ran = |run: &Run| Ran {
            variant: run.variant.clone(),
            profile: run.profile.clone(),
            machine: run.machine.clone(),
            accel: run.accel.clone(),
            scenarios: run.scenarios.iter().map(scene).collect(),
        };
        Self {
            full: false,
            runs: runs.iter().map(ran).collect(),
        }
    }
}

/// A command as it is shown to others: paths of this machine are none of their
/// business.
#[derive(Clone, Debug)]
pub struct Shown(String);

impl Shown {
    /// `cargo xtask <name>` on that source.
    pub fn new(name: &str, source: &SourceArgs) -> Self {
        let mut text = format!("cargo xtask {name}");
        if source.linux.is_some() {
            text += &format!(" --linux LINUX --base {}", source.base);
        }
        if source.tarball.is_some() {
            text += " --tarball FILE";
        }
        Self(text)
    }

    /// With an option, unless it is as it always is.
    #[must_use]
    pub fn with(mut self, given: bool, option: &str) -> Self {
        if given {
            self.0 += &format!(" {option}");
        }
        self
    }
}

/// What the patches in a worktree do, if the worktree holds nothing else: a
/// result of work that is in no commit is remembered by nobody.
///
/// # Errors
/// When git fails.
pub fn content(cx: &Cx, tree: &Tree) -> Result<Option<Content>> {
    let head = proc::read(git(&tree.src).args(["rev-parse", "HEAD"]))?;
    let content = Content::of(&cx.paths.work_repo(), &tree.base, &head)?;
    if content.tree == tree.id {
        return Ok(Some(content));
    }
    cx.ui.stage(
        "result",
        "will not be remembered: the worktree has changes that are in no commit",
    );
    Ok(None)
}

/// Keeps a result.
///
/// # Errors
/// When the disk does not take it.
pub fn remember(cx: &Cx, series: &str, entry: &Entry) -> Result<()> {
    let dir = cx.paths.results().join(series);
    let name = format!(
        "{}-{}-{}.json",
        entry.time.replace([':', '-'], ""),
        entry.found.kind(),
        entry.content.key()
    );
    fsx::write_atomic(&dir.join(name), &serde_json::to_vec_pretty(entry)?)?;
    let files = files(&dir);
    for old in &files[..files.len().saturating_sub(KEPT)] {
        let _ = std::fs::remove_file(old);
    }
    Ok(())
}

/// What is known of patches that do `content`.
pub fn recall(cx: &Cx, series: &str, content: &Content) -> Known {
    let mut known = Known {
        entries: Vec::new(),
        stale: BTreeMap::new(),
    };
    let key = content.key();
    for file in files(&cx.paths.results().join(series)).iter().rev() {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        if name.ends_with(&key) {
            // A file that cannot be read is no result.
            known
                .entries
                .extend(load(file).filter(|entry| entry.content == *content));
        } else if let Some(kind) = kind_of(&name)
            && !known.stale.contains_key(kind)
            && let Some(entry) = load(file)
        {
            let differs = content.differs(&entry.content);
            let day = entry.day().to_owned();
            known.stale.insert(kind.to_owned(), (day, differs));
        }
    }
    known.entries.reverse();
    known
}

/// `<time>-<kind>-<key>`
fn kind_of(stem: &str) -> Option<&str> {
    let (_, rest) = stem.split_once('-')?;
    Some(rest.rsplit_once('-')?.0)
}

fn load(file: &Path) -> Option<Entry> {
    if std::fs::metadata(file).ok()?.len() > MAX_FILE {
        return None;
    }
    let entry: Entry = serde_json::from_slice(&std::fs::read(file).ok()?).ok()?;
    (entry.schema == 1).then_some(entry)
}

/// The files of a folder, the oldest first.
fn files(dir: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "json"))
        .collect();
    files.sort();
    files
}

/// Keeps what test-vm found.
///
/// # Errors
/// When the disk does not take it.
pub fn tested(
    cx: &Cx,
    series: &str,
    content: &Content,
    command: &Shown,
    report: &report::Report,
    full: bool,
) -> Result<()> {
    let tested = Tested {
        full,
        ..Tested::from(report.runs.as_slice())
    };
    let found = Found::TestVm(tested);
    remember(
        cx,
        series,
        &Entry::new(command, &report.base, content, found),
    )
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::paths::Paths;
    use crate::ui::Ui;

    pub(crate) fn content(name: &str) -> Content {
        Content {
            base: "b".into(),
            patch_ids: vec![name.into()],
            tree: name.into(),
        }
    }

    pub(crate) fn entry(found: Found) -> Entry {
        let base = Base {
            release: "7.3.4".into(),
            source: "x".into(),
            sha256: "00".into(),
        };
        let command = match &found {
            Found::Check(_) => "check --deep",
            found => found.kind(),
        };
        let command = Shown::new(command, &SourceArgs::default());
        Entry::new(&command, &base, &content("now"), found)
    }

    fn checked(count: usize) -> Found {
        Found::Check(Checked {
            tools: vec![("sparse".into(), count)],
        })
    }

    #[test]
    fn a_result_is_found_by_what_it_is_about() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path().to_owned(), dir.path().join("cache"));
        let cx = Cx::with(paths, Ui::quiet());
        assert!(recall(&cx, "s", &content("now")).entries.is_empty());
        for count in 0..3 {
            remember(&cx, "s", &entry(checked(count))).unwrap();
        }
        let known = recall(&cx, "s", &content("now"));
        assert_eq!(known.entries.len(), 3);
        assert!(known.entries[2].line().contains("2 findings"));
        assert!(known.stale.is_empty());

        let other = recall(&cx, "s", &content("later"));
        assert!(other.entries.is_empty());
        assert!(
            other.stale["check"]
                .1
                .contains("patches before 1 was changed")
        );
        assert!(recall(&cx, "other", &content("now")).entries.is_empty());
    }

    #[test]
    fn a_damaged_file_is_no_result() {
        let dir = tempfile::tempdir().unwrap();
        let paths = Paths::new(dir.path().to_owned(), dir.path().join("cache"));
        let cx = Cx::with(paths, Ui::quiet());
        remember(&cx, "s", &entry(checked(0))).unwrap();
        let file = files(&cx.paths.results().join("s")).remove(0);
        let text = std::fs::read_to_string(&file).unwrap();
        std::fs::write(&file, &text[..text.len() / 2]).unwrap();
        assert!(recall(&cx, "s", &content("now")).entries.is_empty());
    }

    #[test]
    fn paths_of_this_machine_are_not_shown() {
        let source = SourceArgs {
            linux: Some("/home/me/linux".into()),
            base: "v7.3".into(),
            ..SourceArgs::default()
        };
        let shown = Shown::new("bench", &source).with(true, "--boots 5").0;
        assert_eq!(
            shown,
            "cargo xtask bench --linux LINUX --base v7.3 --boots 5"
        );
    }
}
