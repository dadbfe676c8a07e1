// SPDX-License-Identifier: GPL-2.0-only
//! The kernel that rules ask about: a folder, or a commit of a repository that
//! nobody checked out. What is dear to find out is found out once, on demand;
//! the names of its headers are kept from run to run.

use std::collections::{HashMap, HashSet};
use std::path::{Component, Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, OnceLock};

use anyhow::{Context, Result};
use checks::{Commit, World};

use super::seed;
use crate::fsx::Reader;
use crate::recipients::{self, Maintainers};
use crate::source::Source;
use crate::stop::Stop;

/// Files and folders that every kernel tree has.
const MARKS: [&str; 4] = ["MAINTAINERS", "Kbuild", "scripts/checkpatch.pl", "include"];

/// Files larger than this are not read for an answer. Bytes.
const MAX_FILE: u64 = 64 << 20;

/// A kernel tree, or none, and the history that belongs to it, or none.
pub struct Kernel {
    tree: Option<Tree>,
    /// A tree that is only asked for its lists of words.
    lists: Option<Tree>,
    /// Names of headers that earlier runs found are below this folder.
    seeds: Option<PathBuf>,
    /// Misspellings beyond those of the tree.
    spelling: HashMap<String, String>,
    git_dir: Option<PathBuf>,
    commits: Mutex<HashMap<String, Commit>>,
    maintainers: OnceLock<Option<Maintainers>>,
    camelcase: OnceLock<seed::Names>,
    bindings: OnceLock<Vec<u8>>,
    vendors: OnceLock<Vec<u8>>,
    misspellings: OnceLock<Option<HashMap<String, String>>>,
    const_structs: OnceLock<Option<HashSet<String>>>,
    obsolete: OnceLock<Vec<String>>,
}

enum Tree {
    Folder(PathBuf),
    Commit(Mutex<git2::Repository>, git2::Oid),
}

/// The kernel tree that a file or folder lies in.
pub(super) fn tree_above(path: &Path) -> Option<PathBuf> {
    let path = path.canonicalize().ok()?;
    let is_tree = |dir: &&Path| MARKS.iter().all(|mark| dir.join(mark).exists());
    path.ancestors().find(is_tree).map(Path::to_owned)
}

impl Kernel {
    /// No kernel.
    pub fn none() -> Self {
        Self::new(None)
    }

    /// A kernel in a folder.
    ///
    /// # Errors
    /// A folder that is none.
    pub fn folder(dir: &Path) -> Result<Self> {
        if let Some(missing) = MARKS.iter().find(|mark| !dir.join(mark).exists()) {
            return Err(Stop::environment(format!(
                "{} is no kernel tree: it has no {missing}",
                dir.display()
            ))
            .into());
        }
        Ok(Self::new(Some(Tree::Folder(dir.to_owned()))))
    }

    /// The kernel that the current folder is part of, with its history, if it
    /// is part of one.
    pub fn around() -> Option<Result<Self>> {
        let dir = tree_above(Path::new("."))?;
        let git_dir = dir.join(".git");
        Some(Self::folder(&dir).map(|kernel| match git_dir.exists() {
            true => kernel.with_history(&git_dir),
            false => kernel,
        }))
    }

    /// A kernel that is a commit.
    ///
    /// # Errors
    /// A repository that cannot be opened.
    pub fn commit(source: &Source) -> Result<Self> {
        // What was imported is the user's own, and hashing it again takes longer
        // than all rules.
        git2::opts::strict_hash_verification(false);
        let repo = git2::Repository::open(&source.repo)
            .with_context(|| format!("cannot open {}", source.repo.display()))?;
        let commit = git2::Oid::from_str(&source.commit)?;
        let tree = repo.find_commit(commit)?.tree_id();
        Ok(Self::new(Some(Tree::Commit(Mutex::new(repo), tree))))
    }

    /// The same, with a repository to ask for commits.
    #[must_use]
    pub fn with_history(mut self, git_dir: &Path) -> Self {
        self.git_dir = Some(git_dir.to_owned());
        self
    }

    /// The same, with the lists of misspellings and of constant structures of
    /// another: they lie beside checkpatch.pl, which reads them without a tree,
    /// too.
    #[must_use]
    pub fn with_lists_of(mut self, other: Self) -> Self {
        self.lists = other.tree;
        self
    }

