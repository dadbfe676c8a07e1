// SPDX-License-Identifier: GPL-2.0-only
//! Proves that numbers do no harm: 10,000 mappings that are fragmented on both
//! sides, two devices that share a container, and loops that map and unmap the
//! same memory again and again.

use anyhow::{Context, Result, ensure};

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::nvme::{MAX_PAGES, Nvme};
use crate::vfio::{Api, Container, READ, WRITE};

const MAPPINGS: usize = 10_000;

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    ctx.case("10000_fragmented_mappings", fragmented);
    ctx.case("two_devices_in_a_container", two_devices);
    for backing in [Backing::Small, Backing::Huge2M, Backing::Shared2M] {
        ctx.case(&format!("hot_loop_{}", backing.name()), |ctx| {
            hot_loop(ctx, backing)
        });
    }
    Ok(())
}

/// Page `n` of the region for mapping `n`: a walk that visits each page once
/// and never two neighbours in a row.
fn page_of(mapping: usize) -> usize {
    // 3,333 and 10,000 have no common divisor.
    mapping * 3_333 % MAPPINGS
}

fn iova_of(mapping: usize) -> u64 {
    IOVA + (mapping as u64) * 3 * 4096
}

fn fragmented(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Small, MAPPINGS)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..MAX_PAGES as u64)?;
    let locked = kernel::locked_kib()?;
    for mapping in 0..MAPPINGS {
        container
            .map(&region, page_of(mapping), 1, iova_of(mapping), READ | WRITE)
            .with_context(|| format!("mapping {mapping}"))?;
    }
    ensure!(
        kernel::locked_kib()? - locked == 4 * MAPPINGS as i64,
        "{} KiB are accounted",
        kernel::locked_kib()? - locked
    );
    let sampled: Vec<usize> = (0..MAX_PAGES).map(|index| index * 78).collect();
    scattered_write(&mut nvme, &region, &sampled)?;
    // Every other one goes; the others stay.
    for mapping in (0..MAPPINGS).step_by(2) {
        let unmapped = container.unmap(iova_of(mapping), 4096)?;
        ensure!(
            unmapped == 4096,
            "unmapping {mapping} took {unmapped} bytes"
        );
    }
    ensure!(
        kernel::locked_kib()? - locked == 2 * MAPPINGS as i64,
        "{} KiB are accounted",
        kernel::locked_kib()? - locked
    );
    ctx.expect_unreachable(&mut nvme, iova_of(0))?;
    ctx.expect_unreachable(&mut nvme, iova_of(5000))?;
    let odd: Vec<usize> = (0..MAX_PAGES).map(|index| index * 78 + 1).collect();
    scattered_write(&mut nvme, &region, &odd)?;
    let rest = container.unmap(IOVA, iova_of(MAPPINGS) - IOVA)?;
    ensure!(
        rest == 4096 * (MAPPINGS as u64) / 2,
        "the rest was {rest} bytes"
    );
    ensure!(
        kernel::locked_kib()? == locked,
        "{} KiB are still accounted",
        kernel::locked_kib()? - locked
    );
    Ok(())
}

/// One command over many mappings, every page of it checked.
fn scattered_write(nvme: &mut Nvme, region: &Region, mappings: &[usize]) -> Result<()> {
    let iovas: Vec<u64> = mappings.iter().map(|&mapping| iova_of(mapping)).collect();
    nvme.read(0, &iovas)?;
    let mut pages: Vec<usize> = mappings.iter().map(|&mapping| page_of(mapping)).collect();
    for (seed, &page) in pages.iter().enumerate() {
        ensure!(
            region.holds(page, seed as u64),
            "page {page} does not hold what was written to mapping {}",
            mappings[seed]
        );
    }
    pages.sort_unstable();
    ensure!(region.written() == pages, "other pages changed as well");
    pages.into_iter().for_each(|page| region.mark(page));
    Ok(())
}

fn two_devices(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge2M, 2 * PAGES_2M)?;
    region.mark_all();
    let (first, second) = (ctx.devices[0].clone(), ctx.devices[1].clone());
    let mut container = Container::open(Api::V2, &[&first])?;
    // Mapped before the second device comes: what is there is there for it too.
    container.map(&region, 100, 700, IOVA, READ | WRITE)?;
    container.add(&second)?;
    container.map(&region, 0, PAGES_2M, IOVA + (1 << 30), READ | WRITE)?;
    let mut one = Nvme::start(&container, 0)?;
    let mut two = Nvme::start(&container, 1)?;
    one.prepare_disk(0..4)?;
    two.prepare_disk(0..4)?;
    for (seed, nvme) in [(1, &mut one), (2, &mut two)] {
        super::map_unmap::reaches_only(nvme, &region, 600, IOVA - 100 * 4096, seed)?;
        super::map_unmap::reaches_only(nvme, &region, 511, IOVA + (1 << 30), seed)?;
    }
    container.unmap(IOVA, 700 * 4096)?;
    for nvme in [&mut one, &mut two] {
        ctx.expect_unreachable(nvme, IOVA)?;
    }
    // The other mapping is still there for both.
    for (seed, nvme) in [(3, &mut one), (1, &mut two)] {
        super::map_unmap::reaches_only(nvme, &region, 0, IOVA + (1 << 30), seed)?;
    }
    container.unmap(IOVA + (1 << 30), region.bytes() / 2)?;
    Ok(())
}

fn hot_loop(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    const PAGES: usize = 3 * PAGES_2M;
    let region = Region::new(backing, PAGES)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..8)?;
    let pins = kernel::pins()?;
    for round in 0..200 {
        let first = round * 37 % 600;
        let pages = PAGES - first - round * 13 % 500;
        let iova = IOVA + (round as u64 % 5) * 4096;
        container.map(&region, first, pages, iova, READ | WRITE)?;
        if round % 20 == 0 {
            super::map_unmap::reaches_only(
                &mut nvme,
                &region,
                first + pages - 1,
                iova - (first as u64) * 4096,
                round as u64 / 20 % 8,
            )?;
        }
        let unmapped = container.unmap(iova, (pages as u64) * 4096)?;
        ensure!(
            unmapped == (pages as u64) * 4096,
            "round {round}: {unmapped} bytes were unmapped"
        );
    }
    ensure!(
        kernel::pins()? == pins,
        "{} pins are left",
        kernel::pins()? - pins
    );
    Ok(())
}
