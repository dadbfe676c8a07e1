// SPDX-License-Identifier: GPL-2.0-only
//! A mutant: a small, plausible fault in the series or in kmod-rust, kept as a
//! patch on top of it in `mutants/`. The suite is as good as the mutants that it
//! kills.
//!
//! The file begins with `Key: value` lines (`Guards`: the rows of the review it
//! is about; `Expect`: the scenario that should kill it, which is run first;
//! `Variant`: the only one that it is a fault in, as `series` for C that
//! kmod-rust takes the place of), then says what is wrong, then comes the diff.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::ValueEnum as _;

use crate::fsx;
use crate::stop::Stop;
use crate::tree::Variant;

/// A fault to put into the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The file's name without `.patch`.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Rows of the review and other things that it is about.
    pub guards: String,
    /// The scenario that should notice.
    pub expect: String,
    /// The variant that it is a fault in, if not in each.
    pub only: Option<Variant>,
    /// What is wrong.
    pub about: String,
}

/// The mutants in a folder, by name.
///
/// # Errors
/// A file without its header, or that expects a scenario that does not exist.
pub fn of_folder(dir: &Path) -> Result<Vec<Mutant>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(dir)
        .with_context(|| format!("cannot read {}", dir.display()))?
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "patch")
        })
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|path| {
            parse(&path, &fsx::read(&path)?)
                .map_err(|fault| Stop::environment(format!("{}: {fault}", path.display())).into())
        })
        .collect()
}

fn parse(path: &Path, text: &str) -> Result<Mutant, String> {
    let line = |key: &str| {
        text.lines()
            .take_while(|line| !line.starts_with("diff "))
            .find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))
    };
    let value = |key: &str| {
        line(key)
            .map(str::to_owned)
            .ok_or_else(|| format!("it has no `{key}:` line"))
    };
    let about: Vec<&str> = text
        .lines()
        .skip_while(|line| !line.is_empty())
        .skip(1)
        .take_while(|line| !line.is_empty() && !line.starts_with("diff "))
        .collect();
    let mutant = Mutant {
        name: path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        path: path.to_owned(),
        guards: value("Guards")?,
        expect: value("Expect")?,
        only: line("Variant")
            .map(|name| Variant::from_str(name, false))
            .transpose()
            .map_err(|_| "its `Variant:` is not one".to_owned())?,
        about: about.join(" "),
    };
    if mutant.about.is_empty() {
        return Err("it does not say what is wrong".to_owned());
    }
    if !guest::scenarios::ALL
        .iter()
        .any(|scenario| scenario.name == mutant.expect)
    {
        return Err(format!("there is no scenario `{}`", mutant.expect));
    }
    Ok(mutant)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Guards: F4\nExpect: limits\n\nThe length is\ntruncated.\n\ndiff --git a/x b/x\nGuards: no\n";

    #[test]
    fn the_header_says_what_it_is() {
        let mutant = parse(Path::new("/m/short-run.patch"), TEXT).unwrap();
        assert_eq!(mutant.name, "short-run");
        assert_eq!(
            (mutant.guards.as_str(), mutant.expect.as_str()),
            ("F4", "limits")
        );
        assert_eq!(mutant.about, "The length is truncated.");
        assert_eq!(mutant.only, None);
        let text = TEXT.replacen("limits\n", "limits\nVariant: series\n", 1);
        let mutant = parse(Path::new("/m/short-run.patch"), &text).unwrap();
        assert_eq!(mutant.only, Some(Variant::Series));
    }

    #[test]
    fn a_header_that_lacks_something_is_named() {
        for (from, to, fault) in [
            ("Guards: F4\n", "", "Guards"),
            ("Expect: limits", "Expect: nonsense", "nonsense"),
            ("limits\n", "limits\nVariant: nonsense\n", "Variant"),
            ("The length is\ntruncated.\n", "", "what is wrong"),
        ] {
            let error = parse(Path::new("/m/x.patch"), &TEXT.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(fault), "{error}");
        }
    }

    #[test]
    fn the_mutants_of_the_workspace_parse() {
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        for entry in std::fs::read_dir(workspace.join("linux-patches"))
            .unwrap()
            .flatten()
        {
            of_folder(&entry.path().join("mutants")).unwrap();
        }
        of_folder(&workspace.join("kmod-rust/mutants")).unwrap();
    }
}
