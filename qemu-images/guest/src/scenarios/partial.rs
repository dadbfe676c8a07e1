// SPDX-License-Identifier: GPL-2.0-only
//! Proves that a mapping may begin and end anywhere inside huge pages, may span
//! several of them, physically contiguous or not, and may lie at an IOVA that
//! is not congruent to the address modulo the huge page: a run computed from
//! the IOVA instead of the page's own place in its huge page (row F2 of the
//! 2020 review) would be too long, and pages of the neighbour would be unpinned.

use anyhow::{Context, Result, ensure};

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_1G, PAGES_2M, Region};
use crate::nvme::{MAX_PAGES, Nvme};
use crate::vfio::{Api, Container, READ, WRITE};

use super::map_unmap::reaches_only;

/// Distances of the IOVA from congruence, pages.
const SHIFTS: [usize; 4] = [0, 1, 255, 511];

/// First page and number of pages in a region of four huge pages of 2 MiB.
const RANGES: [(usize, usize); 10] = [
    (0, 1),
    (511, 1),
    (511, 2),
    (1, 510),
    (1, 512),
    (100, 900),
    (512, 512),
    (513, 1022),
    (0, 2048),
    (3, 2042),
];

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    for (name, order) in [("contiguous", [0, 1, 2, 3]), ("scattered", [3, 1, 2, 0])] {
        let region = Region::shared_2m(&order)?;
        region.mark_all();
        for shift in SHIFTS {
            ctx.case(&format!("2m_{name}_shift_{shift}"), |ctx| {
                ranges(ctx, &region, shift)
            });
        }
    }
    let private = Region::new(Backing::Huge2M, 4 * PAGES_2M)?;
    private.mark_all();
    ctx.case("2m_private_shift_1", |ctx| ranges(ctx, &private, 1));
    ctx.case("2m_neighbours", |ctx| neighbours(ctx, &private));
    drop(private);
    ctx.case("4k_batches", |ctx| batches(ctx, Backing::Small));
    ctx.case("4k_shared_batches", |ctx| batches(ctx, Backing::Shared));
    ctx.case("mixed_backing", mixed);
    ctx.case("1g_seam", one_gib);
    Ok(())
}

/// Each of the ranges, every page of it checked by DMA.
fn ranges(ctx: &mut Ctx, region: &Region, shift: usize) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..MAX_PAGES as u64)?;
    for (first, pages) in RANGES {
        check(ctx, &container, &mut nvme, region, first, pages, shift)
            .with_context(|| format!("{pages} pages from page {first}"))?;
    }
    Ok(())
}

fn check(
    ctx: &mut Ctx,
    container: &Container,
    nvme: &mut Nvme,
    region: &Region,
    first: usize,
    pages: usize,
    shift: usize,
) -> Result<()> {
    let locked = kernel::locked_kib()?;
    let iova = IOVA + ((first + shift) as u64) * 4096;
    container.map(region, first, pages, iova, READ | WRITE)?;
    let accounted = kernel::locked_kib()? - locked;
    ensure!(
        accounted == 4 * pages as i64,
        "{accounted} KiB are accounted"
    );
    every_page(nvme, region, first, pages, iova)?;
    // Just outside is out of reach.
    ctx.expect_unreachable(nvme, iova - 4096)?;
    ctx.expect_unreachable(nvme, iova + (pages as u64) * 4096)?;
    let unmapped = container.unmap(iova, (pages as u64) * 4096)?;
    ensure!(
        unmapped == (pages as u64) * 4096,
        "{unmapped} bytes were unmapped"
    );
    ensure!(
        kernel::locked_kib()? == locked,
        "{} KiB are still accounted",
        kernel::locked_kib()? - locked
    );
    ensure!(
        region.written().is_empty(),
        "pages {:?} changed outside the mapping",
        region.written()
    );
    Ok(())
}

/// The device writes a pattern to every page of a mapping, in commands of many
/// scattered pages (backwards), and each must be where it belongs.
fn every_page(
    nvme: &mut Nvme,
    region: &Region,
    first: usize,
    pages: usize,
    iova: u64,
) -> Result<()> {
    for begin in (0..pages).step_by(MAX_PAGES) {
        let count = MAX_PAGES.min(pages - begin);
        let iovas: Vec<u64> = (begin..begin + count)
            .rev()
            .map(|page| iova + (page as u64) * 4096)
            .collect();
        nvme.read(0, &iovas)?;
        for (seed, page) in (begin..begin + count).rev().enumerate() {
            ensure!(
                region.holds(first + page, seed as u64),
                "page {page} of the mapping does not hold what was written to it"
            );
        }
    }
    let written = region.written();
    ensure!(
        written.len() == pages && written[0] == first,
        "{} pages changed instead of {pages}",
        written.len()
    );
    (first..first + pages).for_each(|page| region.mark(page));
    Ok(())
}

