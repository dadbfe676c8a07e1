// SPDX-License-Identifier: GPL-2.0-only
//! A patch series as a folder of reviewable files:
//! `linux-patches/<name>/series.toml` and `NNNN-subject.patch`.

pub mod content;
pub mod diff;
pub mod mutant;
pub mod next;
pub mod patch_id;
pub mod refresh;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::context::Cx;
use crate::fsx;
use crate::source::archive::hex;
use crate::stop::Stop;

/// Which series a command means.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct SeriesArgs {
    /// The series below linux-patches/ (needed only when there are several)
    #[arg(long, value_name = "NAME")]
    pub series: Option<String>,
}

impl SeriesArgs {
    /// What to type to mean the same, with a blank before it.
    pub fn again(&self) -> String {
        let name = self.series.as_ref();
        name.map_or_else(String::new, |name| format!(" --series {name}"))
    }
}

/// A series on disk.
#[derive(Clone, Debug)]
pub struct Series {
    /// Name of its folder.
    pub name: String,
    /// The folder.
    pub dir: PathBuf,
    /// `series.toml`.
    pub about: About,
    /// The patch files, in the order in which they apply.
    pub patches: Vec<PathBuf>,
}

/// `series.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct About {
    /// Subject of the cover letter.
    pub title: String,
    /// Kernel version it is written for, without the point release: "7.3".
    pub base: String,
    /// The commit of that kernel that everybody has, for `base-commit:`.
    #[serde(default)]
    pub base_commit: Option<String>,
    /// The version that is being worked on.
    #[serde(default = "first")]
    pub version: u32,
    /// What all versions have in common: `<date>-<slug>-<hex>`.
    #[serde(default)]
    pub change_id: Option<String>,
    /// What the subjects say besides PATCH: "RFC", "RESEND", a tree.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// `git patch-id --stable` of patches that have to be applied before.
    #[serde(default)]
    pub prerequisite_patch_ids: Vec<String>,
    /// Who gets it, beyond what the kernel's MAINTAINERS says.
    #[serde(default)]
    pub recipients: Corrections,
    /// Where the earlier versions are.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
}

/// `[recipients]` of `series.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Corrections {
    /// To whom all mails go as well.
    pub to: Vec<String>,
    /// Who gets a copy of all mails as well.
    pub cc: Vec<String>,
    /// Addresses that get nothing, whoever asks for them.
    pub drop: Vec<String>,
    /// Everybody gets all patches, instead of the cover letter and their own.
    pub whole_series: bool,
}

/// One `[[earlier]]` of `series.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// Which version.
    pub version: u32,
    /// Where it can be read.
    pub link: String,
}

fn first() -> u32 {
    1
}

impl Series {
    /// The series that the user means.
    ///
    /// # Errors
    /// None or several where one is needed, or a `series.toml` that does not parse.
    pub fn select(cx: &Cx, args: &SeriesArgs) -> Result<Self> {
        let names = names(&cx.paths.patches())?;
        let name = match (&args.series, names.as_slice()) {
            (Some(name), _) if names.contains(name) => name,
            (None, [name]) => name,
            (Some(name), _) => {
                return Err(Stop::environment(format!("there is no series `{name}`"))
                    .help(format!("there is: {}", names.join(", ")))
                    .into());
            }
            (None, []) => {
                return Err(Stop::environment("linux-patches/ holds no series")
                    .help("a series is a folder with a series.toml")
                    .into());
            }
            (None, _) => {
                return Err(Stop::environment("there are several series, name one")
                    .help(format!("--series {}", names.join(" | --series ")))
                    .into());
            }
        };
        Self::load(&cx.paths.patches().join(name))
    }

    /// Reads a series from its folder.
    ///
    /// # Errors
    /// Names the file that is missing or does not parse.
    pub fn load(dir: &Path) -> Result<Self> {
        let toml = dir.join("series.toml");
        let about = toml::from_str(&fsx::read(&toml)?)
            .map_err(|error| Stop::environment(format!("{}: {error}", toml.display())))?;
        let name = dir.file_name().context("a series folder has a name")?;
        Ok(Self {
            name: name.to_string_lossy().into_owned(),
            dir: dir.to_owned(),
            about,
            patches: patch_files(dir)?,
        })
    }

    /// The folder that keeps what was sent as version `version`.
    pub fn archive(&self, version: u32) -> PathBuf {
        self.dir.join(format!("v{version}"))
    }

    /// The versions that are kept, the oldest first.
    pub fn archived(&self) -> Vec<u32> {
        (1..self.about.version)
            .filter(|version| self.archive(*version).is_dir())
            .collect()
    }

    /// Where version `version` can be read, if that is known.
    pub fn link(&self, version: u32) -> Option<&str> {
        let found = self
            .about
            .earlier
            .iter()
            .find(|earlier| earlier.version == version);
        found.map(|earlier| earlier.link.as_str())
    }

    /// What the patches are, as one value: equal digests apply to equal commits.
    ///
    /// # Errors
    /// When a patch cannot be read.
    pub fn digest(&self) -> Result<String> {
        let mut hasher = Sha256::new();
        for patch in &self.patches {
            let bytes =
                std::fs::read(patch).with_context(|| format!("cannot read {}", patch.display()))?;
            hasher.update((bytes.len() as u64).to_le_bytes());
            hasher.update(&bytes);
        }
        Ok(hex(&hasher.finalize()))
    }
}

/// The `NNNN-*.patch` files of a folder, sorted.
///
/// # Errors
/// When the folder cannot be read.
pub fn patch_files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .with_context(|| format!("cannot read {}", dir.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| is_patch_name(&name.to_string_lossy()))
        })
        .collect();
    files.sort();
    Ok(files)
}

fn is_patch_name(name: &str) -> bool {
    name.strip_suffix(".patch").is_some_and(|stem| {
        stem.as_bytes()
            .get(..5)
            .is_some_and(|head| head[..4].iter().all(u8::is_ascii_digit) && head[4] == b'-')
    })
}

/// The names of all series, sorted.
///
/// # Errors
/// When `linux-patches/` cannot be read.
pub fn names(patches: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(patches)
        .with_context(|| format!("cannot read {}", patches.display()))?
        .flatten()
        .filter(|entry| entry.path().join("series.toml").is_file())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbered_patches_belong_to_the_series() {
        assert!(is_patch_name("0001-vfio-x.patch"));
        for name in [
            "cover-letter.md",
            "0001.patch",
            "001-x.patch",
            "mutant.patch",
            "0001-x.patch~",
        ] {
            assert!(!is_patch_name(name), "{name}");
        }
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_the_file() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("series.toml"),
            "title = \"x\"\nbase = \"7.3\"\nbsae = 1\n",
        )
        .unwrap();
        let error = Series::load(dir.path()).unwrap_err().to_string();
        assert!(
            error.contains("series.toml") && error.contains("bsae"),
            "{error}"
        );
    }
}
