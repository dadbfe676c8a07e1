// SPDX-License-Identifier: GPL-2.0-only
//! The dictionary of codespell, if it is installed. In: its file, or the places
//! where packages put it. Out: misspellings in small letters, with what was
//! meant. No program is run to find it.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::stop::Stop;

/// Where distributions have it, and where the kernel's own script looks first.
const SHARED: &str = "/usr/share/codespell/dictionary.txt";

/// A dictionary larger than this is none. Bytes.
const MAX_BYTES: u64 = 64 << 20;

/// The misspellings of a dictionary: of this file, or of the first that is found.
///
/// # Errors
/// None is installed; the file cannot be read.
pub fn dictionary(file: Option<&Path>) -> Result<HashMap<String, String>> {
    let path = match file {
        Some(file) => file.to_owned(),
        None => find().ok_or_else(|| {
            Stop::environment("there is no dictionary of codespell")
                .help("pip install codespell")
                .help("cargo xtask check --codespell=FILE")
        })?,
    };
    let meta = std::fs::metadata(&path)
        .map_err(|error| Stop::environment(format!("{}: {error}", path.display())))?;
    if !meta.is_file() || meta.len() > MAX_BYTES {
        return Err(Stop::environment(format!("{} is no dictionary", path.display())).into());
    }
    let text = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(parse(&String::from_utf8_lossy(&text)))
}

/// `wrong->right, or this, why`; what is disabled is left out.
fn parse(text: &str) -> HashMap<String, String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#') && !line.to_lowercase().contains(", disabled"))
        .filter_map(|line| line.split(',').next()?.split_once("->"))
        .map(|(wrong, right)| (wrong.to_lowercase(), right.to_owned()))
        .collect()
}

fn find() -> Option<PathBuf> {
    let home = std::env::var_os("HOME").map(PathBuf::from);
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::iter::once(PathBuf::from(SHARED))
        .chain(installed(&path, home.as_deref()))
        .find(|path| path.is_file())
}

/// Where Python's packages have it: beside each folder of programs, and in the
/// home folder.
fn installed(path: &OsStr, home: Option<&Path>) -> Vec<PathBuf> {
    let beside = std::env::split_paths(path)
        .filter(|dir| dir.is_absolute())
        .filter_map(|dir| Some(dir.parent()?.to_owned()))
        .flat_map(|prefix| {
            // pyenv has its programs in versions/, and only links beside it.
            let versions = std::fs::read_dir(prefix.join("versions"));
            let versions = versions.into_iter().flatten().flatten();
            let mut all: Vec<PathBuf> = versions.map(|entry| entry.path()).collect();
            all.sort();
            all.push(prefix);
            all
        });
    let own = [".local", ".local/share/pipx/venvs/codespell"];
    let own = home
        .into_iter()
        .flat_map(|home| own.map(|dir| home.join(dir)));
    let mut found = Vec::new();
    for prefix in beside.chain(own) {
        let Ok(entries) = std::fs::read_dir(prefix.join("lib")) else {
            continue;
        };
        let mut pythons: Vec<PathBuf> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| {
                let name = path.file_name().unwrap_or_default();
                name.as_encoded_bytes().starts_with(b"python3")
            })
            .collect();
        pythons.sort();
        for python in pythons {
            for packages in ["site-packages", "dist-packages"] {
                let folder = python.join(packages).join("codespell_lib");
                found.push(folder.join("data/dictionary.txt"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dictionary_is_read_as_the_script_reads_it() {
        let known = parse(
            "# c\n\nRecieve->receive\n  teh->the  \nfo->of, for, to, do, go,\n\
             clas->class, disabled because of a name\nnothing\n",
        );
        let mut known: Vec<_> = known.into_iter().collect();
        known.sort();
        let words = [("fo", "of"), ("recieve", "receive"), ("teh", "the")];
        assert_eq!(known, words.map(|(a, b)| (a.to_owned(), b.to_owned())));
    }

    #[test]
    fn packages_are_found_beside_programs_and_at_home() {
        let dir = tempfile::tempdir().unwrap();
        let (venv, home) = (dir.path().join("venv"), dir.path().join("home"));
        let mut wanted = Vec::new();
        let pyenv = dir.path().join("pyenv");
        for prefix in [&venv, &pyenv.join("versions/3.13.1"), &home.join(".local")] {
            let folder = prefix.join("lib/python3.13/site-packages/codespell_lib/data");
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(folder.join("dictionary.txt"), "a->b\n").unwrap();
            wanted.push(folder.join("dictionary.txt"));
        }
        let path = std::env::join_paths([
            Path::new("relative"),
            &venv.join("bin"),
            &pyenv.join("shims"),
        ]);
        let path = path.unwrap();
        let found = installed(&path, Some(&home));
        let found: Vec<_> = found.into_iter().filter(|path| path.is_file()).collect();
        assert_eq!(found, wanted);
    }
}
