// SPDX-License-Identifier: GPL-2.0-only
//! The kernel's configuration: fragments merged on tinyconfig, then VERIFIED.
//! Kconfig drops a symbol whose dependencies are not met without a word; here
//! that is an error with the symbol, the fragment and the dependency.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;
use sha2::{Digest, Sha256};

use crate::context::Cx;
use crate::fsx;
use crate::source::archive::hex;
use crate::stop::Stop;
use crate::tree::Variant;

use super::{Make, Profile, kconfig};

/// Symbols and the values they have: `y`, `m`, `n`, a number or a string.
pub type Symbols = BTreeMap<String, String>;

/// A Kconfig fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fragment {
    /// File name, without `.config`.
    pub name: String,
    /// What it asks for, without the `CONFIG_` prefix.
    pub symbols: Symbols,
}

/// The fragments of a variant and profile, in the order in which they apply.
///
/// # Errors
/// A fragment that is missing or has a line that is no assignment.
pub fn fragments(dir: &Path, variant: Variant, profile: Profile) -> Result<Vec<Fragment>> {
    let mut names = vec!["base", "memory", "vfio", "rust"];
    if variant == Variant::Rust {
        names.push("kmod-rust");
    }
    match profile {
        Profile::Release => {}
        Profile::Debug => names.push("debug"),
        Profile::Trace => names.push("trace"),
    }
    names.into_iter().map(|name| fragment(dir, name)).collect()
}

/// One fragment.
///
/// # Errors
/// It is missing or has a line that is no assignment.
pub fn fragment(dir: &Path, name: &str) -> Result<Fragment> {
    let path = dir.join(format!("{name}.config"));
    let symbols = parse(&fsx::read(&path)?).map_err(|line| {
        Stop::environment(format!(
            "{}: not a Kconfig assignment: {line}",
            path.display()
        ))
    })?;
    Ok(Fragment {
        name: name.to_owned(),
        symbols,
    })
}

/// A hash over what the fragments ask for.
pub fn digest(fragments: &[Fragment]) -> String {
    let mut hasher = Sha256::new();
    for (name, value) in fragments.iter().flat_map(|fragment| &fragment.symbols) {
        hasher.update(format!("{name}={value}\n"));
    }
    hex(&hasher.finalize())
}

/// Reads `.config` or a fragment. `# CONFIG_X is not set` is `n`; other
/// comments and blank lines are skipped.
///
/// # Errors
/// The first line that is neither.
pub fn parse(text: &str) -> Result<Symbols, String> {
    let mut symbols = Symbols::new();
    for line in text.lines().map(str::trim) {
        if let Some(name) = line
            .strip_prefix("# CONFIG_")
            .and_then(|rest| rest.strip_suffix(" is not set"))
        {
            symbols.insert(name.to_owned(), "n".to_owned());
        } else if line.is_empty() || line.starts_with('#') {
            continue;
        } else {
            let (name, value) = line
                .strip_prefix("CONFIG_")
                .and_then(|rest| rest.split_once('='))
                .ok_or_else(|| line.to_owned())?;
            symbols.insert(name.to_owned(), value.to_owned());
        }
    }
    Ok(symbols)
}

/// tinyconfig, the fragments, olddefconfig, and the check. Skipped where the
/// build folder was configured from these fragments; make itself notices when
/// Kconfig files changed.
///
/// # Errors
/// As [`verify`].
pub fn configure(cx: &Cx, make: &Make, fragments: &[Fragment]) -> Result<()> {
    let stamp = make.dir().join("configured");
    let digest = digest(fragments);
    let path = make.dir().join(".config");
    if path.exists() && std::fs::read_to_string(&stamp).is_ok_and(|old| old == digest) {
        return Ok(());
    }
    let bar = cx.ui.spinner("build", "configuring");
    make.run(&["tinyconfig"], "tinyconfig", |line| bar.say(line.trim()))?;
    let tiny =
        parse(&fsx::read(&path)?).map_err(|line| anyhow::anyhow!("{}: {line}", path.display()))?;
    fsx::write_atomic(&path, merge(tiny, fragments).as_bytes())?;
    make.run(&["olddefconfig"], "olddefconfig", |line| {
        bar.say(line.trim())
    })?;
    verify(make, fragments)?;
    fsx::write_atomic(&stamp, digest.as_bytes())
}

