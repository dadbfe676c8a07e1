// SPDX-License-Identifier: GPL-2.0-only
//! The differential test of the kernel-doc rules: sources of a kernel through
//! its own scripts/kernel-doc, and what is found here.
//!
//!     KERNEL=DIR DRAW=300 SEED=1 cargo test -p checks --test kernel_doc -- --ignored --nocapture

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use checks::{KernelDocKind as Kind, kernel_doc_faults};

/// Kind, name in the code, parameter or name in the comment.
type Fault = (Kind, String, String);

fn number(name: &str, other: u64) -> u64 {
    std::env::var(name).map_or(other, |text| text.parse().unwrap())
}

/// The sources with kernel-doc comments, sorted.
fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).unwrap().flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            sources(&path, found);
        } else if kind.is_file() && path.extension().is_some_and(|end| end == "c" || end == "h") {
            let text = std::fs::read(&path).unwrap();
            if text.split(|byte| *byte == b'\n').any(|line| line == b"/**") {
                found.push(path);
            }
        }
    }
}

/// The words between quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('\'').skip(1).step_by(2).collect()
}

/// A warning of the script, as far as it is about what is compared.
fn fault(message: &str) -> Option<Fault> {
    let words = quoted(message);
    let pair = |kind| {
        Some((
            kind,
            (*words.get(1)?).to_owned(),
            (*words.first()?).to_owned(),
        ))
    };
    if message.contains(" not described in ") {
        return pair(Kind::Missing);
    }
    if message.starts_with("Excess ") {
        let (kind, name, what) = pair(Kind::Excess)?;
        return Some((kind, name, what.trim_start_matches('@').to_owned()));
    }
    if message.starts_with("No description found for return value") {
        return Some((Kind::Return, (*words.first()?).to_owned(), String::new()));
    }
    let rest = message.strip_prefix("expecting prototype for ")?;
    let (comment, code) = rest.split_once(". Prototype was for ")?;
    let name = |text: &str| {
        let text = text.trim_end_matches(" instead").trim_end_matches("()");
        text.rsplit(' ').next().unwrap_or_default().to_owned()
    };
    Some((Kind::Name, name(code), name(comment)))
}

#[test]
#[ignore = "needs a kernel in KERNEL, and python3"]
fn the_faults_are_those_of_the_script() {
    let kernel = PathBuf::from(std::env::var("KERNEL").unwrap());
    let mut all = Vec::new();
    sources(&kernel, &mut all);
    let (mut state, draw) = (number("SEED", 1), number("DRAW", 300));
    let mut counts: BTreeMap<Kind, [usize; 3]> = BTreeMap::new();
    for _ in 0..draw.min(all.len() as u64) {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let at = usize::try_from((state >> 33) % all.len() as u64).unwrap();
        let path = all.swap_remove(at);
        let output = Command::new("python3")
            .arg(kernel.join("scripts/kernel-doc"))
            .args(["-none", "-Wreturn"])
            .arg(&path)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        // It says some twice.
        let mut theirs: BTreeSet<Fault> = said
            .lines()
            .filter_map(|line| line.strip_prefix("Warning: ")?.split_once(' ')?.1.into())
            .filter_map(fault)
            .collect();
        let ours = kernel_doc_faults(&std::fs::read(&path).unwrap());
        let ours: BTreeSet<Fault> = ours
            .into_iter()
            .map(|fault| (fault.kind, fault.name, fault.what))
            .collect();
        for ours in ours {
            let row = counts.entry(ours.0).or_default();
            if theirs.remove(&ours) {
                row[0] += 1;
            } else {
                row[1] += 1;
                println!("only here  {} {ours:?}", path.display());
            }
        }
        for other in theirs {
            counts.entry(other.0).or_default()[2] += 1;
            println!("only there {} {other:?}", path.display());
        }
    }
    println!("kind, both, only here, only there");
    let mut total = [0; 3];
    for (kind, row) in &counts {
        println!("{kind:?} {row:?}");
        (0..3).for_each(|at| total[at] += row[at]);
    }
    println!("all {total:?}");
    let part = |other: usize| total[0] as f64 / (total[0] + other).max(1) as f64;
    assert!(part(total[1]) >= 0.95 && part(total[2]) >= 0.95);
}
