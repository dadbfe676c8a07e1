// SPDX-License-Identifier: GPL-2.0-only
//! What to check: patch files, mailboxes, commits, standard input, sources,
//! folders of patches or sources.

use std::io::{Cursor, Read};
use std::ops::Range;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use checks::Kind;

use super::mail;
use super::revision::{self, Revision};
use super::world::tree_above;
use crate::stop::Stop;

/// Larger inputs are no patches and no sources. Bytes.
const MAX_BYTES: u64 = 256 << 20;

/// One input.
#[derive(Clone, Debug)]
pub struct Source {
    /// As the user named it.
    pub name: String,
    /// A source's path in the kernel tree; the name otherwise.
    pub path_in_tree: String,
    /// What it is.
    pub kind: Kind,
    /// Where it is.
    pub origin: Origin,
}

/// Where an input is.
#[derive(Clone, Debug)]
pub enum Origin {
    /// Standard input.
    Input,
    /// A file.
    File(PathBuf),
    /// A commit.
    Commit(Revision),
}

/// What the user named.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// Files or, unless they are sources, commits.
    pub any: &'a [String],
    /// Files in any case.
    pub files: &'a [String],
    /// Sources of the kernel, not patches.
    pub sources: bool,
    /// Where sources are looked for that are not in the current folder.
    pub tree: Option<&'a Path>,
    /// The repository of the commits, if it is not that of the current folder.
    pub git_dir: Option<&'a Path>,
}

/// The text of an input and the mails in it.
#[derive(Clone, Debug)]
pub struct Text {
    /// All of it.
    pub bytes: Vec<u8>,
    /// The mails of a mailbox, or the whole.
    pub parts: Vec<Part>,
    /// It is not what the file has, but what was encoded there.
    pub decoded: bool,
}

/// A mail of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its bytes.
    pub range: Range<usize>,
    /// Lines before it.
    pub lines_before: usize,
}

impl Text {
    /// A text that is no mailbox.
    pub fn whole(bytes: Vec<u8>) -> Self {
        let parts = vec![Part {
            range: 0..bytes.len(),
            lines_before: 0,
        }];
        Self {
            bytes,
            parts,
            decoded: false,
        }
    }
}

impl Source {
    /// A patch or a mailbox.
    pub fn patch(path: &Path) -> Self {
        let name = path.display().to_string();
        Self {
            path_in_tree: name.clone(),
            name,
            kind: Kind::Patch,
            origin: Origin::File(path.to_owned()),
        }
    }

    fn standard_input(sources: bool) -> Self {
        Self {
            name: "-".to_owned(),
            path_in_tree: "-".to_owned(),
            kind: if sources { Kind::File } else { Kind::Patch },
            origin: Origin::Input,
        }
    }

    fn commit(revision: Revision) -> Self {
        Self {
            name: revision.name(),
            path_in_tree: revision.name(),
            kind: Kind::Patch,
            origin: Origin::Commit(revision),
        }
    }

    /// Reads it.
    ///
    /// # Errors
    /// Names the file; one that is too large is refused.
    pub fn read(&self) -> Result<Text> {
        let mut bytes = Vec::new();
        let mut reader: Box<dyn Read> = match &self.origin {
            Origin::Input => Box::new(std::io::stdin().lock()),
            Origin::Commit(revision) => Box::new(Cursor::new(revision.mail()?)),
            Origin::File(path) => Box::new(
                std::fs::File::open(path)
                    .map_err(|error| Stop::environment(format!("{}: {error}", path.display())))?,
            ),
        };
        reader
            .by_ref()
            .take(MAX_BYTES + 1)
            .read_to_end(&mut bytes)
            .with_context(|| format!("cannot read {}", self.name))?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Stop::environment(format!("{} is too large", self.name)).into());
        }
        Ok(match self.kind {
            Kind::Patch => mail::read(bytes),
            Kind::File => Text::whole(bytes),
        })
    }
}

