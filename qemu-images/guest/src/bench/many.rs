// SPDX-License-Identifier: GPL-2.0-only
//! A mapping for each 4 KiB: what a driver in user space does that maps its
//! buffers one by one. The cost is that of all calls together.

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use super::meter::Meter;
use super::rig::{Rig, pages};
use crate::context::IOVA;
use crate::memory::PAGE;
use crate::protocol::{Cell, Op};

/// Every second page of the address space stays free.
fn iova(page: usize) -> u64 {
    IOVA + (2 * page * PAGE) as u64
}

/// Unmapped one by one.
pub(super) fn one_by_one(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    measure(cell, meter, |rig, pages| {
        (0..pages).try_fold(0, |sum, page| {
            Ok(sum + rig.space.unmap(iova(page), PAGE as u64)?)
        })
    })
}

/// Unmapped all at once.
pub(super) fn at_once(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    measure(cell, meter, |rig, _| rig.space.unmap_all())
}

fn measure(
    cell: &Cell,
    meter: &Meter,
    unmap: impl Fn(&Rig, usize) -> Result<u64, Errno>,
) -> Result<Vec<(Op, u64)>> {
    let rig = Rig::new(cell)?;
    let pages = pages(cell)?;
    meter.repeat(|| {
        let (mapped, map_cost) = meter.time(Op::Map, || {
            (0..pages).try_for_each(|page| rig.space.map(&rig.region, page, 1, iova(page)))
        });
        mapped.context("cannot map")?;
        let (unmapped, unmap_cost) = meter.time(Op::Unmap, || unmap(&rig, pages));
        ensure!(
            unmapped.context("cannot unmap")? == (pages * PAGE) as u64,
            "not all was unmapped"
        );
        Ok(vec![(Op::Map, map_cost), (Op::Unmap, unmap_cost)])
    })
}
