// SPDX-License-Identifier: GPL-2.0-only
//! In: `kmod-rust/`. Out: which of its files go where in a kernel tree.
//!
//! The Rust of type1 lives there, where it is tested without a kernel; the
//! patch of the series that adds it is a copy. The variant `rust` takes the
//! files of `kmod-rust/`, so that a change can be tried before it is in the
//! patch.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::source::archive::hex;

/// What hooks the probes up, in `kmod-rust/`.
pub const HOOKS: &str = "hooks.patch";

/// Folders of `kmod-rust/`, and where they go. What is in none of them stays.
const PLACES: [(&str, &str); 5] = [
    ("Kbuild", "drivers/vfio/kmod-rust/Kbuild"),
    ("Kconfig", "drivers/vfio/kmod-rust/Kconfig"),
    ("pin_probe", "drivers/vfio/kmod-rust/pin_probe"),
    ("probe", "drivers/vfio/kmod-rust/probe"),
    ("type1", TYPE1),
];

/// Where the modules for tests are, which any kernel can be given.
const PROBES: &str = "drivers/vfio/kmod-rust";

/// The part that the kernel and the host have in common, and where it goes.
const CORE: (&str, &str) = ("core/src/pinning", "drivers/vfio/type1/pinning");

/// The folder that the series adds.
const TYPE1: &str = "drivers/vfio/type1";

/// Each file that Kbuild reads, and its place relative to the kernel tree.
///
/// # Errors
/// A folder that cannot be read.
pub fn files(kmod: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let mut files = Vec::new();
    for (from, to) in PLACES.iter().chain([&CORE]) {
        collect(&kmod.join(from), Path::new(to), &mut files)?;
    }
    files.sort();
    Ok(files)
}

/// A hash over all that goes into the kernel tree.
///
/// # Errors
/// A file that cannot be read.
pub fn digest(kmod: &Path) -> Result<String> {
    let mut files = files(kmod)?;
    let hooks = kmod.join(HOOKS);
    if hooks.exists() {
        files.push((hooks, HOOKS.into()));
    }
    hash(files)
}

/// A hash over the modules for tests, as they are built for any kernel.
///
/// # Errors
/// A file that cannot be read.
pub fn probes_digest(kmod: &Path) -> Result<String> {
    let mut files = files(kmod)?;
    files.retain(|(_, target)| target.starts_with(PROBES));
    hash(files)
}

fn hash(files: Vec<(PathBuf, PathBuf)>) -> Result<String> {
    let mut hasher = Sha256::new();
    for (file, target) in files {
        let bytes = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        hasher.update(target.display().to_string());
        hasher.update([0]);
        hasher.update((bytes.len() as u64).to_le_bytes());
        hasher.update(&bytes);
    }
    Ok(hex(&hasher.finalize()))
}

fn collect(from: &Path, to: &Path, files: &mut Vec<(PathBuf, PathBuf)>) -> Result<()> {
    if from.is_dir() {
        for entry in
            fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))?
        {
            let entry = entry?;
            collect(&entry.path(), &to.join(entry.file_name()), files)?;
        }
    } else if from.exists() && is_source(from) {
        files.push((from.to_owned(), to.to_owned()));
    }
    Ok(())
}

fn is_source(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    matches!(&*name, "Kbuild" | "Kconfig" | "Makefile")
        || [".rs", ".c", ".h"]
            .iter()
            .any(|extension| name.ends_with(extension))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn workspace() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
    }

    /// The files that a patch adds in a folder, with their text.
    fn added(patch: &str, folder: &str) -> BTreeMap<PathBuf, String> {
        let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
        for diff in patch.split("\ndiff --git ").skip(1) {
            let path = diff
                .lines()
                .find_map(|line| line.strip_prefix("+++ b/"))
                .filter(|path| path.starts_with(folder) && diff.contains("\nnew file mode "));
            let Some(path) = path else { continue };
            let text = diff
                .lines()
                .skip_while(|line| !line.starts_with("@@"))
                .skip(1)
                .filter_map(|line| line.strip_prefix('+'))
                .flat_map(|line| [line, "\n"])
                .collect();
            files.insert(path.into(), text);
        }
        files
    }

    #[test]
    fn the_patch_of_the_series_adds_what_is_here() {
        let kmod = workspace().join("kmod-rust");
        let here: BTreeMap<PathBuf, String> = files(&kmod)
            .unwrap()
            .into_iter()
            .filter(|(_, target)| target.starts_with(TYPE1))
            .map(|(file, target)| (target, fs::read_to_string(file).unwrap()))
            .collect();
        assert!(here.len() > 10, "{here:?}");
        let series = workspace().join("linux-patches/vfio-type1-hugetlb");
        let last = crate::series::patch_files(&series).unwrap().pop().unwrap();
        let there = added(&fs::read_to_string(last).unwrap(), TYPE1);
        let names =
            |files: &BTreeMap<PathBuf, String>| -> Vec<PathBuf> { files.keys().cloned().collect() };
        assert_eq!(names(&here), names(&there));
        for (name, text) in &here {
            assert!(
                *text == there[name],
                "{} is not the same in kmod-rust/ and in the patch (kmod-rust/README.md: Editing it)",
                name.display()
            );
        }
    }

    #[test]
    fn tests_and_texts_stay_at_home() {
        let kmod = tempfile::tempdir().unwrap();
        for name in [
            "README.md",
            "Kbuild",
            "core/Cargo.toml",
            "core/src/lib.rs",
            "core/src/pinning/mod.rs",
            "core/tests/pinning/main.rs",
            "type1/type1_rust.rs",
            "probe/README.md",
            "probe/Kbuild",
        ] {
            let path = kmod.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        let targets: Vec<PathBuf> = files(kmod.path())
            .unwrap()
            .into_iter()
            .map(|(_, target)| target)
            .collect();
        assert_eq!(
            targets,
            [
                "drivers/vfio/kmod-rust/Kbuild",
                "drivers/vfio/type1/pinning/mod.rs",
                "drivers/vfio/kmod-rust/probe/Kbuild",
                "drivers/vfio/type1/type1_rust.rs",
            ]
            .map(PathBuf::from)
        );
    }
}