/// The text of a `.config` with the fragments after `symbols`: of the options
/// of a choice Kconfig takes the last that is set.
fn merge(mut symbols: Symbols, fragments: &[Fragment]) -> String {
    let mut asked = Symbols::new();
    for fragment in fragments {
        asked.extend(fragment.symbols.clone());
    }
    symbols.retain(|name, _| !asked.contains_key(name));
    symbols
        .iter()
        .chain(&asked)
        .map(|(name, value)| match value.as_str() {
            "n" => format!("# CONFIG_{name} is not set\n"),
            value => format!("CONFIG_{name}={value}\n"),
        })
        .collect()
}

/// Compares the `.config` of a build folder with what was asked for.
///
/// # Errors
/// Every lost symbol, with its fragment and the dependency that is not met.
pub fn verify(make: &Make, fragments: &[Fragment]) -> Result<()> {
    let path = make.dir().join(".config");
    let got =
        parse(&fsx::read(&path)?).map_err(|line| anyhow::anyhow!("{}: {line}", path.display()))?;
    let lost = lost(&got, fragments);
    if lost.is_empty() {
        return Ok(());
    }
    let mut text = "the configuration is not what the fragments ask for".to_owned();
    let kconfig = kconfig::Kconfig::read(make.src(), "x86")?;
    for lost in &lost {
        text.push_str(&format!("\n  {lost}"));
        for reason in kconfig.why_not(&lost.symbol, &lost.wanted, &got) {
            text.push_str(&format!("\n      {reason}"));
        }
    }
    Err(Stop::infrastructure(text)
        .help("add what is missing to the fragment in qemu-images/configs/, or drop the symbol")
        .into())
}

/// A symbol that did not get the value it was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Lost {
    symbol: String,
    wanted: String,
    got: String,
    fragment: String,
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "CONFIG_{}: {}.config asks for {}, Kconfig says {}",
            self.symbol, self.fragment, self.wanted, self.got
        )
    }
}

/// What the fragments ask for, later ones overriding earlier ones, against
/// what there is. A symbol that is absent counts as `n`.
fn lost(got: &Symbols, fragments: &[Fragment]) -> Vec<Lost> {
    let mut wanted: BTreeMap<&str, (&str, &str)> = BTreeMap::new();
    for fragment in fragments {
        for (name, value) in &fragment.symbols {
            wanted.insert(name, (value, &fragment.name));
        }
    }
    wanted
        .into_iter()
        .filter_map(|(symbol, (value, fragment))| {
            let got = got.get(symbol).map_or("n", String::as_str);
            (got != value).then(|| Lost {
                symbol: symbol.to_owned(),
                wanted: value.to_owned(),
                got: got.to_owned(),
                fragment: fragment.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fragment(name: &str, text: &str) -> Fragment {
        Fragment {
            name: name.into(),
            symbols: parse(text).unwrap(),
        }
    }

    #[test]
    fn a_lost_symbol_is_named_with_its_fragment() {
        let got = parse("CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=m\n").unwrap();
        let lost = lost(
            &got,
            &[
                fragment("base", "CONFIG_A=y\nCONFIG_B=y\n"),
                fragment("vfio", "CONFIG_C=y\nCONFIG_D=m\n"),
            ],
        );
        let lines: Vec<String> = lost.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "CONFIG_B: base.config asks for y, Kconfig says n",
                "CONFIG_C: vfio.config asks for y, Kconfig says m",
                "CONFIG_D: vfio.config asks for m, Kconfig says n",
            ]
        );
    }

    #[test]
    fn a_later_fragment_overrides_and_a_symbol_can_be_switched_off() {
        let all = [
            fragment("base", "CONFIG_A=y\nCONFIG_B=y\n"),
            fragment("debug", "# CONFIG_A is not set\n"),
        ];
        assert_eq!(
            merge(Symbols::new(), &all),
            "# CONFIG_A is not set\nCONFIG_B=y\n"
        );
        let got = parse("CONFIG_B=y\n").unwrap();
        assert_eq!(lost(&got, &all), []);
    }

    #[test]
    fn what_is_asked_for_comes_after_what_was_there() {
        let tiny = parse("CONFIG_KERNEL_XZ=y\nCONFIG_A=y\n").unwrap();
        let text = merge(
            tiny,
            &[fragment("base", "CONFIG_KERNEL_GZIP=y\nCONFIG_A=m\n")],
        );
        assert_eq!(
            text,
            "CONFIG_KERNEL_XZ=y\nCONFIG_A=m\nCONFIG_KERNEL_GZIP=y\n"
        );
    }

    #[test]
    fn a_line_that_is_no_assignment_is_refused() {
        assert_eq!(parse("CONFIG_A=y\nVFIO=m\n"), Err("VFIO=m".into()));
    }
}
