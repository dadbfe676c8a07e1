// SPDX-License-Identifier: GPL-2.0-only
//! Every path, once.
//!
//! Two places: the cache, shared by all clones of a user (what can be fetched
//! or computed again, and nothing else), and the work folder of this clone
//! (worktrees with a developer's own commits, kernel builds, runs).

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::stop::Stop;

/// Where things are.
#[derive(Clone, Debug)]
pub struct Paths {
    workspace: PathBuf,
    cache: PathBuf,
}

impl Paths {
    /// Finds the workspace from `CARGO_MANIFEST_DIR` or the current folder, else
    /// where the program was built, and the cache from `XDG_CACHE_HOME` or `HOME`.
    ///
    /// # Errors
    /// Outside a workspace, or with no home.
    pub fn discover() -> Result<Self> {
        let start = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(dir) => PathBuf::from(dir),
            None => std::env::current_dir()?,
        };
        let is_workspace =
            |dir: &&Path| dir.join("linux-patches").is_dir() && dir.join("Cargo.toml").is_file();
        // A kernel tree is where the program may be called from, too: it knows
        // where it was built.
        let built = Path::new(env!("CARGO_MANIFEST_DIR"));
        let workspace = start
            .ancestors()
            .chain(built.ancestors())
            .find(is_workspace)
            .ok_or_else(|| {
                Stop::environment(format!("{} is not inside the workspace", start.display()))
            })?
            .to_owned();
        let cache_home = match std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from) {
            Some(dir) if dir.is_absolute() => dir,
            _ => PathBuf::from(
                std::env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set")?,
            )
            .join(".cache"),
        };
        Ok(Self::new(workspace, cache_home.join("kernel-series")))
    }

    /// Paths below the two given roots.
    pub fn new(workspace: PathBuf, cache: PathBuf) -> Self {
        Self { workspace, cache }
    }

    /// The root of this clone.
    pub fn workspace(&self) -> &Path {
        &self.workspace
    }
    /// `linux-patches/`.
    pub fn patches(&self) -> PathBuf {
        self.workspace.join("linux-patches")
    }
    /// `outgoing/`: rehearsed mail.
    pub fn outgoing(&self) -> PathBuf {
        self.workspace.join("outgoing")
    }
    /// `kmod-rust/`.
    pub fn kmod_rust(&self) -> PathBuf {
        self.workspace.join("kmod-rust")
    }
    /// `qemu-images/configs/`: Kconfig fragments.
    pub fn configs(&self) -> PathBuf {
        self.workspace.join("qemu-images/configs")
    }
    /// `qemu-images/machines/`: machines as data.
    pub fn machines(&self) -> PathBuf {
        self.workspace.join("qemu-images/machines")
    }
    /// `qemu-images/baselines/`: saved benchmarks.
    pub fn baselines(&self) -> PathBuf {
        self.workspace.join("qemu-images/baselines")
    }
    /// Cargo's target folder for the guest, apart from the host's because its
    /// flags differ.
    pub fn guest_target(&self) -> PathBuf {
        self.workspace.join("target/guest")
    }
    /// `.work/`: everything of this clone that is not in its history.
    pub fn work(&self) -> PathBuf {
        self.workspace.join(".work")
    }
    /// The git repository that owns the worktrees of this clone.
    pub fn work_repo(&self) -> PathBuf {
        self.work().join("linux.git")
    }
    /// One folder per variant: `src` (the worktree) beside its builds, so that
    /// the way from build to source is the same in each and ccache can serve all.
    pub fn variant(&self, variant: &str) -> PathBuf {
        self.work().join(variant)
    }
    /// The run folders (jobs).
    pub fn runs(&self) -> PathBuf {
        self.work().join("runs")
    }

    /// What is remembered of runs, a folder for each series.
    pub fn results(&self) -> PathBuf {
        self.work().join("results")
    }

    /// The root of the shared cache.
    pub fn cache(&self) -> &Path {
        &self.cache
    }
    /// Downloaded archives.
    pub fn downloads(&self) -> PathBuf {
        self.cache.join("downloads")
    }
    /// Imported base trees, one git repository each.
    pub fn bases(&self) -> PathBuf {
        self.cache.join("bases")
    }
    /// The private apt state.
    pub fn apt(&self) -> PathBuf {
        self.cache.join("apt")
    }
    /// Tools that the distribution does not carry (bindgen on Debian 12).
    pub fn tools(&self) -> PathBuf {
        self.cache.join("tools")
    }
    /// The compiler cache.
    pub fn ccache(&self) -> PathBuf {
        self.cache.join("ccache")
    }
}
