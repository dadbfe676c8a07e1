// SPDX-License-Identifier: GPL-2.0-only
//! Memory of pages of all sizes in one piece: 4 KiB, transparent huge pages,
//! hugetlb of 2 MiB and of 1 GiB. Mapped by one call, and by one for each size.

use std::ops::Range;

use anyhow::{Context, Result, ensure};

use super::meter::Meter;
use super::pool;
use super::rig::ballast_of;
use super::space::Space;
use super::whole::one_mapping;
use crate::context::IOVA;
use crate::memory::{Backing, PAGE, PAGES_1G, PAGES_2M, Region};
use crate::protocol::{Cell, Op};

/// The last piece, which begins on a boundary of 1 GiB; before it the others.
const HUGE_1G: Range<usize> = PAGES_1G..2 * PAGES_1G;
const HUGE_2M: Range<usize> = PAGES_1G - 32 * PAGES_2M..PAGES_1G;
const THP: Range<usize> = HUGE_2M.start - 32 * PAGES_2M..HUGE_2M.start;
const SMALL: Range<usize> = THP.start - 8 * PAGES_2M..THP.start;
const ALL: Range<usize> = SMALL.start..HUGE_1G.end;

/// Pages of 2 MiB that the pool needs.
pub(super) const POOL_2M: u32 = 32;

/// Bytes.
pub(super) const SIZE: u64 = (ALL.end - ALL.start) as u64 * PAGE as u64;

/// By one call.
pub(super) fn whole(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    let region = memory(cell)?;
    one_mapping(
        meter,
        &Space::open(cell.api)?,
        &region,
        ALL,
        IOVA + start(&ALL),
    )
}

/// By one for each size.
pub(super) fn parts(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    let region = memory(cell)?;
    let space = Space::open(cell.api)?;
    let parts = [SMALL, THP, HUGE_2M, HUGE_1G];
    meter.repeat(|| {
        let (mapped, map) = meter.time(Op::Map, || {
            parts
                .iter()
                .try_for_each(|part| space.map(&region, part.start, part.len(), IOVA + start(part)))
        });
        mapped.context("cannot map")?;
        let (unmapped, unmap) = meter.time(Op::Unmap, || {
            parts.iter().try_fold(0, |sum, part| {
                Ok::<_, nix::errno::Errno>(
                    sum + space.unmap(IOVA + start(part), (part.len() * PAGE) as u64)?,
                )
            })
        });
        ensure!(
            unmapped.context("cannot unmap")? == SIZE,
            "not all was unmapped"
        );
        Ok(vec![(Op::Map, map), (Op::Unmap, unmap)])
    })
}

fn start(part: &Range<usize>) -> u64 {
    (part.start * PAGE) as u64
}

/// Two gibibytes of addresses, of which those before [`ALL`] stay unused.
fn memory(cell: &Cell) -> Result<Region> {
    ensure!(cell.size_bytes == SIZE, "a mixed cell has {SIZE} bytes");
    let _ballast = [Backing::Small, Backing::Thp]
        .map(ballast_of)
        .into_iter()
        .collect::<Result<Vec<_>>>()?;
    pool::tidy(HUGE_2M.len() / PAGES_2M)?;
    let region = Region::anonymous(3 * PAGES_1G, 0)?.aligned(PAGES_1G);
    region.advise(SMALL.start, SMALL.len(), libc::MADV_NOHUGEPAGE)?;
    region.advise(THP.start, THP.len(), libc::MADV_HUGEPAGE)?;
    for (part, flag) in [(HUGE_2M, libc::MAP_HUGE_2MB), (HUGE_1G, libc::MAP_HUGE_1GB)] {
        region
            .replace(part.start, part.len(), libc::MAP_HUGETLB | flag)
            .context("no huge page")?;
    }
    for page in ALL {
        region.write(page, 0, 0);
    }
    Ok(region)
}
