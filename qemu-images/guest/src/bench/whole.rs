// SPDX-License-Identifier: GPL-2.0-only
//! One mapping of the whole region, and its end: what a VM monitor does with
//! the memory of its guest.

use anyhow::{Context, Result, ensure};

use super::meter::Meter;
use super::rig::{Rig, pages};
use super::space::Space;
use crate::context::IOVA;
use crate::memory::{PAGE, Region};
use crate::protocol::{Cell, Op};

pub(super) fn measure(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    let rig = Rig::new(cell)?;
    one_mapping(meter, &rig.space, &rig.region, 0..pages(cell)?, IOVA)
}

/// Maps and unmaps a range of pages with one call each.
pub(super) fn one_mapping(
    meter: &Meter,
    space: &Space,
    region: &Region,
    range: std::ops::Range<usize>,
    iova: u64,
) -> Result<Vec<(Op, u64)>> {
    let bytes = (range.len() * PAGE) as u64;
    meter.repeat(|| {
        let (mapped, map) = meter.time(Op::Map, || {
            space.map(region, range.start, range.len(), iova)
        });
        mapped.context("cannot map")?;
        let (unmapped, unmap) = meter.time(Op::Unmap, || space.unmap(iova, bytes));
        ensure!(
            unmapped.context("cannot unmap")? == bytes,
            "not all was unmapped"
        );
        Ok(vec![(Op::Map, map), (Op::Unmap, unmap)])
    })
}
