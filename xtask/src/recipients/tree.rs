// SPDX-License-Identifier: GPL-2.0-only
//! The two forms in which a kernel tree is asked for its files: a folder, and
//! a commit that need not be checked out.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};

/// The largest file that is read. MAINTAINERS has about 1 MB.
const MAX_FILE: u64 = 16 << 20;

/// A kernel tree.
pub trait Tree {
    /// The text of a file, with what is no UTF-8 replaced.
    fn read(&self, path: &str) -> Option<String>;
    /// Whether there is such a folder.
    fn is_dir(&self, path: &str) -> bool;
}

/// A tree that is checked out.
pub struct Folder(pub PathBuf);

impl Tree for Folder {
    fn read(&self, path: &str) -> Option<String> {
        let path = inside(path)?;
        let path = self.0.join(path);
        let meta = std::fs::metadata(&path).ok()?;
        if !meta.is_file() || meta.len() > MAX_FILE {
            return None;
        }
        let bytes = std::fs::read(path).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn is_dir(&self, path: &str) -> bool {
        inside(path).is_some_and(|path| self.0.join(path).is_dir())
    }
}

/// The tree of a commit.
pub struct Commit {
    repo: git2::Repository,
    tree: git2::Oid,
}

impl Commit {
    /// The tree of `commit` in `repo`.
    ///
    /// # Errors
    /// When there is no such commit.
    pub fn open(repo: &Path, commit: &str) -> Result<Self> {
        let repo = git2::Repository::open(repo)
            .with_context(|| format!("cannot open {}", repo.display()))?;
        let tree = repo
            .revparse_single(commit)
            .and_then(|object| object.peel_to_tree())
            .with_context(|| format!("there is no commit {commit}"))?
            .id();
        Ok(Self { repo, tree })
    }

    fn entry(&self, path: &str) -> Option<git2::Object<'_>> {
        let path = inside(path)?;
        let tree = self.repo.find_tree(self.tree).ok()?;
        tree.get_path(path).ok()?.to_object(&self.repo).ok()
    }
}

impl Tree for Commit {
    fn read(&self, path: &str) -> Option<String> {
        let object = self.entry(path)?;
        let blob = object.as_blob()?;
        (blob.size() as u64 <= MAX_FILE)
            .then(|| String::from_utf8_lossy(blob.content()).into_owned())
    }

    fn is_dir(&self, path: &str) -> bool {
        self.entry(path)
            .is_some_and(|object| object.as_tree().is_some())
    }
}

/// The path, if it stays in the tree: it may come out of somebody's patch.
fn inside(path: &str) -> Option<&Path> {
    let path = Path::new(path);
    path.components()
        .all(|part| matches!(part, Component::Normal(_) | Component::CurDir))
        .then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_from_a_patch_cannot_leave_the_tree() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("tree")).unwrap();
        std::fs::write(dir.path().join("outside.yaml"), "x").unwrap();
        let tree = Folder(dir.path().join("tree"));
        assert_eq!(tree.read("../outside.yaml"), None);
        assert_eq!(
            tree.read(dir.path().join("outside.yaml").to_str().unwrap()),
            None
        );
    }
}