    /// The same, with a folder to keep the names of headers in.
    #[must_use]
    pub fn with_seeds(mut self, dir: PathBuf) -> Self {
        self.seeds = Some(dir);
        self
    }

    /// The same, with more misspellings.
    #[must_use]
    pub fn with_spelling(mut self, spelling: HashMap<String, String>) -> Self {
        self.spelling = spelling;
        self
    }

    /// What was asked of the kernel, for whoever measures.
    pub fn case(&self) -> &'static str {
        match (&self.tree, self.camelcase.get()) {
            (None, _) => "without a tree",
            (_, None) => "with a tree, whose headers were not asked",
            (_, Some(names)) if names.kept => "with a tree, whose headers an earlier run read",
            _ => "with a tree, whose headers were read for it",
        }
    }

    /// The folder, if it is one.
    pub fn dir(&self) -> Option<&Path> {
        match &self.tree {
            Some(Tree::Folder(dir)) => Some(dir),
            _ => None,
        }
    }

    fn new(tree: Option<Tree>) -> Self {
        Self {
            tree,
            lists: None,
            seeds: None,
            spelling: HashMap::new(),
            git_dir: None,
            commits: Mutex::default(),
            maintainers: OnceLock::new(),
            camelcase: OnceLock::new(),
            bindings: OnceLock::new(),
            vendors: OnceLock::new(),
            misspellings: OnceLock::new(),
            const_structs: OnceLock::new(),
            obsolete: OnceLock::new(),
        }
    }

    /// Calls `each` with every file below a folder whose name ends so.
    fn walk(&self, folder: &str, end: &str, each: &mut dyn FnMut(&[u8])) {
        match &self.tree {
            None => {}
            Some(Tree::Folder(dir)) => {
                walk_folder(&dir.join(folder), end, &mut Reader::default(), each)
            }
            Some(Tree::Commit(repo, tree)) => {
                let Ok(repo) = repo.lock() else { return };
                let found = repo
                    .find_tree(*tree)
                    .and_then(|tree| tree.get_path(Path::new(folder)))
                    .and_then(|entry| repo.find_tree(entry.id()));
                let Ok(found) = found else { return };
                let _ = found.walk(git2::TreeWalkMode::PreOrder, |_, entry| {
                    if entry.name_bytes().ends_with(end.as_bytes())
                        && let Ok(blob) = repo.find_blob(entry.id())
                    {
                        each(blob.content());
                    }
                    git2::TreeWalkResult::Ok
                });
            }
        }
    }

    /// The names that headers declare, from an earlier run if the headers are
    /// the same.
    fn header_names(&self) -> seed::Names {
        let kept = self.seeds.as_deref();
        match &self.tree {
            None => seed::Names::default(),
            Some(Tree::Folder(dir)) => seed::of_folder(kept, dir, "include"),
            Some(Tree::Commit(repo, tree)) => match entry(repo, *tree, Path::new("include")) {
                None => seed::Names::default(),
                Some((id, _)) => seed::of_tree(kept, id, |each| self.walk("include", ".h", each)),
            },
        }
    }

    /// What a function makes of a list of words.
    fn list<T>(&self, path: &str, make: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let tree = self.tree.as_ref().or(self.lists.as_ref())?;
        tree.look(path, make)
    }

    fn ask_git(&self, id: &str) -> Commit {
        let Some(git_dir) = &self.git_dir else {
            return Commit::Unasked;
        };
        // Only digits get here, but a leading dash would be an option.
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Commit::Unknown;
        }
        let output = Command::new("git")
            .arg("--git-dir")
            .arg(git_dir)
            .args(["log", "--no-color", "--format=%H %s", "-1", id, "--"])
            .env("LANGUAGE", "en_US.UTF-8")
            .env("LC_ALL", "C")
            .output();
        let Ok(output) = output else {
            return Commit::Unasked;
        };
        let text = String::from_utf8_lossy(&output.stdout);
        if let Some((id, subject)) = text.lines().next().and_then(|line| line.split_once(' ')) {
            return Commit::Known(id.to_owned(), subject.to_owned());
        }
        if String::from_utf8_lossy(&output.stderr).contains("is ambiguous") {
            return Commit::Ambiguous;
        }
        Commit::Unknown
    }
}

