// SPDX-License-Identifier: GPL-2.0-only
//! From the commits of the worktree back to patch files. Applying a series and
//! refreshing it changes no byte, so a diff of `linux-patches/` shows what the
//! developer changed and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::context::Cx;
use crate::fsx;
use crate::proc::{self, git};
use crate::stop::Stop;
use crate::tree::Variant;
use crate::tree::state::Applied;

use super::Series;

/// What a refresh did to the files of the series.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Names of files written, new or changed.
    pub written: Vec<String>,
    /// Names of files removed.
    pub removed: Vec<String>,
    /// Number of patches now.
    pub total: usize,
}

/// Exports the commits of the worktree at `src` over the patch files of `series`.
///
/// # Errors
/// Uncommitted work in the worktree, a rebase or `git am` under way, or patch
/// files that changed since they were applied (they would be lost).
pub fn refresh(cx: &Cx, series: &Series, variant_dir: &Path) -> Result<Refreshed> {
    let src = variant_dir.join("src");
    let applied = Applied::load(variant_dir).ok_or_else(|| {
        Stop::environment(format!(
            "{} has no worktree of {} yet",
            src.display(),
            series.name
        ))
        .help("cargo xtask series apply")
    })?;
    crate::tree::state::refuse_unfinished(&src)?;
    let status = proc::read(git(&src).args(["status", "--porcelain", "--untracked-files=no"]))?;
    if !status.is_empty() {
        return Err(Stop::environment(format!(
            "{} has changes that are in no commit",
            src.display()
        ))
        .help(format!(
            "git -C {} commit -a     # or --amend, or rebase --autosquash",
            src.display()
        ))
        .into());
    }
    if applied.patches != series.digest()? {
        return Err(Stop::environment(format!(
            "the patch files of {} changed since they were applied to {}",
            series.name,
            src.display()
        ))
        .help("refreshing would overwrite them")
        .help("git diff linux-patches/                     # what changed")
        .help("cargo xtask series apply --discard          # take the files, drop the worktree's commits")
        .into());
    }

    let room = tempfile::tempdir_in(variant_dir)?;
    let range = format!("{}..HEAD", applied.base);
    proc::read(
        git(&src)
            .args([
                "format-patch",
                "--quiet",
                "--zero-commit",
                "--no-signature",
                "--no-numbered",
            ])
            .args([
                "--abbrev=12",
                "--no-base",
                "--no-thread",
                "--no-attach",
                "--find-renames",
            ])
            .args([
                "--diff-algorithm=myers",
                "--no-color",
                "--stat=76",
                "--summary",
                "-p",
            ])
            .arg("-o")
            .arg(room.path())
            .arg(&range),
    )?;
    let new = contents(room.path())?;
    let old = contents(&series.dir)?;
    let mut done = Refreshed {
        total: new.len(),
        ..Refreshed::default()
    };
    for (name, bytes) in &new {
        if old.get(name) != Some(bytes) {
            fsx::write_atomic(&series.dir.join(name), bytes)?;
            done.written.push(name.clone());
        }
    }
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        std::fs::remove_file(series.dir.join(name))
            .with_context(|| format!("cannot remove {name}"))?;
        done.removed.push(name.clone());
    }
    let head = proc::read(git(&src).args(["rev-parse", "HEAD"]))?;
    let patches = Series::load(&series.dir)?.digest()?;
    Applied {
        base: applied.base,
        patches,
        head,
    }
    .save(variant_dir)?;
    cx.ui.stage(
        "series",
        &format!(
            "{}: {} patches, {} written, {} removed",
            series.name,
            done.total,
            done.written.len(),
            done.removed.len()
        ),
    );
    Ok(done)
}

/// Refuses to change patch files while the worktree has work that is in none.
///
/// # Errors
/// Such work.
pub fn refuse_pending(cx: &Cx, series: &Series) -> Result<()> {
    let Some(src) = pending(cx, series)? else {
        return Ok(());
    };
    Err(Stop::environment(format!(
        "{} has work that is in no patch file",
        src.display()
    ))
    .help("cargo xtask series refresh")
    .into())
}

/// The worktree, if it has commits or changes that are in no patch file.
///
/// # Errors
/// When git fails.
pub fn pending(cx: &Cx, series: &Series) -> Result<Option<PathBuf>> {
    let dir = cx.paths.variant(Variant::Series.name());
    let src = dir.join("src");
    let Some(applied) = Applied::load(&dir).filter(|_| src.exists()) else {
        return Ok(None);
    };
    // It may hold another series, or an older state of this one.
    if applied.patches != series.digest()? {
        return Ok(None);
    }
    let head = proc::read(git(&src).args(["rev-parse", "HEAD"]))?;
    let dirty = proc::read(git(&src).args(["status", "--porcelain", "--untracked-files=no"]))?;
    Ok((applied.head != head || !dirty.is_empty()).then_some(src))
}

fn contents(dir: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    super::patch_files(dir)?
        .into_iter()
        .map(|path| {
            let name = path
                .file_name()
                .context("a file has a name")?
                .to_string_lossy()
                .into_owned();
            Ok((name, std::fs::read(&path)?))
        })
        .collect()
}
