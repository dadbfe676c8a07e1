// SPDX-License-Identifier: GPL-2.0-only
//! Proves that several domains in one container are one: what is mapped is
//! mapped in all of them, to the same pages, pinned and accounted once; a
//! domain that comes later gets all of it, one that goes takes nothing along,
//! and what is unmapped is unmapped everywhere.

use anyhow::{Context, Result, ensure};

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::probe::{self, Probe, SECOND};
use crate::vfio::{Api, Container, READ, WRITE};

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let probe = Probe::load()?;
    let _second = probe.second_iommu()?;
    for backing in [
        Backing::Small,
        Backing::Thp,
        Backing::Huge2M,
        Backing::Shared2M,
    ] {
        ctx.case(&format!("{}_mapped_in_both", backing.name()), |ctx| {
            mapped_in_both(ctx, &probe, backing)
        });
        ctx.case(&format!("{}_second_comes_later", backing.name()), |ctx| {
            second_later(ctx, &probe, backing)
        });
    }
    ctx.case("hugetlb_2m_scattered", |ctx| {
        let order: Vec<usize> = (0..12).map(|page| page * 5 % 12).collect();
        let region = Region::shared_2m(&order)?;
        follows(ctx, &probe, &region)
    });
    ctx.case("mixed", |ctx| {
        let region = Region::mixed()?;
        follows(ctx, &probe, &region)
    });
    Ok(())
}

/// A range of a region at an IOVA that is not congruent with it.
struct Range<'a> {
    region: &'a Region,
    first: usize,
    pages: usize,
}

impl Range<'_> {
    fn iova(&self, page: usize) -> u64 {
        IOVA + ((page + 3) as u64) * 4096
    }

    fn map(&self, container: &Container) -> Result<()> {
        container.map(
            self.region,
            self.first,
            self.pages,
            self.iova(self.first),
            READ | WRITE,
        )?;
        Ok(())
    }

    fn unmap(&self, container: &Container) -> Result<()> {
        let bytes = (self.pages as u64) * 4096;
        let unmapped = container.unmap(self.iova(self.first), bytes)?;
        ensure!(
            unmapped == bytes,
            "{unmapped} of {bytes} bytes were unmapped"
        );
        Ok(())
    }

    /// The `index`-th device of the container, the one behind the second IOMMU,
    /// gets to each page of the range, and to nothing beside it.
    fn led_to(&self, container: &Container, index: usize, probe: &Probe) -> Result<()> {
        let device = container.device(index);
        for page in self.first..self.first + self.pages {
            let wanted = probe.page(self.region, page)?.pfn;
            let found = probe::translate(device, self.iova(page))?;
            ensure!(
                found == Some(wanted),
                "page {page} is frame {wanted:#x}, and translated to {found:x?}"
            );
        }
        for outside in [
            self.iova(self.first) - 4096,
            self.iova(self.first + self.pages),
        ] {
            let found = probe::translate(device, outside)?;
            ensure!(found.is_none(), "{outside:#x} is translated to {found:x?}");
        }
        Ok(())
    }

    fn led_nowhere(&self, container: &Container, index: usize) -> Result<()> {
        for page in self.first..self.first + self.pages {
            let found = probe::translate(container.device(index), self.iova(page))?;
            ensure!(
                found.is_none(),
                "page {page} is still translated to {found:x?}"
            );
        }
        Ok(())
    }

    fn accounted_once(&self, pins: i64, locked: i64) -> Result<()> {
        let pages = self.pages as i64;
        ensure!(
            kernel::pins()? == pins + pages,
            "{} pins for {pages} pages",
            kernel::pins()? - pins
        );
        ensure!(
            kernel::locked_kib()? == locked + 4 * pages,
            "{} KiB are accounted for {pages} pages",
            kernel::locked_kib()? - locked
        );
        Ok(())
    }
}

fn mapped_in_both(ctx: &mut Ctx, probe: &Probe, backing: Backing) -> Result<()> {
    let region = Region::new(backing, 3 * PAGES_2M)?;
    region.mark_all();
    let container = Container::open(Api::V2, &[&ctx.devices[0], SECOND])?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..2)?;
    let (pins, locked) = (kernel::pins()?, kernel::locked_kib()?);
    let range = Range {
        region: &region,
        first: 7,
        pages: 2 * PAGES_2M + 100,
    };
    range.map(&container)?;
    range.led_to(&container, 1, probe)?;
    super::map_unmap::reaches_only(&mut nvme, &region, 600, range.iova(0), 1)?;
    range.accounted_once(pins, locked)?;
    range.unmap(&container)?;
    range.led_nowhere(&container, 1)?;
    ctx.expect_unreachable(&mut nvme, range.iova(600))?;
    ensure!(
        kernel::pins()? == pins,
        "{} pins are left",
        kernel::pins()? - pins
    );
    Ok(())
}

fn second_later(ctx: &mut Ctx, probe: &Probe, backing: Backing) -> Result<()> {
    let region = Region::new(backing, 3 * PAGES_2M)?;
    follows(ctx, probe, &region)
}

/// The second domain comes when everything is mapped, and the first goes.
fn follows(ctx: &mut Ctx, probe: &Probe, region: &Region) -> Result<()> {
    region.mark_all();
    let mut container = Container::open(Api::V2, &[SECOND])?;
    let (pins, locked) = (kernel::pins()?, kernel::locked_kib()?);
    let range = Range {
        region,
        first: 5,
        pages: region.pages() - 11,
    };
    range.map(&container)?;
    for round in 0..3 {
        container.add(&ctx.devices[0])?;
        range.accounted_once(pins, locked)?;
        let mut nvme = Nvme::start(&container, 1)?;
        nvme.prepare_disk(0..3)?;
        for page in [range.first, region.pages() / 2, region.pages() - 7] {
            super::map_unmap::reaches_only(&mut nvme, region, page, range.iova(0), round)?;
            region.mark(page);
        }
        drop(nvme);
        container.remove_last();
        range
            .led_to(&container, 0, probe)
            .with_context(|| format!("round {round}"))?;
        range.accounted_once(pins, locked)?;
    }
    range.unmap(&container)?;
    range.led_nowhere(&container, 0)?;
    ensure!(
        kernel::pins()? == pins,
        "{} pins are left",
        kernel::pins()? - pins
    );
    Ok(())
}
