// SPDX-License-Identifier: GPL-2.0-only
//! How fast texts are checked, in bytes a second: a patch, and the source that
//! it would be if all of it were new. The text is that of the series' patches,
//! so that everybody measures the same.

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

/// The lines that patches add.
fn source(patches: &[u8]) -> Vec<u8> {
    let lines = patches.split_inclusive(|byte| *byte == b'\n');
    let added = lines.filter(|line| line.starts_with(b"+") && !line.starts_with(b"+++"));
    added.flat_map(|line| &line[1..]).copied().collect()
}

fn check(criterion: &mut Criterion) {
    let patches = patches();
    let source = source(&patches);
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let mut group = criterion.benchmark_group("check");
    for (name, file, text, kind) in [
        ("file", "drivers/vfio/a.c", &source, Kind::File),
        ("patch", "a.patch", &patches, Kind::Patch),
    ] {
        let input = Input {
            name: file,
            text,
            kind,
        };
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| checks::check(black_box(&input), &options, &Nowhere));
        });
    }
    group.finish();
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    check(&mut criterion);
    criterion.final_summary();
}
