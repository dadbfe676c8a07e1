// SPDX-License-Identifier: GPL-2.0-only
//! `git am` on as little as it needs. In: a base and patches. Out: the commits
//! that `git am` makes of them on that base, to the hash.
//!
//! `git am` reads and writes an index of 90,000 files for each patch, and a
//! patch touches two. So it is given a commit that holds only the files that
//! the patches name, and what it does to those is then done to the whole tree.
//! Wherever that might not be the same, there is no answer, and `git am` has to
//! work on the whole tree.
//!
//! That commit lives in a repository of its own, in memory where there is a
//! file system for it: each patch replaces an index and a HEAD, and ext4 writes
//! what is replaced to the disk at once.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use git2::build::{CheckoutBuilder, TreeUpdateBuilder};
use git2::{Delta, FileMode, ObjectType, Oid, Repository, Tree};
use tempfile::TempDir;

use crate::context::Cx;
use crate::proc::{self, git};
use crate::stop::Stop;

/// Applies `patches` to the commit `base` of the work repository, and returns
/// the last commit. `None` if they do not apply, or are not of the kind that
/// this is for.
///
/// # Errors
/// When git fails in another way, or the user interrupts.
pub(super) fn commits(cx: &Cx, base: &str, patches: &[PathBuf]) -> Result<Option<Oid>> {
    with(cx, base, patches, |way, start, head| {
        way.transplant(start, head, way.base)
    })
}

/// As [`commits`], but returns the tree, and leaves no commits.
///
/// # Errors
/// As there.
pub(super) fn tree(cx: &Cx, base: &str, patches: &[PathBuf]) -> Result<Option<Oid>> {
    with(cx, base, patches, |way, start, head| {
        let start = way.from.find_commit(start)?.tree()?;
        let head = way.from.find_commit(head)?.tree()?;
        way.update(&start, &head, &way.to.find_commit(way.base)?.tree()?)
    })
}

/// Runs `git am` from a small commit to another, which `take` takes over.
fn with(
    cx: &Cx,
    base: &str,
    patches: &[PathBuf],
    take: impl FnOnce(&Way, Oid, Oid) -> Result<Option<Oid>>,
) -> Result<Option<Oid>> {
    let Some(paths) = named(patches)? else {
        return Ok(None);
    };
    let room = memory(cx)?;
    let repo = cx.paths.work_repo();
    let small = repository(room.path(), &repo)?;
    let base = Oid::from_str(base)?;
    let Some(start) = reduced(&small, &small.find_commit(base)?.tree()?, &paths)? else {
        return Ok(None);
    };
    small.set_head_detached(start)?;
    small.checkout_head(Some(CheckoutBuilder::new().force()))?;
    let mut am = git(room.path());
    am.args(["am", "--quiet", "--committer-date-is-author-date"])
        .arg("--no-3way")
        .args(patches);
    if let Err(error) = proc::read(&mut am) {
        return match error.downcast_ref::<Stop>() {
            Some(_) => Err(error),
            None => Ok(None),
        };
    }
    let head = small.head()?.peel_to_commit()?.id();
    let way = Way {
        from: &small,
        to: &Repository::open(repo)?,
        base,
        paths: &paths,
    };
    take(&way, start, head)
}

/// A folder that is on no disk, where there is one.
fn memory(cx: &Cx) -> Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    let builder = builder.prefix("kernel-series-");
    match builder.tempdir_in("/dev/shm") {
        Ok(dir) => Ok(dir),
        Err(_) => Ok(builder.tempdir_in(cx.paths.work())?),
    }
}

/// A repository that sees the objects of another one, and keeps its own.
fn repository(dir: &Path, other: &Path) -> Result<Repository> {
    let repo = Repository::init(dir)?;
    let mut config = repo.config()?;
    config.set_i32("core.compression", 0)?;
    config.set_i32("gc.auto", 0)?;
    let objects = std::path::absolute(other.join("objects"))?;
    std::fs::write(
        repo.path().join("objects/info/alternates"),
        format!("{}\n", objects.display()),
    )?;
    // The list is read when a repository is opened.
    Ok(Repository::open(dir)?)
}

/// The paths that the patches name in their headers. More than there are does
/// no harm: text that looks like a header names a file that nobody touches.
fn named(patches: &[PathBuf]) -> Result<Option<BTreeSet<String>>> {
    let mut paths = BTreeSet::new();
    for patch in patches {
        let bytes =
            std::fs::read(patch).with_context(|| format!("cannot read {}", patch.display()))?;
        for line in bytes.split(|byte| *byte == b'\n') {
            let Ok(line) = std::str::from_utf8(line) else {
                continue;
            };
            match path_of(line) {
                Some(Ok(path)) => {
                    paths.insert(path.to_owned());
                }
                Some(Err(Unclear)) => return Ok(None),
                None => {}
            }
        }
    }
    Ok((!paths.is_empty()).then_some(paths))
}

/// A header that git would have to read.
struct Unclear;

fn path_of(line: &str) -> Option<Result<&str, Unclear>> {
    let path = if let Some(both) = line.strip_prefix("diff --git ") {
        if both.starts_with('"') {
            return Some(Err(Unclear));
        }
        // `a/<path> b/<path>`; if the two differ, other lines name them.
        let (one, two) = both.split_at_checked(both.len() / 2)?;
        let path = one.strip_prefix("a/")?;
        return (Some(path) == two.strip_prefix(" b/")).then_some(Ok(path));
    } else if let Some(path) = line
        .strip_prefix("--- ")
        .or_else(|| line.strip_prefix("+++ "))
    {
        if path.starts_with("/dev/null") {
            return None;
        }
        let path = path.split('\t').next().unwrap_or_default();
        if path.starts_with('"') {
            return Some(Err(Unclear));
        }
        path.split_once('/')?.1
    } else {
        let verbs = ["rename from ", "rename to ", "copy from ", "copy to "];
        verbs.iter().find_map(|verb| line.strip_prefix(verb))?
    };
    if path.starts_with('"') {
        return Some(Err(Unclear));
    }
    Some(Ok(path))
}

