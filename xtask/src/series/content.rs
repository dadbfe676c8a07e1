// SPDX-License-Identifier: GPL-2.0-only
//! What a series does to a kernel, as a value: a result is of that, and not of
//! the words around it. A better description keeps the results, a changed line
//! or another base does not.

use std::collections::HashMap;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use git2::{Oid, Repository};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::proc::{self, git};
use crate::source::archive::hex;

/// Patches on a base.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// Hash of the base's tree. It is the same for a clone and an archive, if
    /// the files are.
    pub base: String,
    /// `git patch-id --stable` of each patch, in order.
    pub patch_ids: Vec<String>,
    /// Hash of the tree that comes out: a patch-id does not look at white space.
    pub tree: String,
}

impl Content {
    /// That of the commits from `base` (without it) to `head`.
    ///
    /// # Errors
    /// When there are no such commits.
    pub fn of(repo: &Path, base: &str, head: &str) -> Result<Self> {
        let repo =
            Repository::open(repo).with_context(|| format!("cannot open {}", repo.display()))?;
        let oid = |name: &str| -> Result<Oid> {
            let object = repo
                .revparse_single(name)
                .with_context(|| format!("there is no commit {name}"))?;
            Ok(object.peel_to_commit()?.id())
        };
        let (base, head) = (oid(base)?, oid(head)?);
        let tree =
            |commit: Oid| -> Result<String> { Ok(repo.find_commit(commit)?.tree_id().to_string()) };
        Ok(Self {
            base: tree(base)?,
            patch_ids: patch_ids(repo.path(), &format!("{base}..{head}"))?,
            tree: tree(head)?,
        })
    }

    /// A short name, for files.
    pub fn key(&self) -> String {
        let mut hasher = Sha256::new();
        for part in [&self.base, &self.tree].into_iter().chain(&self.patch_ids) {
            hasher.update(part);
            hasher.update([0]);
        }
        hex(&hasher.finalize())[..16].to_owned()
    }

    /// How `self` differs from `other`, for people; equal ones do not.
    pub fn differs(&self, other: &Self) -> String {
        let changed: Vec<usize> = (0..self.patch_ids.len())
            .filter(|index| !other.patch_ids.contains(&self.patch_ids[*index]))
            .map(|index| index + 1)
            .collect();
        match changed.as_slice() {
            [] if self.patch_ids != other.patch_ids => "other patches, or another order".into(),
            [] if self.base != other.base => "the same patches on another base".into(),
            [] => "patches with other white space".into(),
            [one] => format!("patches before {one} was changed or added"),
            [first, .., last] => format!(
                "patches before {} of them, {first} to {last}, were changed or added",
                changed.len()
            ),
        }
    }
}

/// By git itself, in two processes for all of them. A commit without a change
/// has an empty one, so that it counts as well.
fn patch_ids(repo: &Path, range: &str) -> Result<Vec<String>> {
    let commits = proc::read(git(repo).args(["rev-list", "--reverse", "--first-parent", range]))?;
    let mut log = git(repo);
    log.args(["log", "--patch", "--first-parent", "--format=commit %H"])
        .args([
            "--full-index",
            "--no-color",
            "--no-ext-diff",
            "--no-textconv",
        ])
        .args([
            "--diff-algorithm=myers",
            "--find-renames",
            "--unified=3",
            range,
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    let mut log = proc::spawn(&mut log)?;
    let stdout = log.stdout.take().context("the pipe was asked for")?;
    let mut name = git(repo);
    let output = name
        .args(["patch-id", "--stable"])
        .stdin(stdout)
        .output()
        .context("cannot run git patch-id")?;
    if !log.wait()?.success() || !output.status.success() {
        anyhow::bail!("git does not tell the patch-ids of {range}");
    }
    let said = String::from_utf8_lossy(&output.stdout);
    let ids: HashMap<&str, &str> = said
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, commit)| (commit, id))
        .collect();
    let id = |commit: &str| ids.get(commit).copied().unwrap_or_default().to_owned();
    Ok(commits.lines().map(id).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(base: &str, patch_ids: &[&str], tree: &str) -> Content {
        Content {
            base: base.to_owned(),
            patch_ids: patch_ids.iter().map(|id| (*id).to_owned()).collect(),
            tree: tree.to_owned(),
        }
    }

    #[test]
    fn whatever_differs_has_another_key_and_a_reason() {
        let now = content("b", &["1", "2"], "t");
        for (then, reason) in [
            (content("c", &["1", "2"], "u"), "another base"),
            (content("b", &["2", "1"], "t"), "another order"),
            (content("b", &["1", "2"], "u"), "white space"),
            (content("b", &["1", "9"], "u"), "before 2 was changed"),
            (content("b", &["8", "9"], "u"), "2 of them, 1 to 2"),
        ] {
            assert_ne!(now.key(), then.key());
            assert!(
                now.differs(&then).contains(reason),
                "{}",
                now.differs(&then)
            );
        }
        // Where one ends and the next begins counts.
        assert_ne!(now.key(), content("b", &["12", ""], "t").key());
    }
}
