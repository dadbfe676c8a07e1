// SPDX-License-Identifier: GPL-2.0-only
//! Stage 2. In: a [`Source`] and a [`Series`]. Out: a [`Tree`]: a git worktree
//! with the base, the series as commits, and the Rust parts, by variant.
//!
//! The worktrees of a clone belong to one repository, `.work/linux.git`, that
//! borrows the base's objects from the cache: a developer's commits live with
//! the clone, and the cache can be thrown away.

pub mod kmod;
pub mod rejects;
mod small;
pub mod state;
pub mod step;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::context::Cx;
use crate::fsx;
use crate::proc::{self, git};
use crate::series::Series;
use crate::source::Source;
use crate::source::archive::hex;
use crate::stop::Stop;

use state::Applied;

/// What is built on the base.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub enum Variant {
    /// The base alone.
    Stock,
    /// The base and the series.
    Series,
    /// The base, the series, and kmod-rust switched on.
    Rust,
}

impl Variant {
    /// Every variant, in the order in which they are run.
    pub const ALL: [Self; 3] = [Self::Stock, Self::Series, Self::Rust];

    /// Its name in paths, reports and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Series => "series",
            Self::Rust => "rust",
        }
    }
}

/// A source tree to build.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Which variant.
    pub variant: Variant,
    /// The folder that holds `src` and the builds.
    pub dir: PathBuf,
    /// The worktree.
    pub src: PathBuf,
    /// The base commit.
    pub base: String,
    /// Hash of the content as it is now, uncommitted changes included: equal
    /// hashes build equal kernels.
    pub id: String,
}

impl Tree {
    /// The name of its folder: the variant's, or what else it is there for.
    pub fn name(&self) -> String {
        self.dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    }
}

/// Brings the worktree of `variant` up to date with the base, the patch files
/// and kmod-rust, without touching what a developer did there.
///
/// # Errors
/// A patch that does not apply (with its file, hunk and rejected lines; the
/// worktree is left for `git am --continue`), or work of the developer that an
/// update would overwrite.
pub fn prepare(cx: &Cx, source: &Source, series: &Series, variant: Variant) -> Result<Tree> {
    let dir = cx.paths.variant(variant.name());
    let src = dir.join("src");
    connect(cx, source)?;
    let wanted = Wanted::of(cx, source, series, variant)?;
    if !src.join(".git").exists() {
        create(cx, &wanted, &dir)?;
    } else {
        state::refuse_unfinished(&src)?;
        update(cx, &wanted, &dir)?;
    }
    Ok(Tree {
        variant,
        id: tree_id(&src, &dir)?,
        base: source.commit.clone(),
        dir,
        src,
    })
}

/// Applies patches or mails to the base as `git am` does; returns the last
/// commit, which is in `.work/linux.git`.
///
/// # Errors
/// Names what does not apply.
pub fn try_apply(cx: &Cx, source: &Source, patches: &[PathBuf]) -> Result<String> {
    connect(cx, source)?;
    let known = tried(cx, source, patches)?;
    if let Ok(head) = fs::read_to_string(&known)
        && git2::Repository::open(cx.paths.work_repo())?
            .find_commit(git2::Oid::from_str(&head)?)
            .is_ok()
    {
        return Ok(head);
    }
    let head = match small::commits(cx, &source.commit, patches)? {
        Some(head) => head.to_string(),
        None => apply_to_all(cx, source, patches)?,
    };
    fsx::write_atomic(&known, head.as_bytes())?;
    Ok(head)
}

/// As [`try_apply`], but returns the tree that comes out.
///
/// # Errors
/// As there.
pub fn try_tree(cx: &Cx, source: &Source, patches: &[PathBuf]) -> Result<String> {
    connect(cx, source)?;
    if let Some(tree) = small::tree(cx, &source.commit, patches)? {
        return Ok(tree.to_string());
    }
    let head = apply_to_all(cx, source, patches)?;
    proc::read(git(&cx.paths.work_repo()).args(["rev-parse", &format!("{head}^{{tree}}")]))
}

