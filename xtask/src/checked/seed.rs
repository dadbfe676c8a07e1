// SPDX-License-Identifier: GPL-2.0-only
//! The names with capitals that a kernel's headers declare, kept from run to
//! run: to read 7,000 headers takes longer than to check most patches. In: what
//! the headers are like, and a way to read them. Out: the names.

use std::cmp::Ordering;
use std::fs::{DirEntry, Metadata};
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::fsx::{self, Reader};
use crate::source::archive::hex;

/// Grows when other names are taken from the same headers.
const VERSION: u32 = 1;

/// A file larger than this is none of ours. Bytes.
const MAX_BYTES: u64 = 64 << 20;

/// Names, sorted, each on its line: as they are kept they are searched.
#[derive(Debug, Default)]
pub(super) struct Names {
    text: String,
    /// An earlier run found them.
    pub(super) kept: bool,
}

impl Names {
    fn of(mut names: Vec<String>) -> Self {
        names.sort_unstable();
        names.dedup();
        Self {
            text: names.join("\n"),
            kept: false,
        }
    }

    /// Keeps them for the next run. Where that is not possible it takes longer,
    /// and that is all.
    fn keep(&self, path: &Path, digest: &str) {
        let text = format!("{}{}\n", head(digest), self.text);
        let _ = fsx::write_atomic(path, text.as_bytes());
    }

    /// Whether it is one of them.
    pub(super) fn has(&self, name: &str) -> bool {
        let mut rest = self.text.as_bytes();
        let is_end = |byte: &u8| *byte == b'\n';
        while !rest.is_empty() {
            let middle = rest.len() / 2;
            let start = rest[..middle].iter().rposition(is_end);
            let start = start.map_or(0, |end| end + 1);
            let end = rest[middle..].iter().position(is_end);
            let end = end.map_or(rest.len(), |at| middle + at);
            match rest[start..end].cmp(name.as_bytes()) {
                Ordering::Equal => return !name.is_empty(),
                Ordering::Less => rest = rest.get(end + 1..).unwrap_or_default(),
                Ordering::Greater => rest = &rest[..start.saturating_sub(1)],
            }
        }
        false
    }
}

/// The names that the headers below a folder of a tree declare.
pub(super) fn of_folder(dir: Option<&Path>, tree: &Path, folder: &str) -> Names {
    let headers = tree.join(folder);
    let place = tree.canonicalize().unwrap_or_else(|_| tree.to_owned());
    let file = format!("folder-{}", digest(place.as_os_str().as_encoded_bytes()));
    let path = dir.map(|dir| dir.join(file));
    if let Some(path) = path.as_deref().filter(|path| path.exists()) {
        let mut marks = Vec::new();
        walk(&headers, &mut marks, &mut |entry, marks| {
            if let Ok(meta) = entry.metadata() {
                mark(entry, &meta, marks);
            }
        });
        if let Some(names) = kept(path, &digest(&marks)) {
            return names;
        }
    }
    let (mut found, mut marks, mut reader) = (Vec::new(), Vec::new(), Reader::default());
    walk(&headers, &mut marks, &mut |entry, marks| {
        if let Some((meta, text)) = reader.read(&entry.path()) {
            mark(entry, &meta, marks);
            found.extend(checks::camelcase_words(text));
        }
    });
    let names = Names::of(found);
    if let Some(path) = path {
        names.keep(&path, &digest(&marks));
    }
    names
}

/// The names of the headers of a tree that git knows, which is their digest;
/// `read` hands over the text of each.
pub(super) fn of_tree(
    dir: Option<&Path>,
    id: git2::Oid,
    read: impl FnOnce(&mut dyn FnMut(&[u8])),
) -> Names {
    let path = dir.map(|dir| dir.join(format!("tree-{id}")));
    if let Some(names) = path.as_deref().and_then(|path| kept(path, &id.to_string())) {
        return names;
    }
    let mut found = Vec::new();
    read(&mut |text| found.extend(checks::camelcase_words(text)));
    let names = Names::of(found);
    if let Some(path) = path {
        names.keep(&path, &id.to_string());
    }
    names
}

fn head(digest: &str) -> String {
    format!("camelcase {VERSION} {digest}\n")
}

fn kept(path: &Path, digest: &str) -> Option<Names> {
    let mut text = String::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MAX_BYTES).read_to_string(&mut text).ok()?;
    let names = text.strip_prefix(&head(digest))?;
    // The end says that nothing is missing.
    Some(Names {
        text: names.strip_suffix('\n')?.to_owned(),
        kept: true,
    })
}

/// Calls `each` with each header below a folder. The order is that in which the
/// folders list them: in another one they are only read again.
fn walk(dir: &Path, marks: &mut Vec<u8>, each: &mut dyn FnMut(&DirEntry, &mut Vec<u8>)) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            marks.extend_from_slice(entry.file_name().as_encoded_bytes());
            marks.push(b'/');
            walk(&entry.path(), marks, each);
            marks.push(b'/');
        } else if kind.is_file() && entry.file_name().as_encoded_bytes().ends_with(b".h") {
            each(&entry, marks);
        }
    }
}

/// What tells a header from that of another day: name, size, time.
fn mark(entry: &DirEntry, meta: &Metadata, marks: &mut Vec<u8>) {
    marks.extend_from_slice(entry.file_name().as_encoded_bytes());
    for number in [meta.size() as i64, meta.mtime(), meta.mtime_nsec()] {
        marks.extend_from_slice(&number.to_le_bytes());
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
    fn names_are_found_where_they_stand() {
        let known: Vec<String> = (0..50)
            .map(|n| format!("aB{}", "x".repeat(n % 25)))
            .collect();
        let names = Names::of(known.clone());
        assert!(known.iter().all(|name| names.has(name)));
        for name in ["", "a", "aBy", "zZ", "\n", "aB\naBx", "ä"] {
            assert!(!names.has(name), "{name:?}");
        }
        assert!(Names::of(vec!["éA".to_owned()]).has("éA") && !Names::default().has("x"));
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
