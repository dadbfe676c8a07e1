// SPDX-License-Identifier: GPL-2.0-only
//! Stage 1. In: the version that a series names, and where the user wants it
//! from. Out: a [`Source`]: a git repository that holds that kernel as a
//! commit. Nothing after this stage knows where a kernel came from.

pub mod archive;
pub mod debian;
pub mod import;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::context::Cx;
use crate::fsx;
use crate::lock::Lock;
use crate::proc::{self, git};
use crate::stop::Stop;

use archive::Archive;

/// Where to take the kernel from.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SourceArgs {
    /// A git clone of Linux to take the base from (it is only read)
    #[arg(long, value_name = "DIR", conflicts_with = "tarball")]
    pub linux: Option<PathBuf>,
    /// The commit, tag or branch of --linux to build on
    #[arg(long, value_name = "REF", default_value = "HEAD", requires = "linux")]
    pub base: String,
    /// A kernel tarball (.tar, .tar.xz, .tar.gz, .tar.zst, .tar.bz2)
    #[arg(long, value_name = "FILE")]
    pub tarball: Option<PathBuf>,
    /// Ask the archive for a newer point release, even if one is cached
    #[arg(long, conflicts_with_all = ["linux", "tarball"])]
    pub update: bool,
}

impl SourceArgs {
    /// What to type to get the same, with a blank before it.
    pub fn again(&self) -> String {
        match (&self.linux, &self.tarball) {
            (Some(dir), _) => format!(" --linux {} --base {}", dir.display(), self.base),
            (_, Some(file)) => format!(" --tarball {}", file.display()),
            _ => String::new(),
        }
    }
}

/// A kernel to build on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `make kernelversion`: 7.3.4.
    pub release: String,
    /// Where it came from, for people: package and version, file, or clone and commit.
    pub origin: String,
    /// SHA-256 of the tarball, or of `git archive --format=tar COMMIT`.
    pub sha256: String,
    /// A git repository whose object store holds the commit.
    pub repo: PathBuf,
    /// The base commit.
    pub commit: String,
}

/// Gets the kernel, from the cache if it is there.
///
/// # Errors
/// No network, no space, a file that is no kernel tree: each a [`Stop`] that
/// says what to type.
pub fn obtain(cx: &Cx, args: &SourceArgs, wanted: &str) -> Result<Source> {
    let _lock = Lock::acquire(&cx.ui, &cx.paths.cache().join("lock"), "the kernel cache")?;
    let source = if let Some(dir) = &args.linux {
        from_git(cx, dir, &args.base)?
    } else if let Some(file) = &args.tarball {
        import::ensure(cx, &Archive::of_file(cx, file)?)?
    } else {
        let archive = debian::ensure(cx, wanted, args.update)?;
        import::ensure(cx, &archive)?
    };
    cx.ui.stage(
        "source",
        &format!("Linux {} from {}", source.release, source.origin),
    );
    if !same_series(&source.release, wanted) {
        cx.ui.note(&format!(
            "warning: the series names Linux {wanted} as its base, this is {}",
            source.release
        ));
    }
    Ok(source)
}

/// A base that was fetched before, without asking anybody; the newest release.
pub fn cached(cx: &Cx, wanted: &str) -> Option<Source> {
    let entries = std::fs::read_dir(cx.paths.bases()).ok()?;
    entries
        .flatten()
        .filter_map(|entry| {
            let text = std::fs::read(entry.path().join("source.json")).ok()?;
            let known: Imported = serde_json::from_slice(&text).ok()?;
            let repo = entry.path().join("linux.git");
            (same_series(&known.release, wanted) && repo.is_dir()).then_some(Source {
                release: known.release,
                origin: known.origin,
                sha256: known.sha256,
                repo,
                commit: known.commit,
            })
        })
        .max_by_key(|source| {
            let numbers = source.release.split(|c: char| !c.is_ascii_digit());
            numbers
                .map(|number| number.parse().unwrap_or(0))
                .collect::<Vec<u64>>()
        })
}