impl Tree {
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.look(path, <[u8]>::to_vec)
    }

    /// What a function makes of a file, without a copy of it.
    fn look<T>(&self, path: &str, make: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let path = inside(path)?;
        match self {
            Tree::Folder(dir) => {
                let path = dir.join(path);
                let meta = std::fs::metadata(&path).ok()?;
                if !meta.is_file() || meta.len() > MAX_FILE {
                    return None;
                }
                Some(make(&std::fs::read(path).ok()?))
            }
            Tree::Commit(repo, tree) => {
                let repo = repo.lock().ok()?;
                let entry = repo.find_tree(*tree).ok()?.get_path(path).ok()?;
                let blob = repo.find_blob(entry.id()).ok()?;
                Some(make(blob.content()))
            }
        }
    }
}

impl World for Kernel {
    fn has_tree(&self) -> bool {
        self.tree.is_some()
    }

    fn exists(&self, path: &str) -> bool {
        match (&self.tree, inside(path)) {
            (Some(Tree::Folder(dir)), Some(path)) => dir.join(path).exists(),
            (Some(Tree::Commit(repo, tree)), Some(path)) => entry(repo, *tree, path).is_some(),
            _ => false,
        }
    }

    fn is_file(&self, path: &str) -> bool {
        match (&self.tree, inside(path)) {
            (Some(Tree::Folder(dir)), Some(path)) => dir.join(path).is_file(),
            (Some(Tree::Commit(repo, tree)), Some(path)) => {
                matches!(entry(repo, *tree, path), Some((_, git2::ObjectType::Blob)))
            }
            _ => false,
        }
    }

    fn read(&self, path: &str) -> Option<Vec<u8>> {
        self.tree.as_ref()?.read(path)
    }

    fn commit(&self, id: &str) -> Commit {
        let Ok(mut known) = self.commits.lock() else {
            return Commit::Unasked;
        };
        known
            .entry(id.to_owned())
            .or_insert_with(|| self.ask_git(id))
            .clone()
    }

    fn is_ancestor(&self, id: &str) -> Option<bool> {
        let git_dir = self.git_dir.as_ref()?;
        if id.is_empty() || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let output = Command::new("git")
            .arg("--git-dir")
            .arg(git_dir)
            .args(["merge-base", "--is-ancestor", id, "HEAD"])
            .output();
        match output.ok()?.status.code()? {
            0 => Some(true),
            1 => Some(false),
            // No HEAD, for example.
            _ => None,
        }
    }

    fn maintainers(&self, patch: &str) -> Option<Vec<String>> {
        let maintainers = self
            .maintainers
            .get_or_init(|| Maintainers::read(self).ok())
            .as_ref()?;
        let found = maintainers.of_patch(self, patch).into_iter();
        Some(
            found
                .filter(|found| found.role.starts_with("maintainer:"))
                .map(|found| found.address)
                .collect(),
        )
    }

    fn is_obsolete(&self, path: &str) -> bool {
        let patterns = self.obsolete.get_or_init(|| {
            let tree = self.tree.as_ref();
            tree.and_then(|tree| tree.look("MAINTAINERS", checks::obsolete))
                .unwrap_or_default()
        });
        self.exists(path) && patterns.iter().any(|pattern| covers(pattern, path))
    }

    fn is_camelcase_known(&self, word: &str) -> bool {
        let known = self.camelcase.get_or_init(|| self.header_names());
        known.has(word)
    }

    fn bindings(&self) -> Option<&[u8]> {
        self.tree.as_ref()?;
        Some(self.bindings.get_or_init(|| {
            let mut all = Vec::new();
            self.walk("Documentation/devicetree/bindings", "", &mut |text| {
                all.extend_from_slice(text);
                all.push(b'\n');
            });
            all
        }))
    }

    fn vendor_prefixes(&self) -> &[u8] {
        self.vendors.get_or_init(|| {
            World::read(
                self,
                "Documentation/devicetree/bindings/vendor-prefixes.yaml",
            )
            .unwrap_or_default()
        })
    }

    fn misspellings(&self) -> Option<&HashMap<String, String>> {
        let known = self.misspellings.get_or_init(|| {
            let mut all = self.spelling.clone();
            let add = |list: &[u8]| checks::misspellings(list, &mut all);
            let listed = self.list("scripts/spelling.txt", add).is_some();
            (listed || !all.is_empty()).then_some(all)
        });
        known.as_ref()
    }

