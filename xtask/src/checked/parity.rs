// SPDX-License-Identifier: GPL-2.0-only
//! The differential test: the same inputs through the kernel's own
//! checkpatch.pl, and a table of where the two agree.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use checks::{Kind, Level, Options, World};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};

use super::input::{Origin, Source};
use super::judge::Judge;
use super::{Checked, check};
use crate::stop::Stop;

/// One finding, as the two are compared: input, line, type.
type Key = (usize, usize, String);

/// What the comparison gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parity {
    /// Per type: found by both, only by us, only by checkpatch.pl.
    pub types: BTreeMap<String, Row>,
    /// Where the two differ: index of the input, line, type, and how many more
    /// are found here; fewer, if negative.
    pub differences: Vec<(usize, usize, String, isize)>,
    /// Findings of both whose levels differ.
    pub levels: usize,
    /// What was taken here.
    pub ours: Time,
    /// What checkpatch.pl took, one process for each input.
    pub theirs: Time,
}

/// How long something took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Time {
    /// From start to end.
    pub elapsed: Duration,
    /// Of all processors, in the program and in the kernel.
    pub processors: Duration,
}

impl Time {
    /// How many times as long another took: from start to end, and of the
    /// processors.
    pub fn ratios(&self, other: &Time) -> (f64, f64) {
        let ratio = |one: Duration, other: Duration| {
            other.as_secs_f64() / one.max(Duration::from_micros(1)).as_secs_f64()
        };
        (
            ratio(self.elapsed, other.elapsed),
            ratio(self.processors, other.processors),
        )
    }
}

/// Measures.
struct Clock {
    who: UsageWho,
    start: Instant,
    used: Duration,
}

impl Clock {
    fn start(who: UsageWho) -> Self {
        Self {
            who,
            start: Instant::now(),
            used: used(who),
        }
    }

    fn stop(&self) -> Time {
        Time {
            elapsed: self.start.elapsed(),
            processors: used(self.who).saturating_sub(self.used),
        }
    }
}

fn used(who: UsageWho) -> Duration {
    let Ok(usage) = getrusage(who) else {
        return Duration::ZERO;
    };
    let time = |time: TimeVal| {
        Duration::from_micros(u64::try_from(time.num_microseconds()).unwrap_or_default())
    };
    time(usage.user_time()) + time(usage.system_time())
}

/// A row of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// Found by both.
    pub both: usize,
    /// Only found here.
    pub ours: usize,
    /// Only found by checkpatch.pl.
    pub theirs: usize,
}

impl Row {
    fn add(&mut self, other: Row) {
        self.both += other.both;
        self.ours += other.ours;
        self.theirs += other.theirs;
    }

    /// How much of what is found here is right, from 0 to 1.
    pub fn precision(&self) -> f64 {
        ratio(self.both, self.both + self.ours)
    }

    /// How much of what checkpatch.pl finds is found here, from 0 to 1.
    pub fn recall(&self) -> f64 {
        ratio(self.both, self.both + self.theirs)
    }
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

/// How checkpatch.pl is asked.
#[derive(Clone, Copy, Debug)]
pub struct Script<'a> {
    /// The kernel whose script it is.
    pub tree: &'a Path,
    /// It is told that there is no kernel.
    pub no_tree: bool,
    /// Where it looks commits up.
    pub git_dir: Option<&'a Path>,
}

/// Compares on these inputs.
///
/// # Errors
/// No perl, no script, an input that cannot be read.
pub fn compare<W: World + Sync>(
    inputs: &[Source],
    options: &Options,
    world: &W,
    script: &Script<'_>,
    mut progress: impl FnMut(usize),
) -> Result<Parity> {
    let clock = Clock::start(UsageWho::RUSAGE_SELF);
    let mut ours = Vec::new();
    check(inputs, options, world, &Judge::default(), |checked| {
        ours.push(checked);
        ControlFlow::Continue(())
    })?;
    let mut parity = Parity {
        ours: clock.stop(),
        ..Parity::default()
    };
    let clock = Clock::start(UsageWho::RUSAGE_CHILDREN);
    let mut theirs = Vec::new();
    for (index, source) in inputs.iter().enumerate() {
        theirs.push(checkpatch(source, options, script)?);
        progress(index + 1);
    }
    parity.theirs = clock.stop();
    parity.count(&ours, &theirs);
    Ok(parity)
}