/// A commit with nothing but these files of `tree`, and the attributes that
/// hold for them.
fn reduced(repo: &Repository, tree: &Tree, paths: &BTreeSet<String>) -> Result<Option<Oid>> {
    let mut wanted = paths.clone();
    wanted.insert(".gitattributes".to_owned());
    for path in paths {
        for (at, _) in path.match_indices('/') {
            wanted.insert(format!("{}/.gitattributes", &path[..at]));
        }
    }
    let mut update = TreeUpdateBuilder::new();
    for path in &wanted {
        for part in Path::new(path).ancestors() {
            let Ok(entry) = tree.get_path(part) else {
                continue;
            };
            let whole = part == Path::new(path);
            match (entry.kind(), plain(entry.filemode())) {
                (Some(ObjectType::Blob), Some(mode)) if whole => {
                    update.upsert(path.as_str(), entry.id(), mode);
                }
                (Some(ObjectType::Tree), _) if !whole => {}
                // A file in the place of a folder, or the other way round.
                _ => return Ok(None),
            }
            break;
        }
    }
    let empty = repo.find_tree(repo.treebuilder(None)?.write()?)?;
    let small = repo.find_tree(update.create_updated(repo, &empty)?)?;
    let who = git2::Signature::new("base", "base@localhost", &git2::Time::new(0, 0))?;
    Ok(Some(repo.commit(
        None,
        &who,
        &who,
        "base\n",
        &small,
        &[],
    )?))
}

/// From one repository to another.
struct Way<'a> {
    from: &'a Repository,
    to: &'a Repository,
    /// The whole commit, of which the small one was made.
    base: Oid,
    paths: &'a BTreeSet<String>,
}

impl Way<'_> {
    /// Does to `onto` what the commits from `base` to `head` do to `base`.
    fn transplant(&self, base: Oid, head: Oid, onto: Oid) -> Result<Option<Oid>> {
        let mut walk = self.from.revwalk()?;
        walk.set_sorting(git2::Sort::TOPOLOGICAL | git2::Sort::REVERSE)?;
        walk.push(head)?;
        walk.hide(base)?;
        let mut before = self.from.find_commit(base)?.tree()?;
        let mut parent = self.to.find_commit(onto)?;
        for id in walk {
            let commit = self.from.find_commit(id?)?;
            let after = commit.tree()?;
            let Some(tree) = self.update(&before, &after, &parent.tree()?)? else {
                return Ok(None);
            };
            let (Ok(message), Ok(None)) = (
                std::str::from_utf8(commit.message_raw_bytes()),
                commit.message_encoding(),
            ) else {
                return Ok(None);
            };
            let copy = self.to.commit(
                None,
                &commit.author(),
                &commit.committer(),
                message,
                &self.to.find_tree(tree)?,
                &[&parent],
            )?;
            parent = self.to.find_commit(copy)?;
            before = after;
        }
        Ok(Some(parent.id()))
    }

    /// The tree that `whole` becomes.
    fn update(&self, before: &Tree, after: &Tree, whole: &Tree) -> Result<Option<Oid>> {
        let diff = self
            .from
            .diff_tree_to_tree(Some(before), Some(after), None)?;
        let mut update = TreeUpdateBuilder::new();
        for delta in diff.deltas() {
            let (old, new) = (delta.old_file(), delta.new_file());
            let path = new.path().and_then(Path::to_str).unwrap_or_default();
            // What is not named was not looked up in the base.
            if !self.paths.contains(path) {
                return Ok(None);
            }
            match (delta.status(), plain(new.mode())) {
                (Delta::Deleted, _) => update.remove(old.path().context("it was there")?),
                (_, Some(mode)) => {
                    let blob = self.from.find_blob(new.id())?;
                    update.upsert(path, self.to.blob(blob.content())?, mode)
                }
                _ => return Ok(None),
            };
        }
        Ok(Some(update.create_updated(self.to, whole)?))
    }
}

/// Files, programs and links; no submodules.
fn plain(mode: impl TryInto<u32>) -> Option<FileMode> {
    match mode.try_into().ok()? {
        0o100_644 => Some(FileMode::Blob),
        0o100_755 => Some(FileMode::BlobExecutable),
        0o120_000 => Some(FileMode::Link),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_name_paths_and_odd_ones_are_left_to_git() {
        let path = |line| path_of(line).map(Result::ok);
        for line in [
            "diff --git a/x/y b/x/y",
            "--- a/x/y",
            "+++ b/x/y\t2020-01-01 00:00:00",
            "rename from x/y",
            "copy to x/y",
        ] {
            assert_eq!(path(line), Some(Some("x/y")), "{line}");
        }
        for line in [
            "--- /dev/null",
            "---",
            "diff --git a/x b/yz",
            "diff --git a/ü",
            "+ int x;",
        ] {
            assert_eq!(path(line), None, "{line}");
        }
        for line in ["--- \"a/x\\303\"", "diff --git \"a/x\\303\" \"b/x\\303\""] {
            assert_eq!(path(line), Some(None), "{line}");
        }
    }
}