/// Whether `release` is `wanted` or a point release or candidate of it.
fn same_series(release: &str, wanted: &str) -> bool {
    release
        .strip_prefix(wanted)
        .is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// A commit of the user's clone. Its SHA-256 takes seconds over 1.5 GB, so the
/// cache remembers it by commit.
fn from_git(cx: &Cx, dir: &Path, base: &str) -> Result<Source> {
    let repo = git2::Repository::discover(dir).map_err(|_| {
        Stop::environment(format!("{} is not in a git repository", dir.display()))
            .help("git clone https://git.kernel.org/pub/scm/linux/kernel/git/torvalds/linux.git")
    })?;
    let commit = repo
        .revparse_single(base)
        .and_then(|object| object.peel_to_commit())
        .map_err(|_| {
            Stop::environment(format!("{} has no commit `{base}`", dir.display()))
                .help(format!("git -C {} tag --list 'v*'", dir.display()))
        })?;
    let makefile = commit
        .tree()?
        .get_path(Path::new("Makefile"))
        .and_then(|entry| repo.find_blob(entry.id()))
        .map_err(|_| {
            Stop::environment(format!(
                "`{base}` of {} is not a kernel tree",
                dir.display()
            ))
        })?;
    let release = release_of(&String::from_utf8_lossy(makefile.content()))
        .with_context(|| format!("the Makefile at `{base}` names no version"))?;
    let commit = commit.id().to_string();
    let remembered = cx.paths.cache().join("git-sha256").join(&commit);
    let sha256 = match std::fs::read_to_string(&remembered) {
        Ok(text) => text,
        Err(_) => {
            let bar = cx.ui.spinner("source", &format!("hashing {commit}"));
            let mut archive = git(repo.path());
            archive
                .args(["archive", "--format=tar", &commit])
                .stdout(Stdio::piped());
            let mut child = proc::spawn(&mut archive)?;
            let stdout = child.stdout.take().context("the pipe was asked for")?;
            let sha256 = archive::sha256_of(stdout)?;
            if !child.wait()?.success() {
                anyhow::bail!("`{}` failed", proc::line_of(&archive));
            }
            drop(bar);
            fsx::write_atomic(&remembered, sha256.as_bytes())?;
            sha256
        }
    };
    Ok(Source {
        release,
        origin: format!("{} at {}", dir.display(), &commit[..12]),
        sha256,
        repo: repo.commondir().to_owned(),
        commit,
    })
}

/// The version in a kernel's top Makefile: `make kernelversion` without make.
pub fn release_of(makefile: &str) -> Option<String> {
    let value = |key: &str| {
        makefile.lines().take(20).find_map(|line| {
            let (name, value) = line.split_once('=')?;
            (name.trim() == key).then(|| value.trim().to_owned())
        })
    };
    let mut release = format!("{}.{}", value("VERSION")?, value("PATCHLEVEL")?);
    match value("SUBLEVEL").as_deref() {
        None | Some("") => {}
        Some(sublevel) => release = format!("{release}.{sublevel}"),
    }
    release.push_str(&value("EXTRAVERSION").unwrap_or_default());
    Some(release)
}

/// What the cache knows of an imported base, beside its repository.
#[derive(Debug, Serialize, Deserialize)]
struct Imported {
    release: String,
    origin: String,
    sha256: String,
    commit: String,
    /// Bytes of the pack: a cheap sign of a damaged cache.
    pack_bytes: u64,
}

/// A decompressor for `file` that writes the tar to its stdout.
fn decompressor(file: &Path) -> Result<Command, Stop> {
    let name = file
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let program: &[&str] = match name.rsplit_once(".tar").map(|(_, end)| end) {
        Some("") => &["cat"],
        Some(".xz") => &["xz", "-dc", "-T0"],
        Some(".gz") => &["gzip", "-dc"],
        Some(".bz2") => &["bzip2", "-dc"],
        Some(".zst") => &["zstd", "-dc"],
        _ => {
            return Err(Stop::environment(format!(
                "{} is not a tarball by its name",
                file.display()
            ))
            .help("known endings: .tar .tar.xz .tar.gz .tar.bz2 .tar.zst"));
        }
    };
    let mut command = Command::new(program[0]);
    command.args(&program[1..]);
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_release_is_read_as_make_would() {
        let makefile =
            "# SPDX\nVERSION = 7\nPATCHLEVEL = 3\nSUBLEVEL = 4\nEXTRAVERSION =\nNAME = X\n";
        assert_eq!(release_of(makefile).as_deref(), Some("7.3.4"));
        let candidate = "VERSION = 7\nPATCHLEVEL = 4\nSUBLEVEL = 0\nEXTRAVERSION = -rc2\n";
        assert_eq!(release_of(candidate).as_deref(), Some("7.4.0-rc2"));
        assert_eq!(release_of("all:\n\techo hello\n"), None);
    }

    #[test]
    fn a_point_release_is_of_its_series_and_a_longer_number_is_not() {
        assert!(same_series("7.3", "7.3"));
        assert!(same_series("7.3.4", "7.3"));
        assert!(same_series("7.3-rc1", "7.3"));
        assert!(!same_series("7.30.1", "7.3"));
        assert!(!same_series("7.4", "7.3"));
    }

    #[test]
    fn an_unknown_ending_is_refused_before_anything_is_read() {
        assert!(decompressor(Path::new("linux-7.3.tar.xz")).is_ok());
        assert!(decompressor(Path::new("linux-7.3.zip")).is_err());
    }
}
