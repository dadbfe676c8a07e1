// SPDX-License-Identifier: GPL-2.0-only
//! What the tool last put into a worktree, so that it can tell its own work
//! from the developer's, which it never overwrites.

use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::fsx;
use crate::proc::{self, git};
use crate::stop::Stop;

/// `applied.json`, beside the worktree.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The base commit.
    pub base: String,
    /// Digest of what was applied on top.
    pub patches: String,
    /// The commit that came out of it.
    pub head: String,
}

impl Applied {
    /// The record of a variant, if there is one.
    pub fn load(variant_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(variant_dir.join("applied.json")).ok()?).ok()
    }

    /// Writes the record.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn save(&self, variant_dir: &Path) -> Result<()> {
        fsx::write_atomic(
            &variant_dir.join("applied.json"),
            &serde_json::to_vec_pretty(self)?,
        )
    }
}

/// Stops where git is in the middle of something that only a person can end.
///
/// # Errors
/// A [`Stop`] with the commands that end it.
pub fn refuse_unfinished(src: &Path) -> Result<()> {
    let git_dir = PathBuf::from(proc::read(
        git(src).args(["rev-parse", "--absolute-git-dir"]),
    )?);
    let am = git_dir.join("rebase-apply");
    let (what, command) = if am.join("applying").exists() {
        ("git am", "am")
    } else if am.exists() || git_dir.join("rebase-merge").exists() {
        ("git rebase", "rebase")
    } else if git_dir.join("CHERRY_PICK_HEAD").exists() {
        ("git cherry-pick", "cherry-pick")
    } else {
        return Ok(());
    };
    let dir = src.display();
    Err(
        Stop::infrastructure(format!("{dir} is in the middle of a `{what}`"))
            .help(format!(
                "git -C {dir} {command} --continue     # when the conflict is resolved and added"
            ))
            .help(format!(
                "git -C {dir} {command} --abort && git -C {dir} checkout -- .     # to give it up"
            ))
            .into(),
    )
}
