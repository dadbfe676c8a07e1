// SPDX-License-Identifier: GPL-2.0-only
//! One mapping of the whole region, and its end: what a VM monitor does with
//! the memory of its guest.

use anyhow::{Context, Result, ensure};

use super::counter;
use crate::context::IOVA;
use crate::memory::{Backing, PAGE, Region};
use crate::pci;
use crate::protocol::{BenchApi, Cell, Op};
use crate::vfio::{Api, Container, READ, WRITE};

/// Times within a boot. The first ones fill the caches of the allocators and
/// are not counted; of the others the median is.
const WARM_UP: usize = 2;
const COUNTED: usize = 3;

/// 128 MiB: several times what a boot leaves in small blocks.
const BALLAST_PAGES: usize = 128 << 8;

pub(super) fn measure(cell: &Cell, backing: Backing) -> Result<[(Op, u64); 2]> {
    let pages = usize::try_from(cell.size_bytes)? / PAGE;
    ensure!(
        pages > 0 && pages.is_multiple_of(backing.unit()),
        "{} bytes are no whole number of pages",
        cell.size_bytes
    );
    // Pages are taken from the smallest free blocks first, and what boot left
    // of those decides how contiguous the pages are. This takes them up.
    let _ballast = matches!(backing, Backing::Small | Backing::Shared | Backing::Thp)
        .then(|| {
            Region::new(
                if backing == Backing::Thp {
                    backing
                } else {
                    Backing::Small
                },
                BALLAST_PAGES,
            )
        })
        .transpose()?;
    let region = Region::new(backing, pages)?;
    let device = pci::nvme_controllers()?
        .into_iter()
        .next()
        .context("there is no device")?;
    let container = match cell.api {
        BenchApi::Type1 => Container::open(Api::V2, &[&device])?,
        BenchApi::IommufdCompat => Container::open_compat(Api::V2, &[&device])?,
    };
    let (mut map, mut unmap) = (Vec::new(), Vec::new());
    for turn in 0..WARM_UP + COUNTED {
        counter::settle();
        let start = counter::now();
        let mapped = container.map(&region, 0, pages, IOVA, READ | WRITE);
        let map_cost = counter::now() - start;
        mapped.context("cannot map")?;
        counter::settle();
        let start = counter::now();
        let unmapped = container.unmap(IOVA, region.bytes());
        let unmap_cost = counter::now() - start;
        ensure!(
            unmapped.context("cannot unmap")? == region.bytes(),
            "not all was unmapped"
        );
        if turn >= WARM_UP {
            map.push(map_cost);
            unmap.push(unmap_cost);
        }
    }
    Ok([(Op::Map, median(map)), (Op::Unmap, median(unmap))])
}

/// Of an odd number of values.
fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values[values.len() / 2]
}
