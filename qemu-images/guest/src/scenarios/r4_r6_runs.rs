// SPDX-License-Identifier: GPL-2.0-only
//! Proves rows R4 and R6: a range that begins or ends anywhere inside huge
//! pages pins exactly its own pages of each folio, not one more or less; what
//! is left of a run when the next one does not follow in memory is neither lost
//! nor counted twice; and a limit that is hit inside a run leaves no folio with
//! a pin.

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::probe::Probe;
use crate::vfio::{Api, Container, READ, WRITE};

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let probe = Probe::load()?;
    let names: [super::Named; 6] = [
        ("4k", || Region::new(Backing::Small, 3 * PAGES_2M)),
        ("thp", || Region::new(Backing::Thp, 3 * PAGES_2M)),
        ("hugetlb_2m", || Region::new(Backing::Huge2M, 3 * PAGES_2M)),
        ("memfd_hugetlb_2m_scattered", || {
            Region::shared_2m(&[4, 2, 0, 3])
        }),
        ("memfd_hugetlb_2m_pairs", || {
            Region::shared_2m(&[2, 3, 0, 1])
        }),
        ("mixed", Region::mixed),
    ];
    for (name, make) in names {
        ctx.case(&format!("{name}_ends_anywhere"), |ctx| {
            let region = make()?;
            ends_anywhere(&ctx.container(Api::V2)?, &region, &probe)
        });
    }
    kernel::drop_cap_ipc_lock()?;
    for (name, make) in names {
        ctx.case(&format!("{name}_limit_inside"), |ctx| {
            let region = make()?;
            limit_inside(&ctx.container(Api::V2)?, &region, &probe)
        });
    }
    Ok(())
}

/// Asserts that of each folio exactly the pages in the range are pinned.
fn expect(region: &Region, probe: &Probe, range: std::ops::Range<usize>) -> Result<()> {
    let mut page = 0;
    while page < region.pages() {
        let state = probe.page(region, page)?;
        // The region may begin or end inside a folio only where it is a small one.
        let folio = 1_usize << state.order;
        let end = page + folio;
        let inside = end.min(range.end).saturating_sub(page.max(range.start));
        ensure!(
            state.pins() == inside as i32,
            "{range:?}: the folio of {folio} pages at page {page} has {} pins, not {inside}",
            state.pins()
        );
        page = end;
    }
    let locked = kernel::locked_kib()? / 4;
    ensure!(
        locked == range.len() as i64,
        "{range:?}: {locked} pages are accounted"
    );
    Ok(())
}

/// Places inside and around the seams of huge pages.
fn places(pages: usize) -> Vec<usize> {
    let mut places = vec![0, 1, 2, 300, pages - 1, pages];
    for seam in (PAGES_2M..pages).step_by(PAGES_2M) {
        places.extend([seam - 1, seam, seam + 1]);
    }
    places.sort_unstable();
    places.dedup();
    places
}

fn ends_anywhere(container: &Container, region: &Region, probe: &Probe) -> Result<()> {
    let places = places(region.pages());
    for (index, &start) in places.iter().enumerate() {
        for &end in &places[index + 1..] {
            let iova = IOVA + (start as u64 % 7) * 4096;
            let bytes = ((end - start) as u64) * 4096;
            container
                .map(region, start, end - start, iova, READ | WRITE)
                .with_context(|| format!("pages {start} to {end}"))?;
            expect(region, probe, start..end)?;
            let unmapped = container.unmap(iova, bytes)?;
            ensure!(
                unmapped == bytes,
                "pages {start} to {end}: {unmapped} of {bytes} bytes were unmapped"
            );
        }
    }
    expect(region, probe, 0..0)
}

fn limit_inside(container: &Container, region: &Region, probe: &Probe) -> Result<()> {
    let pages = region.pages();
    for limit in places(pages) {
        if limit >= pages - 3 {
            continue;
        }
        kernel::limit_locked(limit)?;
        let answer = container.map(region, 3, pages - 3, IOVA, READ | WRITE);
        ensure!(
            answer == Err(Errno::ENOMEM),
            "{} pages with a limit of {limit}: {answer:?}",
            pages - 3
        );
        expect(region, probe, 0..0).with_context(|| format!("after a limit of {limit}"))?;
    }
    Ok(())
}