/// Where the commit is noted that patches make of a base: a version that was
/// sent is compared with again and again.
fn tried(cx: &Cx, source: &Source, patches: &[PathBuf]) -> Result<PathBuf> {
    let mut hasher = Sha256::new();
    hasher.update(&source.commit);
    for patch in patches {
        let bytes = fs::read(patch).with_context(|| format!("cannot read {}", patch.display()))?;
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    let name = hex(&hasher.finalize());
    Ok(cx.paths.work_repo().join("tried").join(name))
}

/// `git am` on the whole base, in a scratch worktree that checks nothing out.
fn apply_to_all(cx: &Cx, source: &Source, patches: &[PathBuf]) -> Result<String> {
    let scratch = Scratch::new(cx, &source.commit)?;
    // The index of a kernel has 10 MB and is written for each patch: with a
    // split one, a patch takes a quarter of the time.
    let split = [
        "-c",
        "core.splitIndex=true",
        "-c",
        "splitIndex.maxPercentChange=100",
    ];
    proc::read(
        scratch
            .git()
            .args(split)
            .args(["update-index", "--split-index"]),
    )?;
    let mut am = scratch.git();
    am.args(split)
        .args(["am", "--quiet", "--committer-date-is-author-date"])
        .arg("--no-3way");
    am.args(patches);
    if let Err(error) = proc::read(&mut am) {
        if error.downcast_ref::<Stop>().is_some() {
            return Err(error);
        }
        let done: usize = proc::read(scratch.git().args([
            "rev-list",
            "--count",
            &format!("{}..HEAD", source.commit),
        ]))?
        .parse()?;
        let name = patches.get(done).and_then(|patch| patch.file_name());
        let name = name.unwrap_or_default().to_string_lossy().into_owned();
        return Err(
            Stop::failed(format!("{name} does not apply to Linux {}", source.release)).into(),
        );
    }
    scratch.head()
}

/// Throws away what the worktree has beyond the patch files.
///
/// # Errors
/// When git fails.
pub fn discard(cx: &Cx, variant: Variant) -> Result<()> {
    let dir = cx.paths.variant(variant.name());
    if dir.join("src").exists() {
        // A `git am` or rebase under way goes with the worktree's own folder.
        let src = dir.join("src");
        proc::read(
            git(&cx.paths.work_repo())
                .args(["worktree", "remove", "--force", "--force"])
                .arg(&src),
        )?;
        let _ = fs::remove_file(dir.join("applied.json"));
    }
    Ok(())
}

/// What a worktree should hold.
struct Wanted<'a> {
    variant: Variant,
    base: &'a str,
    patches: &'a [PathBuf],
    kmod: Option<PathBuf>,
    digest: String,
}

impl<'a> Wanted<'a> {
    fn of(cx: &Cx, source: &'a Source, series: &'a Series, variant: Variant) -> Result<Self> {
        let (patches, kmod) = match variant {
            Variant::Stock => (&[][..], None),
            Variant::Series => (series.patches.as_slice(), None),
            Variant::Rust => (series.patches.as_slice(), Some(cx.paths.kmod_rust())),
        };
        let digest = match (variant, &kmod) {
            (Variant::Stock, _) => String::new(),
            (_, None) => series.digest()?,
            (_, Some(kmod)) => format!("{} {}", series.digest()?, kmod::digest(kmod)?),
        };
        Ok(Self {
            variant,
            base: &source.commit,
            patches,
            kmod,
            digest,
        })
    }

    fn record(&self, dir: &Path, head: String) -> Result<()> {
        Applied {
            base: self.base.to_owned(),
            patches: self.digest.clone(),
            head,
        }
        .save(dir)
    }
}

/// Makes `.work/linux.git` and points it at the base's objects.
fn connect(cx: &Cx, source: &Source) -> Result<()> {
    let repo = cx.paths.work_repo();
    if !repo.join("HEAD").exists() {
        fsx::create_dir(&repo)?;
        proc::read(git(&repo).args(["init", "--quiet", "--bare", "--initial-branch=base"]))?;
        for (key, value) in [
            ("core.compression", "0"),
            ("checkout.workers", "2"),
            ("gc.auto", "0"),
            ("advice.detachedHead", "false"),
        ] {
            proc::read(git(&repo).args(["config", key, value]))?;
        }
    }
    let list = repo.join("objects/info/alternates");
    let objects = source.repo.join("objects").display().to_string();
    let mut lines: Vec<String> = fs::read_to_string(&list)
        .unwrap_or_default()
        .lines()
        // A base that the cache lost is fetched again when it is asked for.
        .filter(|line| *line != objects && Path::new(line).is_dir())
        .map(str::to_owned)
        .collect();
    lines.insert(0, objects);
    fsx::write_if_changed(&list, format!("{}\n", lines.join("\n")).as_bytes())?;
    Ok(())
}