/// So many C sources of a kernel, drawn by a number: the same number draws the
/// same ones.
///
/// # Errors
/// A folder that cannot be read.
pub fn draw(tree: &Path, seed: u64, count: usize) -> Result<Vec<Source>> {
    let mut all = Vec::new();
    walk(tree, Path::new(""), Some(tree), &mut all)?;
    all.retain(|source| source.name.ends_with(".c") || source.name.ends_with(".h"));
    let mut state = seed;
    let mut drawn = Vec::new();
    while drawn.len() < count && !all.is_empty() {
        // splitmix64
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        let index = usize::try_from(word % all.len() as u64).unwrap_or(0);
        drawn.push(all.swap_remove(index));
    }
    Ok(drawn)
}

/// The inputs that arguments name.
///
/// # Errors
/// A name that is nothing, or that is a file as well as a commit.
pub fn select(names: &Names<'_>) -> Result<Vec<Source>> {
    let repo = match names.sources || names.any.is_empty() {
        true => None,
        false => revision::repository(names.git_dir)?,
    };
    let mut found = Vec::new();
    for name in names.any {
        if name == "-" {
            found.push(Source::standard_input(names.sources));
            continue;
        }
        let commits = match &repo {
            Some(repo) => revision::commits(repo, name),
            None => Ok(None),
        };
        match (path_of(name, names), commits) {
            (Some(_), Ok(Some(_)) | Err(_)) => {
                return Err(
                    Stop::environment(format!("{name} is a file as well as a commit"))
                        .help(format!("the file: cargo xtask check ./{name}"))
                        .help(format!("the commit: cargo xtask check {name}~0"))
                        .into(),
                );
            }
            (Some(path), Ok(None)) => {
                if !names.sources && path.is_file() && is_source(&path) {
                    return Err(
                        Stop::environment(format!("{name} is a source, not a patch"))
                            .help(format!("cargo xtask check -f {name}"))
                            .help(format!("if it is a patch: cargo xtask check -- {name}"))
                            .into(),
                    );
                }
                add(name, &path, names, &mut found)?;
            }
            (None, commits) => match commits? {
                Some(commits) => found.extend(commits.into_iter().map(Source::commit)),
                None => return Err(missing(name, repo.is_some())),
            },
        }
    }
    for name in names.files {
        match path_of(name, names) {
            Some(path) => add(name, &path, names, &mut found)?,
            None => return Err(missing(name, false)),
        }
    }
    Ok(found)
}

fn missing(name: &str, revisions: bool) -> anyhow::Error {
    if name.is_empty() {
        return Stop::environment("a name is empty")
            .help("cargo xtask check --help")
            .into();
    }
    let what = if revisions { "file or commit" } else { "file" };
    Stop::environment(format!("there is no {what} {name}")).into()
}

/// The file or folder of a name, if there is one.
fn path_of(name: &str, names: &Names<'_>) -> Option<PathBuf> {
    let below = names.tree.filter(|_| names.sources);
    [Some(PathBuf::from(name)), below.map(|tree| tree.join(name))]
        .into_iter()
        .flatten()
        .find(|path| path.exists())
}

fn add(name: &str, path: &Path, names: &Names<'_>, found: &mut Vec<Source>) -> Result<()> {
    // What a source is called in its own tree, not how one gets there, decides
    // which rules hold for it.
    let given = names.tree.filter(|tree| is_below(path, tree));
    let own = match (names.sources, given) {
        (true, None) => tree_above(path),
        _ => None,
    };
    let tree = given.or(own.as_deref());
    match (names.sources, path.is_dir()) {
        (true, true) => {
            let before = found.len();
            walk(path, Path::new(name), tree, found)?;
            if found.len() > before {
                return Ok(());
            }
            Err(Stop::environment(format!("there is no source in {name}"))
                .help(format!("for patches: cargo xtask check {name}"))
                .into())
        }
        (true, false) => {
            found.push(source(name, path, tree));
            Ok(())
        }
        (false, true) => patches(path, found),
        (false, false) => {
            found.push(Source::patch(path));
            Ok(())
        }
    }
}

