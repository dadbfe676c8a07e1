// SPDX-License-Identifier: GPL-2.0-only
//! How fast texts are checked, in bytes a second: patches, and the sources that
//! they would make if all of them were new. The text is that of the series'
//! patches, so that everybody measures the same.

use std::collections::BTreeMap;
use std::hint::black_box;
use std::path::Path;

use checks::{Input, Kind, Nowhere, Options};
use criterion::{Criterion, Throughput};

/// All patches of the series, one after the other.
fn patches() -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../linux-patches");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("the series is part of the repository")
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .flat_map(|entry| std::fs::read_dir(entry.path()).into_iter().flatten())
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|end| end == "patch"))
        .collect();
    paths.sort();
    let texts: Vec<Vec<u8>> = paths.iter().flat_map(std::fs::read).collect();
    texts.concat()
}

/// The lines that patches add, file by file.
fn sources(patches: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let mut sources: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut name = String::new();
    for line in patches.split_inclusive(|byte| *byte == b'\n') {
        if let Some(path) = line.strip_prefix(b"+++ b/") {
            name = String::from_utf8_lossy(path).trim_end().to_owned();
        } else if let Some(line) = line.strip_prefix(b"+") {
            sources.entry(name.clone()).or_default().extend(line);
        }
    }
    sources
}

fn check(criterion: &mut Criterion) {
    let patches = patches();
    let sources = sources(&patches);
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let file = |(name, text): (&'_ String, &'_ Vec<u8>)| (name.clone(), text.clone(), Kind::File);
    let files: Vec<_> = sources.iter().map(file).collect();
    let patch = vec![("a.patch".to_owned(), patches, Kind::Patch)];
    let mut group = criterion.benchmark_group("check");
    for (what, texts) in [("file", files), ("patch", patch)] {
        let inputs: Vec<Input<'_>> = texts
            .iter()
            .map(|(name, text, kind)| Input {
                name,
                text,
                kind: *kind,
            })
            .collect();
        let bytes: usize = inputs.iter().map(|input| input.text.len()).sum();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(what, |bencher| {
            bencher.iter(|| {
                let check = |input: &Input<'_>| checks::check(black_box(input), &options, &Nowhere);
                inputs
                    .iter()
                    .map(check)
                    .map(|found| found.len())
                    .sum::<usize>()
            });
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    check(&mut criterion);
    criterion.final_summary();
}