fn create(cx: &Cx, wanted: &Wanted, dir: &Path) -> Result<()> {
    let name = wanted.variant.name();
    let src = dir.join("src");
    fsx::remove_dir(&src)?;
    let repo = cx.paths.work_repo();
    proc::read(git(&repo).args(["worktree", "prune"]))?;
    let head = commits(cx, wanted)?;
    let _bar = cx.ui.spinner("tree", &format!("checking out {name}"));
    proc::read(
        git(&repo)
            .args(["worktree", "add", "--quiet", "-B", name])
            .arg(&src)
            .arg(head.reached()),
    )?;
    finish(cx, wanted, dir, head)
}

fn update(cx: &Cx, wanted: &Wanted, dir: &Path) -> Result<()> {
    let name = wanted.variant.name();
    let src = dir.join("src");
    let head = proc::read(git(&src).args(["rev-parse", "HEAD"]))?;
    let applied = Applied::load(dir);
    if let Some(applied) = &applied
        && applied.base == wanted.base
        && applied.patches == wanted.digest
    {
        say_own_work(cx, wanted.variant, &src, applied, &head)?;
        return Ok(());
    }
    let own_commits = applied.as_ref().is_none_or(|applied| applied.head != head);
    // Files that git does not track survive a checkout.
    let dirty =
        !proc::read(git(&src).args(["status", "--porcelain", "--untracked-files=no"]))?.is_empty();
    if own_commits || dirty {
        return Err(Stop::infrastructure(format!(
            "the patch files (or the base) changed, and {} has work of its own: {}",
            src.display(),
            if dirty { "uncommitted changes" } else { "commits that are in no patch file" }
        ))
        .help("cargo xtask series refresh                # write the worktree's commits to the patch files")
        .help("cargo xtask series apply --discard        # drop them and take the patch files")
        .into());
    }
    let new = commits(cx, wanted)?;
    let _bar = cx.ui.spinner("tree", &format!("updating {name}"));
    // Only files that differ are written: the others keep their times, and
    // their objects are not built again.
    proc::read(git(&src).args(["checkout", "--quiet", "-B", name, new.reached()]))?;
    finish(cx, wanted, dir, new)
}

/// Records a tree that came out whole; leaves one that did not in the middle of
/// `git am`.
fn finish(cx: &Cx, wanted: &Wanted, dir: &Path, commits: Commits) -> Result<()> {
    match commits {
        Commits::Whole(head) => {
            if wanted.variant != Variant::Stock {
                cx.ui.stage(
                    "tree",
                    &format!(
                        "{}: {} patches applied",
                        wanted.variant.name(),
                        wanted.patches.len()
                    ),
                );
            }
            wanted.record(dir, head)
        }
        Commits::Stuck { at, rest } => {
            wanted.record(dir, at)?;
            Err(rejects::leave_in_am(&dir.join("src"), &rest)?.into())
        }
    }
}

/// Tells a developer that their own work is what is being tested.
fn say_own_work(
    cx: &Cx,
    variant: Variant,
    src: &Path,
    applied: &Applied,
    head: &str,
) -> Result<()> {
    let dirty = proc::read(git(src).args(["status", "--porcelain", "--untracked-files=no"]))?
        .lines()
        .count();
    if head != applied.head {
        cx.ui.stage("tree", &format!("{}: the worktree's commits differ from the patch files (cargo xtask series refresh writes them back)", variant.name()));
    }
    if dirty > 0 {
        cx.ui.stage(
            "tree",
            &format!(
                "{}: with {dirty} uncommitted changes in {}",
                variant.name(),
                src.display()
            ),
        );
    }
    Ok(())
}

/// How far the patches of a series got.
enum Commits {
    /// All applied; the last commit.
    Whole(String),
    /// The commit before the patch that does not apply, and the patches left.
    Stuck { at: String, rest: Vec<PathBuf> },
}

impl Commits {
    fn reached(&self) -> &str {
        match self {
            Self::Whole(head) | Self::Stuck { at: head, .. } => head,
        }
    }
}

