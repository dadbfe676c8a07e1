// SPDX-License-Identifier: GPL-2.0-only
//! Proves, for each kind of memory, that what is mapped is what the device
//! reaches: a write lands in exactly the right page, be it the first, the last
//! or one in between, and in no other; a read sees that page; and after unmap
//! the device is refused and the memory stays as it is.

use anyhow::{Result, ensure};

use crate::context::{Ctx, IOVA, Skip};
use crate::kernel;
use crate::memory::{Backing, PAGES_1G, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::vfio::{Api, READ, WRITE};

/// Kinds of memory and how many pages of 4 KiB.
const CASES: [(Backing, usize); 7] = [
    (Backing::Small, 1),
    (Backing::Small, 1500),
    (Backing::Thp, 3 * PAGES_2M),
    (Backing::Huge2M, 4 * PAGES_2M),
    (Backing::Shared2M, 4 * PAGES_2M),
    (Backing::Shared, 600),
    (Backing::Huge1G, PAGES_1G),
];

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    for (backing, pages) in CASES {
        ctx.case(&format!("{}_{pages}_pages", backing.name()), |ctx| {
            one(ctx, backing, pages)
        });
    }
    Ok(())
}

fn one(ctx: &mut Ctx, backing: Backing, pages: usize) -> Result<()> {
    let region = match Region::new(backing, pages) {
        Err(error) if backing == Backing::Thp => return Err(Skip(format!("{error:#}")).into()),
        other => other?,
    };
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    ensure!(!nvme.model()?.is_empty(), "the controller has no name");
    nvme.prepare_disk(0..8)?;
    let locked = kernel::locked_kib()?;
    container.map(&region, 0, pages, IOVA, READ | WRITE)?;
    ensure!(
        kernel::locked_kib()? - locked == 4 * pages as i64,
        "{} KiB are accounted for {pages} pages",
        kernel::locked_kib()? - locked
    );

    let chosen = chosen(pages);
    for (seed, &page) in chosen.iter().enumerate() {
        reaches_only(&mut nvme, &region, page, IOVA, seed as u64)?;
    }

    let unmapped = container.unmap(IOVA, region.bytes())?;
    ensure!(
        unmapped == region.bytes(),
        "{unmapped} bytes of {} were unmapped",
        region.bytes()
    );
    ensure!(
        kernel::locked_kib()? == locked,
        "{} KiB are still accounted",
        kernel::locked_kib()? - locked
    );
    for &page in &chosen[..chosen.len().min(3)] {
        ctx.expect_unreachable(&mut nvme, IOVA + (page as u64) * 4096)?;
    }
    ensure!(
        region.written().is_empty(),
        "pages {:?} changed after unmap",
        region.written()
    );
    Ok(())
}

/// The device writes to a page and reads it back; every other page of the
/// region stays as it is. `iova` is where page 0 of the region is, or would be.
pub(super) fn reaches_only(
    nvme: &mut Nvme,
    region: &Region,
    page: usize,
    iova: u64,
    seed: u64,
) -> Result<()> {
    let at = iova + (page as u64) * 4096;
    nvme.read(seed, &[at])?;
    ensure!(
        region.holds(page, seed),
        "the write to {at:#x} did not reach page {page}"
    );
    let written = region.written();
    ensure!(
        written == [page],
        "the write to page {page} changed the pages {written:?}"
    );
    ensure!(
        nvme.sees(at, seed)?,
        "the device does not see in {at:#x} what page {page} holds"
    );
    region.mark(page);
    Ok(())
}

/// The first, the last, those at the seams of huge pages, and some in between.
fn chosen(pages: usize) -> Vec<usize> {
    let mut chosen = vec![
        0,
        pages - 1,
        pages / 2,
        PAGES_2M - 1,
        PAGES_2M,
        pages / 3,
        pages.saturating_sub(PAGES_2M + 1),
    ];
    chosen.retain(|&page| page < pages);
    chosen.sort_unstable();
    chosen.dedup();
    chosen
}