impl Parity {
    fn count(&mut self, ours: &[Checked], theirs: &[Vec<(usize, String, String)>]) {
        let mut mine: BTreeMap<Key, (usize, String)> = BTreeMap::new();
        for (index, checked) in ours.iter().enumerate() {
            let both = checked
                .diagnostics
                .iter()
                .filter(|found| checks::rule(found.kind).is_some_and(checks::Rule::is_checkpatch));
            for found in both {
                let key = (index, found.line, found.kind.to_owned());
                mine.entry(key).or_insert((0, found.level.to_string())).0 += 1;
            }
        }
        let mut other: BTreeMap<Key, (usize, String)> = BTreeMap::new();
        for (index, found) in theirs.iter().enumerate() {
            for (line, level, kind) in found {
                let key = (index, *line, kind.clone());
                other.entry(key).or_insert((0, level.clone())).0 += 1;
            }
        }
        let keys: BTreeSet<&Key> = mine.keys().chain(other.keys()).collect();
        for key in keys {
            let count = |map: &BTreeMap<Key, (usize, String)>| map.get(key).map_or(0, |it| it.0);
            let (here, there) = (count(&mine), count(&other));
            let both = here.min(there);
            if here != there {
                let more = here.cast_signed() - there.cast_signed();
                self.differences.push((key.0, key.1, key.2.clone(), more));
            }
            self.types.entry(key.2.clone()).or_default().add(Row {
                both,
                ours: here - both,
                theirs: there - both,
            });
            if both > 0 && mine[key].1 != other[key].1 {
                self.levels += 1;
            }
        }
    }

    /// All types together.
    pub fn total(&self) -> Row {
        let mut total = Row::default();
        for row in self.types.values() {
            total.add(*row);
        }
        total
    }
}