/// Makes the commits of a variant in a scratch worktree that checks nothing
/// out, so that the real one changes once, and only where it differs.
fn commits(cx: &Cx, wanted: &Wanted) -> Result<Commits> {
    if wanted.patches.is_empty() && wanted.kmod.is_none() {
        return Ok(Commits::Whole(wanted.base.to_owned()));
    }
    let _bar = cx.ui.spinner(
        "tree",
        &format!("applying {} patches", wanted.patches.len()),
    );
    let scratch = Scratch::new(cx, wanted.base)?;
    for (done, patch) in wanted.patches.iter().enumerate() {
        let mut am = scratch.git();
        am.args([
            "am",
            "--quiet",
            "--committer-date-is-author-date",
            "--no-3way",
            "--keep-non-patch",
        ])
        .arg(patch);
        if let Err(error) = proc::read(&mut am) {
            if error.downcast_ref::<Stop>().is_some() {
                return Err(error);
            }
            let at = scratch.head()?;
            return Ok(Commits::Stuck {
                at,
                rest: wanted.patches[done..].to_vec(),
            });
        }
    }
    if let Some(kmod) = &wanted.kmod {
        scratch.add_kmod(kmod)?;
    }
    Ok(Commits::Whole(scratch.head()?))
}

/// A worktree without files: sparse, and nothing is in its cone.
struct Scratch {
    repo: PathBuf,
    dir: tempfile::TempDir,
}

impl Scratch {
    fn new(cx: &Cx, base: &str) -> Result<Self> {
        let repo = cx.paths.work_repo();
        let dir = tempfile::Builder::new()
            .prefix("scratch-")
            .tempdir_in(cx.paths.work())?;
        let scratch = Self { repo, dir };
        proc::read(
            git(&scratch.repo)
                .args([
                    "worktree",
                    "add",
                    "--quiet",
                    "--force",
                    "--no-checkout",
                    "--detach",
                ])
                .arg(scratch.src())
                .arg(base),
        )?;
        proc::read(
            scratch
                .git()
                .args(["sparse-checkout", "set", "--no-cone", "/.none"]),
        )?;
        proc::read(scratch.git().args(["read-tree", "-m", "-u", "HEAD"]))?;
        Ok(scratch)
    }

    fn src(&self) -> PathBuf {
        self.dir.path().join("src")
    }

    fn git(&self) -> std::process::Command {
        git(&self.src())
    }

    fn head(&self) -> Result<String> {
        proc::read(self.git().args(["rev-parse", "HEAD"]))
    }

    /// Copies kmod-rust into the tree and hooks it up, as one commit.
    fn add_kmod(&self, kmod: &Path) -> Result<()> {
        let files = kmod::files(kmod)?;
        for (file, target) in &files {
            let target = self.src().join(target);
            fsx::create_dir(target.parent().context("a file has a folder")?)?;
            fs::copy(file, &target).with_context(|| format!("cannot copy {}", file.display()))?;
        }
        proc::read(
            self.git()
                .args(["add", "--sparse", "--force", "--"])
                .args(files.iter().map(|(_, target)| target)),
        )?;
        let hooks = kmod.join(kmod::HOOKS);
        if hooks.exists() {
            proc::read(self.git().args(["apply", "--cached"]).arg(&hooks))
                .context("kmod-rust/hooks.patch does not apply")?;
        }
        let date = proc::read(
            self.git()
                .args(["show", "--no-patch", "--format=%cI", "HEAD"]),
        )?;
        proc::read(
            self.git()
                .args([
                    "commit",
                    "--quiet",
                    "--no-verify",
                    "--message=kmod-rust: switch on",
                ])
                .args([
                    "--author=kernel-series <kernel-series@localhost>",
                    "--date",
                    &date,
                ])
                .env("GIT_COMMITTER_DATE", &date),
        )?;
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = proc::read(
            git(&self.repo)
                .args(["worktree", "remove", "--force", "--force"])
                .arg(self.src()),
        );
    }
}

/// Hash of the worktree as it is, by way of a copy of its index.
fn tree_id(src: &Path, dir: &Path) -> Result<String> {
    let git_dir = PathBuf::from(proc::read(
        git(src).args(["rev-parse", "--absolute-git-dir"]),
    )?);
    let index = dir.join("snapshot.index");
    fs::copy(git_dir.join("index"), &index).context("cannot copy the index")?;
    proc::read(
        git(src)
            .args(["add", "--all"])
            .env("GIT_INDEX_FILE", &index),
    )?;
    let id = proc::read(git(src).arg("write-tree").env("GIT_INDEX_FILE", &index))?;
    fs::remove_file(&index)?;
    if id.len() != 40 {
        bail!("git write-tree answered `{id}`");
    }
    Ok(id)
}
