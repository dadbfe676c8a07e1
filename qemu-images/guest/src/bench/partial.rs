// SPDX-License-Identifier: GPL-2.0-only
//! Mappings that huge pages do not fit: one that begins and ends inside a huge
//! page, and one of whole huge pages at an IOVA that is off by 4 KiB, so that
//! the IOMMU has to map each 4 KiB.

use anyhow::Result;

use super::meter::Meter;
use super::rig::{Rig, pages};
use super::whole::one_mapping;
use crate::context::IOVA;
use crate::memory::PAGE;
use crate::protocol::{Cell, Op};

/// Address and IOVA agree, but the first and the last 4 KiB are left out.
pub(super) fn inside(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    let rig = Rig::new(cell)?;
    let range = 1..pages(cell)?.saturating_sub(1);
    one_mapping(meter, &rig.space, &rig.region, range, IOVA + PAGE as u64)
}

/// The address is one of a huge page, the IOVA is not.
pub(super) fn misaligned(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    let rig = Rig::new(cell)?;
    let range = 0..pages(cell)?;
    one_mapping(meter, &rig.space, &rig.region, range, IOVA + PAGE as u64)
}
