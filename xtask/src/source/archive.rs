// SPDX-License-Identifier: GPL-2.0-only
//! A kernel tarball, and its SHA-256.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use crate::context::Cx;
use crate::stop::Stop;

/// A tarball whose content is known.
#[derive(Clone, Debug)]
pub struct Archive {
    /// The file.
    pub path: PathBuf,
    /// Its SHA-256, in hex.
    pub sha256: String,
    /// Where it came from, for people.
    pub origin: String,
}

impl Archive {
    /// A file of the user's.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn of_file(cx: &Cx, path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(|error| {
            Stop::environment(format!(
                "cannot read the tarball {}: {error}",
                path.display()
            ))
        })?;
        let _bar = cx
            .ui
            .spinner("source", &format!("hashing {}", path.display()));
        Ok(Self {
            path: path.to_owned(),
            sha256: sha256_of(file)?,
            origin: path.display().to_string(),
        })
    }
}

/// SHA-256 of all that `reader` gives, in lower-case hex.
///
/// # Errors
/// When reading fails.
pub fn sha256_of(mut reader: impl Read) -> Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = reader
            .read(&mut buffer)
            .context("cannot read what is to be hashed")?;
        if count == 0 {
            return Ok(hex(&hasher.finalize()));
        }
        hasher.update(&buffer[..count]);
    }
}

/// Lower-case hex.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha256() {
        // FIPS 180-2, appendix B.1.
        assert_eq!(
            sha256_of(&b"abc"[..]).unwrap(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }
}
