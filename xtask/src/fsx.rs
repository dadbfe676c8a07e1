// SPDX-License-Identifier: GPL-2.0-only
//! File operations that name the file when they fail, and that never leave
//! half a file behind.

use std::fs::{self, File, Metadata};
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result};

use crate::stop::Stop;

/// A source that is larger is none. Bytes.
const LARGEST: u64 = 64 << 20;

/// Reads a text file.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Creates a folder and its parents.
///
/// # Errors
/// Names the folder.
pub fn create_dir(path: &Path) -> Result<()> {
    fs::create_dir_all(path)
        .map_err(|error| explain(error, path))
        .with_context(|| format!("cannot create {}", path.display()))
}

/// Replaces a file in one step: readers see the old text or the new, also
/// after a crash.
///
/// # Errors
/// Names the file; a full disk is said to be one.
pub fn write_atomic(path: &Path, bytes: &[u8]) -> Result<()> {
    let dir = path.parent().context("a file has a folder")?;
    create_dir(dir)?;
    let write = || -> std::io::Result<()> {
        // The user's umask decides, as for any file.
        let mode = fs::Permissions::from_mode(0o666);
        let mut file = tempfile::Builder::new()
            .permissions(mode)
            .tempfile_in(dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_data()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    write()
        .map_err(|error| explain(error, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

/// As [`write_atomic`], but leaves a file alone that has these bytes already,
/// so that its time stamp triggers no rebuild. Returns whether it wrote.
///
/// # Errors
/// As [`write_atomic`].
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(false);
    }
    write_atomic(path, bytes)?;
    Ok(true)
}

/// Removes a folder with everything below it, if it is there.
///
/// # Errors
/// Names the folder.
pub fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("cannot remove {}", path.display())),
    }
}

/// Sum of the sizes of the files below `path` in bytes, as allocated on disk.
pub fn disk_usage(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let Ok(meta) = fs::symlink_metadata(path) else {
        return 0;
    };
    let below = if meta.is_dir() {
        fs::read_dir(path)
            .map(|entries| {
                entries
                    .flatten()
                    .map(|entry| disk_usage(&entry.path()))
                    .sum()
            })
            .unwrap_or(0)
    } else {
        0
    };
    meta.blocks() * 512 + below
}

/// A full disk is the most common cause of a failed write, and the user's to
/// mend.
pub fn explain(error: std::io::Error, path: &Path) -> anyhow::Error {
    if error.kind() == std::io::ErrorKind::StorageFull {
        no_space(path).into()
    } else {
        error.into()
    }
}

/// The answer to a full disk.
pub fn no_space(path: &Path) -> Stop {
    Stop::environment(format!(
        "no space left on the device that holds {}",
        path.display()
    ))
    .help("cargo xtask cache list        # what can go")
    .help("cargo xtask cache clean")
}

/// Reads thousands of files, one after the other into the same room.
#[derive(Debug, Default)]
pub struct Reader(Vec<u8>);

impl Reader {
    /// What a file is like, and its text, unless it is too large for a source.
    pub fn read(&mut self, path: &Path) -> Option<(Metadata, &[u8])> {
        let mut file = File::open(path).ok()?;
        let meta = file.metadata().ok()?;
        let size = usize::try_from(meta.len()).ok()?;
        if meta.len() > LARGEST {
            return None;
        }
        if self.0.len() < size {
            self.0.resize(size.next_multiple_of(1 << 16), 0);
        }
        file.read_exact(&mut self.0[..size]).ok()?;
        Some((meta, &self.0[..size]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stop::{Exit, exit_of};

    #[test]
    fn an_unchanged_file_keeps_its_time() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        assert!(write_if_changed(&path, b"one").unwrap());
        let before = fs::metadata(&path).unwrap().modified().unwrap();
        assert!(!write_if_changed(&path, b"one").unwrap());
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), before);
        assert!(write_if_changed(&path, b"two").unwrap());
        assert_eq!(read(&path).unwrap(), "two");
    }

    #[test]
    fn a_full_disk_is_named_and_is_the_users_to_mend() {
        // /dev/full answers every write with ENOSPC.
        let error = explain(
            fs::write("/dev/full", b"x").unwrap_err(),
            Path::new("/somewhere/cache"),
        );
        assert_eq!(exit_of(&error), Exit::Environment);
        assert!(error.to_string().contains("no space left"), "{error}");
        assert!(
            error.to_string().contains("cargo xtask cache clean"),
            "{error}"
        );
    }
}