/// The patches and mails of a folder, sorted.
fn patches(dir: &Path, found: &mut Vec<Source>) -> Result<()> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(dir)
        .with_context(|| format!("cannot read {}", dir.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            let end = path.extension().unwrap_or_default().to_string_lossy();
            path.is_file() && ["patch", "diff", "eml", "mbox"].contains(&end.as_ref())
        })
        .collect();
    if paths.is_empty() {
        return Err(
            Stop::environment(format!("there is no patch in {}", dir.display()))
                .help(format!(
                    "for sources: cargo xtask check -f {}",
                    dir.display()
                ))
                .into(),
        );
    }
    paths.sort();
    found.extend(paths.iter().map(|path| Source::patch(path)));
    Ok(())
}

fn is_below(path: &Path, tree: &Path) -> bool {
    match (path.canonicalize(), tree.canonicalize()) {
        (Ok(path), Ok(tree)) => path.starts_with(tree),
        _ => false,
    }
}

fn source(name: &str, path: &Path, tree: Option<&Path>) -> Source {
    let below = |tree: &Path| {
        let path = path.canonicalize().ok()?;
        let tree = tree.canonicalize().ok()?;
        Some(path.strip_prefix(tree).ok()?.display().to_string())
    };
    Source {
        path_in_tree: tree.and_then(below).unwrap_or_else(|| name.to_owned()),
        name: name.to_owned(),
        kind: Kind::File,
        origin: Origin::File(path.to_owned()),
    }
}

/// The sources below a folder that there are rules for, sorted.
fn walk(path: &Path, name: &Path, tree: Option<&Path>, found: &mut Vec<Source>) -> Result<()> {
    let mut entries: Vec<_> = std::fs::read_dir(path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .flatten()
        .collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let below = name.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && entry.file_name() != ".git" {
            walk(&entry.path(), &below, tree, found)?;
        } else if kind.is_file() && is_source(&entry.path()) {
            found.push(source(&below.display().to_string(), &entry.path(), tree));
        }
    }
    Ok(())
}

fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let end = path.extension().unwrap_or_default().to_string_lossy();
    name.starts_with("Kconfig")
        || [
            "c", "h", "rs", "s", "S", "sh", "dts", "dtsi", "pl", "py", "awk", "yaml", "rst",
        ]
        .contains(&end.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_draws_the_same_sources_each_time() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["a.c", "b.c", "c.h", "d.c", "e.txt"] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        let names = |seed, count| -> Vec<String> {
            let drawn = draw(dir.path(), seed, count).unwrap();
            drawn.into_iter().map(|source| source.name).collect()
        };
        assert_eq!(names(7, 2), names(7, 2));
        let mut all = names(1, 9);
        all.sort();
        assert_eq!(all, ["a.c", "b.c", "c.h", "d.c"]);
    }

    #[test]
    fn a_source_is_named_by_its_place_in_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("mm")).unwrap();
        std::fs::write(dir.path().join("mm/gup.c"), "x").unwrap();
        std::fs::write(dir.path().join("mm/gup.o"), "x").unwrap();
        let found = select(&Names {
            any: &["mm".to_owned()],
            files: &[],
            sources: true,
            tree: Some(dir.path()),
            git_dir: None,
        })
        .unwrap();
        let names: Vec<&str> = found
            .iter()
            .map(|source| source.path_in_tree.as_str())
            .collect();
        assert_eq!(names, ["mm/gup.c"]);
    }

    #[test]
    fn a_source_lies_in_the_tree_above_it_whatever_tree_is_asked() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["include", "scripts", "drivers/net"] {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        for name in [
            "MAINTAINERS",
            "Kbuild",
            "scripts/checkpatch.pl",
            "drivers/net/a.c",
        ] {
            std::fs::write(dir.path().join(name), "x").unwrap();
        }
        std::fs::write(other.path().join("b.c"), "x").unwrap();
        let name = |path: &Path, tree| {
            let path = path.display().to_string();
            let found = select(&Names {
                any: std::slice::from_ref(&path),
                files: &[],
                sources: true,
                tree,
                git_dir: None,
            });
            (path, found.unwrap().remove(0).path_in_tree)
        };
        for tree in [None, Some(other.path())] {
            for below in ["drivers/net/a.c", "drivers"] {
                let (_, named) = name(&dir.path().join(below), tree);
                assert_eq!(named, "drivers/net/a.c");
            }
        }
        let (path, named) = name(&other.path().join("b.c"), None);
        assert_eq!(path, named);
    }
}