    fn const_structs(&self) -> Option<&HashSet<String>> {
        let list = "scripts/const_structs.checkpatch";
        let known = self
            .const_structs
            .get_or_init(|| self.list(list, checks::const_structs));
        known.as_ref()
    }
}

impl recipients::Tree for Kernel {
    fn read(&self, path: &str) -> Option<String> {
        let text = World::read(self, path)?;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn is_dir(&self, path: &str) -> bool {
        self.exists(path) && !self.is_file(path)
    }
}

/// A path that stays in the tree: texts that nobody vouches for name it.
fn inside(path: &str) -> Option<&Path> {
    let path = Path::new(path);
    path.components()
        .all(|part| matches!(part, Component::Normal(_)))
        .then_some(path)
        .filter(|path| !path.as_os_str().is_empty())
}

/// What a path of a commit is.
fn entry(
    repo: &Mutex<git2::Repository>,
    tree: git2::Oid,
    path: &Path,
) -> Option<(git2::Oid, git2::ObjectType)> {
    let repo = repo.lock().ok()?;
    let entry = repo.find_tree(tree).ok()?.get_path(path).ok()?;
    Some((entry.id(), entry.kind()?))
}

fn walk_folder(dir: &Path, end: &str, reader: &mut Reader, each: &mut dyn FnMut(&[u8])) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            walk_folder(&entry.path(), end, reader, each);
        } else if kind.is_file()
            && entry
                .file_name()
                .as_encoded_bytes()
                .ends_with(end.as_bytes())
            && let Some((_, text)) = reader.read(&entry.path())
        {
            each(text);
        }
    }
}

/// Whether a pattern of MAINTAINERS covers a path: a folder with all below it,
/// or a name with stars that do not cross folders.
pub(super) fn covers(pattern: &str, path: &str) -> bool {
    if pattern.ends_with('/') {
        return path.starts_with(pattern);
    }
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(pattern), Some(name)) if glob(pattern.as_bytes(), name.as_bytes()) => {}
            _ => return false,
        }
    }
}

fn glob(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skipped| glob(rest, &name[skipped..])),
        Some((b'?', rest)) => !name.is_empty() && glob(rest, &name[1..]),
        Some((byte, rest)) => name.first() == Some(byte) && glob(rest, &name[1..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_tree_is_not_there() {
        for path in ["../etc/passwd", "/etc/passwd", "a/../../b", ""] {
            assert!(inside(path).is_none(), "{path}");
        }
        assert!(inside("mm/gup.c").is_some());
    }

    #[test]
    fn without_a_tree_only_the_lists_are_asked() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["include", "scripts"] {
            std::fs::create_dir(dir.path().join(name)).unwrap();
        }
        for name in ["MAINTAINERS", "Kbuild", "scripts/checkpatch.pl"] {
            std::fs::write(dir.path().join(name), "").unwrap();
        }
        std::fs::write(dir.path().join("scripts/spelling.txt"), "# x\nTeh||the\n").unwrap();
        let tree = || Kernel::folder(dir.path()).unwrap();
        let none = Kernel::none().with_lists_of(tree());
        assert_eq!(none.misspellings().unwrap()["teh"], "the");
        assert!(none.const_structs().is_none() && !none.has_tree());
        assert!(!none.exists("Kbuild") && none.read("Kbuild").is_none());
        assert!(tree().exists("Kbuild") && Kernel::none().misspellings().is_none());
        // The tree's own words are not lost beside those of a dictionary.
        let more = [("fo".to_owned(), "of".to_owned())];
        let both = tree().with_spelling(more.into());
        assert_eq!(both.misspellings().unwrap().len(), 2);
    }

    #[test]
    fn a_pattern_covers_a_folder_or_what_its_stars_stand_for() {
        let patterns = ["drivers/x/", "mm/a*.c"];
        let is = |path: &str| patterns.iter().any(|pattern| covers(pattern, path));
        assert!(is("drivers/x/y/z.c") && is("mm/ab.c"));
        assert!(!is("mm/b.c") && !is("mm/a/b.c") && !is("drivers/x"));
    }
}