/// Mappings side by side in the same huge pages: unmapping one must not take
/// the pins of another.
fn neighbours(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..MAX_PAGES as u64)?;
    let before = kernel::pins()?;
    // Cut at places that are no multiples of anything, one of them twice over.
    let cuts = [
        (0, 300),
        (300, 212),
        (512, 100),
        (612, 1000),
        (1612, 436),
        (1000, 700),
    ];
    let iova = |index: usize| IOVA + ((index * 4096 + 7) as u64) * 4096;
    for (index, (first, pages)) in cuts.into_iter().enumerate() {
        container.map(region, first, pages, iova(index), READ | WRITE)?;
    }
    for gone in [3, 0, 5, 1, 4, 2] {
        let (first, pages) = cuts[gone];
        every_page(&mut nvme, region, first, pages, iova(gone))?;
        let unmapped = container.unmap(iova(gone), (pages as u64) * 4096)?;
        ensure!(
            unmapped == (pages as u64) * 4096,
            "{unmapped} bytes were unmapped"
        );
        ctx.expect_unreachable(&mut nvme, iova(gone))?;
    }
    ensure!(
        kernel::pins()? == before,
        "{} pins are left",
        kernel::pins()? - before
    );
    Ok(())
}

/// Numbers of 4 KiB pages around the sizes in which the kernel pins in batches
/// (512 on x86-64: a page of struct page pointers).
fn batches(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let region = Region::new(backing, 1600)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..MAX_PAGES as u64)?;
    for (first, pages) in [
        (0, 2),
        (0, 511),
        (1, 512),
        (2, 513),
        (3, 1023),
        (0, 1025),
        (0, 1600),
    ] {
        check(ctx, &container, &mut nvme, &region, first, pages, 1)
            .with_context(|| format!("{pages} pages from page {first}"))?;
    }
    Ok(())
}

/// One mapping over 4 KiB pages, huge pages, and 4 KiB pages again: a run ends
/// where its backing does.
fn mixed(ctx: &mut Ctx) -> Result<()> {
    let region = Region::mixed()?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..MAX_PAGES as u64)?;
    for (first, pages) in [
        (0, region.pages()),
        (100, region.pages() - 150),
        (511, 1026),
    ] {
        check(ctx, &container, &mut nvme, &region, first, pages, 3)
            .with_context(|| format!("{pages} pages from page {first}"))?;
    }
    Ok(())
}

/// Over the seam between two pages of 1 GiB, from inside the first to inside
/// the second, at an IOVA that is not congruent. Sampled.
fn one_gib(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge1G, 2 * PAGES_1G)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..8)?;
    for (first, pages) in [
        (PAGES_1G - 700, 1400),
        (5, PAGES_1G + 700),
        (PAGES_1G - 1, 2),
    ] {
        for shift in [0, 3] {
            let locked = kernel::locked_kib()?;
            let iova = IOVA + ((first + shift) as u64) * 4096;
            container.map(&region, first, pages, iova, READ | WRITE)?;
            ensure!(
                kernel::locked_kib()? - locked == 4 * pages as i64,
                "{} KiB are accounted",
                kernel::locked_kib()? - locked
            );
            // Where page 0 of the region would be.
            let origin = iova - (first as u64) * 4096;
            let samples = [first, first + pages / 2, first + pages - 1];
            for (seed, page) in samples.into_iter().enumerate() {
                let at = origin + (page as u64) * 4096;
                nvme.read(seed as u64, &[at])?;
                ensure!(
                    region.holds(page, seed as u64),
                    "the write to {at:#x} did not reach page {page}"
                );
            }
            if shift == 3 {
                let written = region.written();
                let expected: std::collections::BTreeSet<usize> = samples.into_iter().collect();
                ensure!(
                    written == expected.into_iter().collect::<Vec<_>>(),
                    "the pages {written:?} changed"
                );
            }
            samples.into_iter().for_each(|page| region.mark(page));
            ctx.expect_unreachable(&mut nvme, iova - 4096)?;
            ctx.expect_unreachable(&mut nvme, iova + (pages as u64) * 4096)?;
            container.unmap(iova, (pages as u64) * 4096)?;
            ensure!(
                kernel::locked_kib()? == locked,
                "{} KiB are still accounted",
                kernel::locked_kib()? - locked
            );
        }
    }
    // A whole huge page still works after all that.
    container.map(&region, PAGES_1G, PAGES_1G, IOVA, READ | WRITE)?;
    let origin = IOVA - (PAGES_1G as u64) * 4096;
    reaches_only(&mut nvme, &region, 2 * PAGES_1G - 1, origin, 5)?;
    container.unmap(IOVA, (PAGES_1G as u64) * 4096)?;
    Ok(())
}
