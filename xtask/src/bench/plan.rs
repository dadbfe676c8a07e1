// SPDX-License-Identifier: GPL-2.0-only
//! What is measured, and in which order. Pure.

use guest::bench::MIXED_BYTES;
use guest::memory::Backing;
use guest::protocol::{BenchApi, Cell, MIXED, Workload};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// 10,000 pages of 4 KiB.
const ENTRIES: u64 = 10_000 << 12;

use Backing::{Huge1G, Huge2M, Shared, Shared1G, Shared2M, Small, Thp};
use BenchApi::{Iommufd, IommufdCompat, IommufdFile, Type1};

/// A workload on a backing at some sizes: three where that costs little, so that
/// the law of growth shows and its residual means something.
type Row = (Workload, BenchApi, Backing, &'static [u64]);

const FULL: &[Row] = &[
    (
        Workload::Whole,
        Type1,
        Small,
        &[16 * MIB, 64 * MIB, 256 * MIB],
    ),
    (Workload::Whole, Type1, Thp, &[64 * MIB, 256 * MIB, GIB]),
    (Workload::Whole, Type1, Huge2M, &[64 * MIB, 256 * MIB, GIB]),
    (Workload::Whole, Type1, Huge1G, &[GIB, 2 * GIB]),
    (Workload::Whole, Type1, Shared, &[16 * MIB, 64 * MIB]),
    (Workload::Whole, Type1, Shared2M, &[64 * MIB, 256 * MIB]),
    (Workload::Whole, Type1, Shared1G, &[GIB]),
    (Workload::Whole, IommufdCompat, Small, &[16 * MIB, 64 * MIB]),
    (Workload::Whole, IommufdCompat, Thp, &[64 * MIB, 256 * MIB]),
    (
        Workload::Whole,
        IommufdCompat,
        Huge2M,
        &[64 * MIB, 256 * MIB],
    ),
    (Workload::Whole, IommufdCompat, Huge1G, &[GIB]),
    (Workload::Whole, Iommufd, Small, &[16 * MIB, 64 * MIB]),
    (Workload::Whole, Iommufd, Thp, &[64 * MIB, 256 * MIB]),
    (Workload::Whole, Iommufd, Huge2M, &[64 * MIB, 256 * MIB]),
    (Workload::Whole, Iommufd, Huge1G, &[GIB, 2 * GIB]),
    (Workload::Whole, IommufdFile, Shared, &[16 * MIB, 64 * MIB]),
    (
        Workload::Whole,
        IommufdFile,
        Shared2M,
        &[64 * MIB, 256 * MIB],
    ),
    (Workload::Whole, IommufdFile, Shared1G, &[GIB, 2 * GIB]),
    (Workload::Exit, Type1, Small, &[16 * MIB, 64 * MIB]),
    (Workload::Exit, Type1, Huge2M, &[64 * MIB, 256 * MIB]),
    (Workload::Exit, Type1, Huge1G, &[GIB]),
    (Workload::Exit, Iommufd, Huge2M, &[64 * MIB, 256 * MIB]),
    (Workload::Partial, Type1, Huge2M, &[64 * MIB, 256 * MIB]),
    (Workload::Partial, Type1, Huge1G, &[GIB]),
    (Workload::Misaligned, Type1, Huge2M, &[16 * MIB, 64 * MIB]),
    (Workload::Many, Type1, Small, &[4 * MIB, 16 * MIB]),
    (Workload::Many, Type1, Huge2M, &[4 * MIB, 16 * MIB]),
    (Workload::Many, Iommufd, Small, &[4 * MIB, 16 * MIB]),
    (Workload::Entries, Type1, Small, &[ENTRIES]),
    (Workload::Limit, Type1, Small, &[64 * MIB]),
    (Workload::Limit, Type1, Huge2M, &[256 * MIB]),
    (Workload::Fragmented, Type1, Huge2M, &[64 * MIB, 256 * MIB]),
    (
        Workload::Fragmented,
        Iommufd,
        Huge2M,
        &[64 * MIB, 256 * MIB],
    ),
];

/// For a first answer.
const QUICK: &[Row] = &[
    (Workload::Whole, Type1, Small, &[16 * MIB, 64 * MIB]),
    (Workload::Whole, Type1, Thp, &[64 * MIB, 256 * MIB]),
    (Workload::Whole, Type1, Huge2M, &[64 * MIB, 256 * MIB]),
    (Workload::Whole, Type1, Huge1G, &[GIB]),
    (Workload::Exit, Type1, Huge2M, &[64 * MIB]),
    (Workload::Partial, Type1, Huge2M, &[64 * MIB]),
    (Workload::Many, Type1, Small, &[4 * MIB]),
];

/// Memory of all sizes of pages, and what maps it.
const FULL_MIXED: &[(Workload, BenchApi)] = &[
    (Workload::Mixed, Type1),
    (Workload::Parts, Type1),
    (Workload::Mixed, Iommufd),
];

/// The cells.
pub fn cells(quick: bool) -> Vec<Cell> {
    let (rows, mixed) = if quick {
        (QUICK, &[][..])
    } else {
        (FULL, FULL_MIXED)
    };
    let plain = rows.iter().flat_map(|&(workload, api, backing, sizes)| {
        sizes.iter().map(move |&size_bytes| Cell {
            api,
            workload,
            backing: backing.name().to_owned(),
            size_bytes,
        })
    });
    let mixed = mixed.iter().map(|&(workload, api)| Cell {
        api,
        workload,
        backing: MIXED.to_owned(),
        size_bytes: MIXED_BYTES,
    });
    plain.chain(mixed).collect()
}

/// A boot to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// From 1. The luck of a round is the same for all variants.
    pub round: u32,
    /// Of the variant.
    pub subject: usize,
}

/// The boots: whatever drifts meets all variants alike.
pub fn boots(variants: usize, rounds: u32) -> Vec<Turn> {
    (1..=rounds)
        .flat_map(|round| (0..variants).map(move |subject| Turn { round, subject }))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boots_take_turns() {
        let turns = boots(2, 2);
        let pairs: Vec<_> = turns
            .iter()
            .map(|turn| (turn.round, turn.subject))
            .collect();
        assert_eq!(pairs, [(1, 0), (1, 1), (2, 0), (2, 1)]);
    }

    #[test]
    fn no_cell_is_there_twice_and_each_can_be_made() {
        for cells in [cells(false), cells(true)] {
            let mut unique = cells.clone();
            unique.sort();
            unique.dedup();
            assert_eq!(unique.len(), cells.len());
            for cell in cells.iter().filter(|cell| cell.backing != MIXED) {
                let backing = Backing::ALL
                    .into_iter()
                    .find(|backing| backing.name() == cell.backing)
                    .unwrap();
                let unit = match cell.workload {
                    Workload::Many | Workload::Entries => 1,
                    _ => backing.unit() as u64,
                };
                assert_eq!(cell.size_bytes % (unit * 4096), 0);
                // A file is mapped only where there is one.
                let shared = backing.name().starts_with("memfd");
                assert!(shared || cell.api != IommufdFile, "{cell:?}");
            }
        }
    }

    #[test]
    fn a_quick_run_can_be_compared_with_a_full_one() {
        let full = cells(false);
        assert!(cells(true).iter().all(|cell| full.contains(cell)));
    }
}
