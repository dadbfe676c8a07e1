// SPDX-License-Identifier: GPL-2.0-only
//! A fixed part of the differential test: patches that set off nearly every
//! rule, with what checkpatch.pl of Linux 7.3 said of them (`--strict
//! --no-tree`): line, level, type.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use checks::{Input, Kind, Nowhere, Options};

/// The script reads these lists from where it lies, tree or not.
const LISTS: [&str; 2] = ["TYPO_SPELLING", "CONST_STRUCT"];

fn count(lines: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

#[test]
fn the_findings_are_those_of_checkpatch() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity");
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let (mut wrong, mut types) = (Vec::new(), BTreeSet::new());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|end| end != "patch") {
            continue;
        }
        let text = std::fs::read(&path).unwrap();
        let expected = std::fs::read_to_string(path.with_extension("expected")).unwrap();
        let input = Input {
            name: "a.patch",
            text: &text,
            kind: Kind::Patch,
        };
        let found = checks::check(&input, &options, &Nowhere);
        let listed = |line: &String| LISTS.iter().any(|name| line.ends_with(name));
        let theirs = count(
            expected
                .lines()
                .map(str::to_owned)
                .filter(|line| !listed(line)),
        );
        let ours = count(
            found
                .iter()
                .filter(|found| checks::rule(found.kind).unwrap().is_checkpatch())
                .map(|found| format!("{} {} {}", found.line, found.level, found.kind))
                .filter(|line| !listed(line)),
        );
        types.extend(found.iter().map(|found| found.kind));
        let all: BTreeSet<&String> = theirs.keys().chain(ours.keys()).collect();
        for line in all {
            if theirs.get(line) != ours.get(line) {
                let (theirs, ours) = (theirs.get(line), ours.get(line));
                wrong.push(format!(
                    "{}: {line}: {theirs:?}, not {ours:?}",
                    path.display()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(types.len() > 180, "only {} types", types.len());
}
