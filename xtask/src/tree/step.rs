// SPDX-License-Identifier: GPL-2.0-only
//! A worktree of the tool's own that goes from one state of a variant to the
//! next: to each patch, or to a mutant. Only files that differ between two
//! states are written, so each build is an incremental one.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::context::Cx;
use crate::proc::{self, git};
use crate::stop::Stop;

use super::{Tree, Variant};

/// The worktree.
pub struct Step {
    dir: PathBuf,
    src: PathBuf,
    base: String,
    variant: Variant,
}

/// A commit of the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its hash.
    pub id: String,
    /// Its subject.
    pub subject: String,
}

/// The commits of a tree on top of its base, the first one first.
///
/// # Errors
/// When git fails, or work that is in no commit and would be left out.
pub fn commits(tree: &Tree) -> Result<Vec<Commit>> {
    let dirty = proc::read(git(&tree.src).args(["status", "--porcelain", "--untracked-files=no"]))?;
    if !dirty.is_empty() {
        return Err(Stop::environment(format!(
            "{} has changes that are in no commit",
            tree.src.display()
        ))
        .help(format!("git -C {} commit -a", tree.src.display()))
        .into());
    }
    let log = proc::read(git(&tree.src).args([
        "log",
        "--reverse",
        "--format=%H %s",
        &format!("{}..HEAD", tree.base),
    ]))?;
    Ok(log
        .lines()
        .filter_map(|line| line.split_once(' '))
        .map(|(id, subject)| Commit {
            id: id.to_owned(),
            subject: subject.to_owned(),
        })
        .collect())
}

impl Step {
    /// Takes the worktree into use for a variant that is prepared in `tree`. Each
    /// variant has its own: their configurations differ.
    ///
    /// # Errors
    /// When git fails.
    pub fn of(cx: &Cx, tree: &Tree) -> Result<Self> {
        let dir = cx.paths.variant(match tree.variant {
            Variant::Rust => "steps-rust",
            Variant::Stock | Variant::Series => "steps",
        });
        let step = Self {
            src: dir.join("src"),
            dir,
            base: tree.base.clone(),
            variant: tree.variant,
        };
        if !step.src.join(".git").exists() {
            crate::fsx::remove_dir(&step.src)?;
            let repo = cx.paths.work_repo();
            proc::read(git(&repo).args(["worktree", "prune"]))?;
            let _bar = cx.ui.spinner("tree", "checking out steps");
            proc::read(
                git(&repo)
                    .args(["worktree", "add", "--quiet", "--force", "--detach"])
                    .arg(&step.src)
                    .arg(&tree.base),
            )?;
        }
        Ok(step)
    }

    /// The tree at a commit, and at nothing else.
    ///
    /// # Errors
    /// When git fails.
    pub fn at(&self, commit: &str) -> Result<Tree> {
        proc::read(git(&self.src).args(["reset", "--quiet", "--hard", commit]))?;
        proc::read(git(&self.src).args(["clean", "--quiet", "--force", "-d", "-x"]))?;
        self.tree()
    }

    /// The tree with a patch on top of where it is, not committed.
    ///
    /// # Errors
    /// A patch that does not apply.
    pub fn with(&self, patch: &Path) -> Result<Tree> {
        proc::read(git(&self.src).arg("apply").arg(patch))?;
        self.tree()
    }

    fn tree(&self) -> Result<Tree> {
        Ok(Tree {
            variant: self.variant,
            id: super::tree_id(&self.src, &self.dir)?,
            base: self.base.clone(),
            dir: self.dir.clone(),
            src: self.src.clone(),
        })
    }
}
