// SPDX-License-Identifier: GPL-2.0-only
//! One mapping of huge pages from a pool in which no two free pages are
//! neighbours in memory, as in a host that has been up for long.

use anyhow::{Result, ensure};

use super::meter::Meter;
use super::pool;
use super::rig::{backing, pages};
use super::space::Space;
use super::whole::one_mapping;
use crate::context::IOVA;
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::protocol::{Cell, Op};

/// The pool has as many pages again as the cell needs.
pub(super) fn measure(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    let pages = pages(cell)?;
    let all = Region::new(Backing::Huge2M, 2 * pages)?;
    // Every second one goes back to the pool.
    for page in pool::in_memory(&all)?.into_iter().skip(1).step_by(2) {
        all.punch(page * PAGES_2M, PAGES_2M)?;
    }
    let region = Region::new(backing(cell)?, pages)?;
    let mut frames = (0..pages / PAGES_2M)
        .map(|page| kernel::frame(region.address(page * PAGES_2M)))
        .collect::<Result<Vec<_>>>()?;
    frames.sort_unstable();
    ensure!(
        frames
            .windows(2)
            .all(|pair| pair[1] - pair[0] > PAGES_2M as u64),
        "huge pages are neighbours"
    );
    let space = Space::open(cell.api)?;
    one_mapping(meter, &space, &region, 0..pages, IOVA)
}
