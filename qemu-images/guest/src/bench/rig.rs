// SPDX-License-Identifier: GPL-2.0-only
//! What a cell is measured on: memory of its kind, and an address space.

use anyhow::{Context, Result, ensure};

use super::pool;
use super::space::Space;
use crate::memory::{Backing, PAGE, PAGES_2M, Region};
use crate::protocol::Cell;

/// 128 MiB: several times what a boot leaves in small blocks.
const BALLAST_PAGES: usize = 128 << 8;

/// Dropped in this order.
pub(super) struct Rig {
    pub(super) space: Space,
    pub(super) region: Region,
    _ballast: Option<Region>,
}

impl Rig {
    /// Memory of the cell's kind and size, and an address space.
    pub(super) fn new(cell: &Cell) -> Result<Self> {
        let ballast = ballast(cell)?;
        Ok(Self {
            _ballast: ballast,
            ..Self::bare(cell)?
        })
    }

    /// The same for a process whose parent holds the ballast.
    pub(super) fn bare(cell: &Cell) -> Result<Self> {
        let backing = backing(cell)?;
        let pages = pages(cell)?;
        ensure!(pages > 0, "there is nothing to map");
        // A cell of 4 KiB mappings may end within a huge page.
        let whole = pages.next_multiple_of(backing.unit());
        if matches!(backing, Backing::Huge2M | Backing::Shared2M) {
            pool::tidy(whole / PAGES_2M)?;
        }
        Ok(Self {
            region: Region::new(backing, whole)?,
            space: Space::open(cell.api)?,
            _ballast: None,
        })
    }
}

/// Pages are taken from the smallest free blocks first, and what boot left of
/// those decides how contiguous the pages are. This takes them up.
pub(super) fn ballast(cell: &Cell) -> Result<Option<Region>> {
    match backing(cell)? {
        Backing::Small | Backing::Shared => ballast_of(Backing::Small).map(Some),
        Backing::Thp => ballast_of(Backing::Thp).map(Some),
        _ => Ok(None),
    }
}

/// The same for pages of this kind.
pub(super) fn ballast_of(backing: Backing) -> Result<Region> {
    Region::new(backing, BALLAST_PAGES)
}

/// The backing of a cell that has one.
pub(super) fn backing(cell: &Cell) -> Result<Backing> {
    Backing::ALL
        .into_iter()
        .find(|backing| backing.name() == cell.backing)
        .with_context(|| format!("there is no backing {}", cell.backing))
}

/// Pages of 4 KiB in a cell.
pub(super) fn pages(cell: &Cell) -> Result<usize> {
    Ok(usize::try_from(cell.size_bytes)? / PAGE)
}
