// SPDX-License-Identifier: GPL-2.0-only
//! What is measured, and in which order. Pure.

use guest::memory::Backing;
use guest::protocol::{BenchApi, Cell};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Sizes of each backing: three where the guest holds them, so that the law of
/// growth shows and its residual means something.
const FULL: [(Backing, &[u64]); 6] = [
    (Backing::Small, &[16 * MIB, 64 * MIB, 256 * MIB]),
    (Backing::Thp, &[64 * MIB, 256 * MIB, GIB]),
    (Backing::Huge2M, &[64 * MIB, 256 * MIB, GIB]),
    (Backing::Shared2M, &[64 * MIB, 256 * MIB, GIB]),
    (Backing::Huge1G, &[GIB, 2 * GIB]),
    (Backing::Shared, &[16 * MIB, 64 * MIB, 256 * MIB]),
];

/// For a first answer.
const QUICK: [(Backing, &[u64]); 4] = [
    (Backing::Small, &[16 * MIB, 64 * MIB]),
    (Backing::Thp, &[64 * MIB, 256 * MIB]),
    (Backing::Huge2M, &[64 * MIB, 256 * MIB]),
    (Backing::Huge1G, &[GIB]),
];

/// The cells, those of one API after those of the other.
pub fn cells(quick: bool) -> Vec<Cell> {
    let (apis, backings): (&[BenchApi], &[(Backing, &[u64])]) = if quick {
        (&[BenchApi::Type1], &QUICK)
    } else {
        (&[BenchApi::Type1, BenchApi::IommufdCompat], &FULL)
    };
    let mut cells = Vec::new();
    for &api in apis {
        for (backing, sizes) in backings {
            cells.extend(sizes.iter().map(|&size_bytes| Cell {
                api,
                backing: backing.name().to_owned(),
                size_bytes,
            }));
        }
    }
    cells
}

/// Which variant each boot is of, as indices: whatever drifts meets all alike.
pub fn boots(variants: usize, boots_each: u32) -> Vec<usize> {
    (0..boots_each).flat_map(|_| 0..variants).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boots_take_turns() {
        assert_eq!(boots(2, 3), [0, 1, 0, 1, 0, 1]);
    }

    #[test]
    fn no_cell_is_there_twice_and_each_is_whole_pages() {
        let cells = cells(false);
        let mut unique = cells.clone();
        unique.sort();
        unique.dedup();
        assert_eq!(unique.len(), cells.len());
        for cell in cells {
            let backing = Backing::ALL
                .into_iter()
                .find(|backing| backing.name() == cell.backing)
                .unwrap();
            assert_eq!(cell.size_bytes % (backing.unit() as u64 * 4096), 0);
        }
    }
}
