// SPDX-License-Identifier: GPL-2.0-only
//! The names with capitals that a kernel's headers declare, kept from run to
//! run: to read 7,000 headers takes longer than to check most patches. In: what
//! the headers are like, and a way to read them. Out: the names.

use std::collections::HashSet;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::fsx;
use crate::source::archive::hex;

/// Grows when other names are taken from the same headers.
const VERSION: u32 = 1;

/// A file larger than this is none of ours. Bytes.
const MAX_BYTES: u64 = 64 << 20;

/// What headers are like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct State {
    /// The file for this kernel: one for a folder, whatever becomes of it.
    file: String,
    /// Changes with the headers.
    digest: String,
}

impl State {
    /// Headers that git knows: they are their own digest.
    pub(super) fn of_tree(id: git2::Oid) -> Self {
        Self {
            file: format!("tree-{id}"),
            digest: id.to_string(),
        }
    }

    /// Headers in a folder: their names, sizes and times.
    pub(super) fn of_folder(tree: &Path, headers: &str) -> Self {
        let path = tree.canonicalize().unwrap_or_else(|_| tree.to_owned());
        let mut hash = Sha256::new();
        add(&tree.join(headers), &mut hash);
        Self {
            file: format!("folder-{}", digest(path.as_os_str().as_encoded_bytes())),
            digest: hex(&hash.finalize()),
        }
    }

    fn head(&self) -> String {
        format!("camelcase {VERSION} {}\n", self.digest)
    }
}

/// The names, from an earlier run if the headers are the same.
pub(super) fn words(
    dir: Option<&Path>,
    state: Option<State>,
    read: impl FnOnce() -> HashSet<String>,
) -> HashSet<String> {
    let (Some(dir), Some(state)) = (dir, state) else {
        return read();
    };
    let path = dir.join(&state.file);
    if let Some(words) = kept(&path, &state) {
        return words;
    }
    let words = read();
    let mut sorted: Vec<&str> = words.iter().map(String::as_str).collect();
    sorted.sort_unstable();
    let text = format!("{}{}\n", state.head(), sorted.join("\n"));
    // Where nothing can be kept it takes longer, and that is all.
    let _ = fsx::write_atomic(&path, text.as_bytes());
    words
}

fn kept(path: &Path, state: &State) -> Option<HashSet<String>> {
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let words = text.strip_prefix(&state.head())?;
    Some(words.lines().map(str::to_owned).collect())
}

fn add(dir: &Path, hash: &mut Sha256) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let Ok(meta) = entry.metadata() else { continue };
        let name = entry.file_name();
        if meta.is_dir() {
            hash.update(name.as_encoded_bytes());
            hash.update(b"/");
            add(&entry.path(), hash);
            hash.update(b"/");
        } else if meta.is_file() && name.as_encoded_bytes().ends_with(b".h") {
            hash.update(name.as_encoded_bytes());
            for number in [meta.len() as i64, meta.mtime(), meta.mtime_nsec()] {
                hash.update(number.to_le_bytes());
            }
        }
    }
}

fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked::world::Kernel;
    use crate::source::Source;
    use checks::World;

    fn knows(kernel: Kernel, dir: &Path, word: &str) -> bool {
        kernel.with_seeds(dir.to_owned()).is_camelcase_known(word)
    }

    #[test]
    fn headers_of_a_folder_are_read_again_only_when_they_changed() {
        let (tree, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for name in ["include/linux", "scripts"] {
            std::fs::create_dir_all(tree.path().join(name)).unwrap();
        }
        for name in ["MAINTAINERS", "Kbuild", "scripts/checkpatch.pl"] {
            std::fs::write(tree.path().join(name), "").unwrap();
        }
        let header = tree.path().join("include/linux/a.h");
        std::fs::write(&header, "#define SomeName 1\n").unwrap();
        let knows = |word: &str| knows(Kernel::folder(tree.path()).unwrap(), cache.path(), word);
        assert!(knows("SomeName") && !knows("OddsName"));
        // Another text that nobody can tell without reading it.
        let time = std::fs::metadata(&header).unwrap().modified().unwrap();
        std::fs::write(&header, "#define OddsName 1\n").unwrap();
        let file = std::fs::File::options().write(true).open(&header).unwrap();
        file.set_modified(time).unwrap();
        assert!(knows("SomeName") && !knows("OddsName"));
        std::fs::write(&header, "#define OtherName 1\n").unwrap();
        assert!(!knows("SomeName") && knows("OtherName"));
        // One file for a folder, and half a file is none.
        let kept: Vec<_> = std::fs::read_dir(cache.path()).unwrap().flatten().collect();
        assert_eq!(kept.len(), 1);
        std::fs::write(kept[0].path(), "camelcase").unwrap();
        assert!(knows("OtherName"));
    }

    #[test]
    fn headers_of_a_commit_are_read_once() {
        let (dir, cache) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let repo = git2::Repository::init_bare(dir.path()).unwrap();
        let blob = repo.blob(b"#define SomeName 1\n").unwrap();
        let tree = |name: &str, id, mode| {
            let mut builder = repo.treebuilder(None).unwrap();
            builder.insert(name, id, mode).unwrap();
            builder.write().unwrap()
        };
        let root = tree("include", tree("a.h", blob, 0o100_644), 0o040_000);
        let root = repo.find_tree(root).unwrap();
        let who = git2::Signature::now("a", "a@b.c").unwrap();
        let commit = repo.commit(None, &who, &who, "x", &root, &[]).unwrap();
        let source = Source {
            release: String::new(),
            origin: String::new(),
            sha256: String::new(),
            repo: dir.path().to_owned(),
            commit: commit.to_string(),
        };
        let knows = |word: &str| knows(Kernel::commit(&source).unwrap(), cache.path(), word);
        assert!(knows("SomeName"));
        let id = blob.to_string();
        let object = dir.path().join("objects").join(&id[..2]).join(&id[2..]);
        std::fs::remove_file(object).unwrap();
        assert!(knows("SomeName") && !knows("OtherName"));
    }
}