/// What checkpatch.pl says of an input: line, level, type.
fn checkpatch(
    source: &Source,
    options: &Options,
    script: &Script<'_>,
) -> Result<Vec<(usize, String, String)>> {
    crate::interrupt::check()?;
    let copy;
    let path = match &source.origin {
        Origin::File(path) => path.canonicalize()?,
        Origin::Commit(revision) => {
            copy = tempfile::NamedTempFile::new()?;
            std::fs::write(copy.path(), revision.mail()?)?;
            copy.path().to_owned()
        }
        Origin::Input => bail!("standard input cannot be read twice"),
    };
    let tree = script.tree.canonicalize()?;
    // The script leaves a cache of names in the folder it runs in; it is
    // itself part of what is compared, so it is kept between inputs. Without a
    // tree it still reads a file of the current folder that a patch names.
    let nowhere = tempfile::tempdir()?;
    let room = match script.no_tree && source.kind == Kind::Patch {
        true => nowhere.path().to_owned(),
        false => room(&tree)?,
    };
    let mut command = Command::new("perl");
    command
        .current_dir(&room)
        .arg(tree.join("scripts/checkpatch.pl"))
        .args(["--terse", "--show-types", "--no-summary", "--color=never"])
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR");
    if script.no_tree {
        command.arg("--no-tree");
    } else {
        command.arg(format!("--root={}", tree.display()));
    }
    if let Some(git_dir) = script.git_dir {
        command.env("GIT_DIR", git_dir.canonicalize()?);
    }
    if options.strict {
        command.arg("--strict");
    }
    if source.kind == Kind::File {
        // A file of another tree has the same name in both.
        let is_inside = tree.join(&source.path_in_tree) == path;
        command.arg("-f");
        command.arg(match is_inside {
            true => Path::new(&source.path_in_tree),
            false => path.as_path(),
        });
    } else {
        command.arg(&path);
    }
    let output = command
        .output()
        .map_err(|error| Stop::environment(format!("perl: {error}")))?;
    let text = String::from_utf8_lossy(&output.stdout);
    if output.status.code().is_none_or(|code| code > 1) {
        bail!(
            "checkpatch.pl failed on {}: {}",
            source.name,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(text.lines().filter_map(parse).collect())
}

/// A folder of links to the tree's entries, without its history: names resolve,
/// and nothing is written to the tree.
fn room(tree: &Path) -> Result<std::path::PathBuf> {
    static ROOM: std::sync::OnceLock<tempfile::TempDir> = std::sync::OnceLock::new();
    if let Some(room) = ROOM.get() {
        return Ok(room.path().to_owned());
    }
    let room = tempfile::tempdir()?;
    for entry in std::fs::read_dir(tree)?.flatten() {
        if entry.file_name() != ".git" {
            std::os::unix::fs::symlink(entry.path(), room.path().join(entry.file_name()))?;
        }
    }
    Ok(ROOM.get_or_init(|| room).path().to_owned())
}

/// `name:line: LEVEL:TYPE: message`; what has no line is the whole input's.
fn parse(line: &str) -> Option<(usize, String, String)> {
    let levels = [Level::Error, Level::Warning, Level::Check].map(|level| format!("{level}:"));
    let (at, level) = levels
        .iter()
        .filter_map(|level| Some((line.find(level.as_str())?, level)))
        .min()?;
    let kind = line[at + level.len()..].split(':').next()?;
    let number = line[..at]
        .trim_end_matches([' ', ':'])
        .rsplit(':')
        .next()
        .and_then(|number| number.parse().ok());
    Some((
        number.unwrap_or(0),
        level.trim_end_matches(':').to_owned(),
        kind.to_owned(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use checks::{Certainty, Diagnostic};

    #[test]
    fn lines_of_checkpatch_are_read() {
        assert_eq!(
            parse("a:b.patch:12: WARNING:VOLATILE: see ERROR: x"),
            Some((12, "WARNING".to_owned(), "VOLATILE".to_owned()))
        );
        assert_eq!(
            parse("ERROR:NOT_UNIFIED_DIFF: x"),
            Some((0, "ERROR".to_owned(), "NOT_UNIFIED_DIFF".to_owned()))
        );
        assert_eq!(parse("No typos will be found"), None);
    }

    #[test]
    fn twice_as_long_is_two_times() {
        let time = |elapsed, processors| Time {
            elapsed: Duration::from_millis(elapsed),
            processors: Duration::from_millis(processors),
        };
        assert_eq!(time(10, 5).ratios(&time(20, 20)), (2.0, 4.0));
        assert!(Time::default().ratios(&time(1, 1)).0.is_finite());
    }

    #[test]
    fn the_same_type_twice_on_a_line_counts_twice() {
        let found = |line| Diagnostic {
            kind: "SPACING",
            level: Level::Error,
            certainty: Certainty::Sure,
            line,
            file: String::new(),
            file_line: 0,
            message: String::new(),
            source: String::new(),
            place: None,
            fix: None,
        };
        let ours = [Checked {
            name: "a".to_owned(),
            diagnostics: vec![found(1), found(1), found(2)],
            allowed: Vec::new(),
        }];
        let theirs = |line: usize, level: &str| (line, level.to_owned(), "SPACING".to_owned());
        let mut parity = Parity::default();
        parity.count(&ours, &[vec![theirs(1, "ERROR"), theirs(2, "CHECK")]]);
        assert_eq!(
            parity.total(),
            Row {
                both: 2,
                ours: 1,
                theirs: 0
            }
        );
        assert_eq!(parity.levels, 1);
        assert_eq!(parity.differences, [(0, 1, "SPACING".to_owned(), 1)]);
    }
}
