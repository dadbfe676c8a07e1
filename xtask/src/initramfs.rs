// SPDX-License-Identifier: GPL-2.0-only
//! The guest's file system: a cpio archive of the `newc` format, uncompressed
//! because a guest under emulation unpacks slower than QEMU loads. Same input,
//! same bytes: entries are sorted, and nothing of the host (times, owners,
//! inode numbers) goes in.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use cpio::NewcBuilder;
use cpio::newc::{ModeFileType, trailer};

/// What the archive holds, by absolute path in the guest.
#[derive(Clone, Debug, Default)]
pub struct Initramfs {
    entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug)]
enum Entry {
    Folder,
    File { bytes: Vec<u8>, executable: bool },
    Device { major: u32, minor: u32 },
}

impl Initramfs {
    /// An archive with nothing but `/dev/console`, which the kernel opens for
    /// init before any file system is mounted.
    pub fn new() -> Self {
        let mut new = Self::default();
        new.insert("/dev/console", Entry::Device { major: 5, minor: 1 });
        new
    }

    /// An archive to append to another: later files replace earlier ones.
    pub fn addition() -> Self {
        Self::default()
    }

    /// Adds a file, and the folders above it.
    pub fn file(&mut self, path: &str, bytes: Vec<u8>, executable: bool) -> &mut Self {
        self.insert(path, Entry::File { bytes, executable });
        self
    }

    /// Adds a file of the host.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn copy(&mut self, path: &str, from: &Path, executable: bool) -> Result<&mut Self> {
        let bytes =
            std::fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
        Ok(self.file(path, bytes, executable))
    }

    fn insert(&mut self, path: &str, entry: Entry) {
        let mut at = 1;
        while let Some(slash) = path[at..].find('/') {
            self.entries
                .entry(path[..at + slash].to_owned())
                .or_insert(Entry::Folder);
            at += slash + 1;
        }
        self.entries.insert(path.to_owned(), entry);
    }

    /// The archive.
    ///
    /// # Errors
    /// A file of 4 GiB or more, which `newc` cannot hold.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        for (index, (path, entry)) in self.entries.iter().enumerate() {
            let inode = u32::try_from(index + 1)?;
            let builder = NewcBuilder::new(path.trim_start_matches('/'))
                .ino(inode)
                .nlink(1);
            let (builder, bytes) = match entry {
                Entry::Folder => (
                    builder
                        .mode(0o755)
                        .set_mode_file_type(ModeFileType::Directory),
                    &[][..],
                ),
                Entry::File { bytes, executable } => {
                    let mode = if *executable { 0o755 } else { 0o644 };
                    (
                        builder.mode(mode).set_mode_file_type(ModeFileType::Regular),
                        bytes.as_slice(),
                    )
                }
                Entry::Device { major, minor } => (
                    builder
                        .mode(0o600)
                        .set_mode_file_type(ModeFileType::Char)
                        .rdev_major(*major)
                        .rdev_minor(*minor),
                    &[][..],
                ),
            };
            let size =
                u32::try_from(bytes.len()).with_context(|| format!("{path} is too large"))?;
            let mut writer = builder.write(&mut out, size);
            std::io::Write::write_all(&mut writer, bytes)?;
            writer.finish()?;
        }
        trailer(&mut out)?;
        // The next archive in the same file begins at a multiple of four.
        out.resize(out.len().next_multiple_of(4), 0);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(mut bytes: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        loop {
            let reader = cpio::NewcReader::new(bytes).unwrap();
            if reader.entry().is_trailer() {
                return names;
            }
            names.push(reader.entry().name().to_owned());
            bytes = reader.finish().unwrap();
        }
    }

    #[test]
    fn folders_come_before_what_is_in_them() {
        let mut initramfs = Initramfs::new();
        initramfs
            .file("/modules/a/vfio.ko", vec![1], false)
            .file("/init", vec![2], true);
        assert_eq!(
            names(&initramfs.to_bytes().unwrap()),
            [
                "dev",
                "dev/console",
                "init",
                "modules",
                "modules/a",
                "modules/a/vfio.ko"
            ]
        );
    }

    #[test]
    fn the_order_of_insertion_does_not_show() {
        let mut one = Initramfs::new();
        one.file("/a", vec![1; 5], false)
            .file("/b", vec![2; 7], true);
        let mut two = Initramfs::new();
        two.file("/b", vec![2; 7], true)
            .file("/a", vec![1; 5], false);
        assert_eq!(one.to_bytes().unwrap(), two.to_bytes().unwrap());
    }

    #[test]
    fn an_archive_can_follow_another() {
        let mut base = Initramfs::new();
        base.file("/a", vec![1; 5], false);
        assert_eq!(base.to_bytes().unwrap().len() % 4, 0);
        assert_eq!(
            names(
                &Initramfs::addition()
                    .file("/job.json", vec![], false)
                    .to_bytes()
                    .unwrap()
            ),
            ["job.json"]
        );
    }
}
