// SPDX-License-Identifier: GPL-2.0-only
//! Proves that RLIMIT_MEMLOCK is kept to the page, wherever it is reached:
//! before, inside and after a huge page; that a map which exceeds it answers
//! -ENOMEM, leaves nothing pinned and nothing accounted, and that the next one
//! that fits works; that CAP_IPC_LOCK lifts the limit; and that the number of
//! mappings is limited by `dma_entry_limit`.

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit};

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_1G, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::vfio::{Api, Container, READ, WRITE};

const ENTRY_LIMIT: &str = "/sys/module/vfio_iommu_type1/parameters/dma_entry_limit";

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    // With the capability the limit does not count; afterwards it is gone for
    // good, so this case comes first.
    ctx.case("cap_ipc_lock_lifts_the_limit", privileged);
    ctx.case("dma_entry_limit", entry_limit);
    kernel::drop_cap_ipc_lock()?;
    for (backing, pages) in [
        (Backing::Small, 1200),
        (Backing::Thp, 2 * PAGES_2M),
        (Backing::Huge2M, 3 * PAGES_2M),
        (Backing::Shared2M, 3 * PAGES_2M),
    ] {
        ctx.case(&format!("{}_to_the_page", backing.name()), |ctx| {
            to_the_page(ctx, backing, pages)
        });
    }
    ctx.case("hugetlb_1g_inside", one_gib);
    ctx.case("several_mappings_share_the_limit", shared_limit);
    Ok(())
}

fn privileged(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge2M, PAGES_2M)?;
    let (soft, _) = getrlimit(Resource::RLIMIT_MEMLOCK)?;
    let container = ctx.container(Api::V2)?;
    kernel::limit_locked(1)?;
    let answer = container.map(&region, 0, PAGES_2M, IOVA, READ | WRITE);
    kernel::limit_locked((soft / 4096) as usize)?;
    ensure!(
        answer == Ok(()),
        "a map beyond the limit with CAP_IPC_LOCK: {answer:?}"
    );
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}

/// Limits from none to just enough: each that is short fails without a trace.
fn to_the_page(ctx: &mut Ctx, backing: Backing, pages: usize) -> Result<()> {
    let region = Region::new(backing, pages)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let before = kernel::pins()?;
    for limit in [
        0,
        1,
        2,
        300,
        511,
        512,
        513,
        700,
        1023,
        1024,
        1025,
        pages - 2,
        pages - 1,
    ] {
        if limit >= pages {
            continue;
        }
        kernel::limit_locked(limit)?;
        let answer = container.map(&region, 0, pages, IOVA, READ | WRITE);
        ensure!(
            answer == Err(Errno::ENOMEM),
            "{pages} pages with a limit of {limit}: {answer:?}"
        );
        clean(before, &format!("after a limit of {limit} pages"))?;
        // What fits is still granted, from any place inside a huge page.
        let fits = limit.min(pages - 7);
        if fits > 0 {
            container
                .map(&region, 7, fits, IOVA, READ | WRITE)
                .with_context(|| format!("{fits} pages with a limit of {limit}"))?;
            container.unmap(IOVA, (fits as u64) * 4096)?;
        }
        clean(
            before,
            &format!("after {fits} pages with a limit of {limit}"),
        )?;
    }
    kernel::limit_locked(pages + Nvme::own_bytes() as usize / 4096)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    container
        .map(&region, 0, pages, IOVA, READ | WRITE)
        .context("a map that needs all of the limit")?;
    super::map_unmap::reaches_only(&mut nvme, &region, pages - 1, IOVA, 0)?;
    container.unmap(IOVA, region.bytes())?;
    drop(nvme);
    clean(before, "at the end")
}

fn clean(pins: i64, when: &str) -> Result<()> {
    ensure!(
        kernel::pins()? == pins,
        "{when} {} pages more are pinned",
        kernel::pins()? - pins
    );
    ensure!(
        kernel::locked_kib()? == 0,
        "{when} {} KiB are accounted",
        kernel::locked_kib()?
    );
    Ok(())
}

fn one_gib(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge1G, PAGES_1G)?;
    let container = ctx.container(Api::V2)?;
    let before = kernel::pins()?;
    for (first, pages, limit) in [
        (0, PAGES_1G, PAGES_1G - 1),
        (0, PAGES_1G, 100_000),
        (12_345, 200_000, 199_999),
        (1, 600, 599),
    ] {
        kernel::limit_locked(limit)?;
        let answer = container.map(&region, first, pages, IOVA, READ | WRITE);
        ensure!(
            answer == Err(Errno::ENOMEM),
            "{pages} pages with a limit of {limit}: {answer:?}"
        );
        clean(before, &format!("after a limit of {limit} pages"))?;
        kernel::limit_locked(pages)?;
        container.map(&region, first, pages, IOVA, READ | WRITE)?;
        container.unmap(IOVA, (pages as u64) * 4096)?;
        clean(before, &format!("after {pages} pages"))?;
    }
    Ok(())
}

fn shared_limit(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge2M, 2 * PAGES_2M)?;
    let container = ctx.container(Api::V2)?;
    let before = kernel::pins()?;
    kernel::limit_locked(1000)?;
    container.map(&region, 0, 600, IOVA, READ | WRITE)?;
    let beyond = container.map(&region, 600, 401, IOVA + (1 << 30), READ | WRITE);
    ensure!(
        beyond == Err(Errno::ENOMEM),
        "one page beyond the limit: {beyond:?}"
    );
    ensure!(
        kernel::locked_kib()? == 2400,
        "{} KiB are accounted for 600 pages",
        kernel::locked_kib()?
    );
    container
        .map(&region, 600, 400, IOVA + (1 << 30), READ | WRITE)
        .context("up to the limit")?;
    container.unmap(IOVA, 600 * 4096)?;
    ensure!(
        kernel::locked_kib()? == 1600,
        "{} KiB are accounted for 400 pages",
        kernel::locked_kib()?
    );
    container.unmap(IOVA + (1 << 30), 400 * 4096)?;
    clean(before, "at the end")
}

fn entry_limit(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge2M, PAGES_2M)?;
    let usual = kernel::read(ENTRY_LIMIT)?;
    kernel::write(ENTRY_LIMIT, "16")?;
    let outcome = ctx
        .container(Api::V2)
        .and_then(|container| entries(&container, &region));
    kernel::write(ENTRY_LIMIT, &usual)?;
    outcome
}

fn entries(container: &Container, region: &Region) -> Result<()> {
    let map =
        |index: usize| container.map(region, index, 1, IOVA + (index as u64) * 8192, READ | WRITE);
    ensure!(
        container.info()?.dma_avail == Some(16),
        "{:?} entries are offered",
        container.info()?.dma_avail
    );
    for index in 0..16 {
        map(index)?;
    }
    ensure!(
        container.info()?.dma_avail == Some(0),
        "{:?} entries are left",
        container.info()?.dma_avail
    );
    ensure!(map(16) == Err(Errno::ENOSPC), "a 17th entry: {:?}", map(16));
    container.unmap(IOVA + 8192, 4096)?;
    map(16).context("an entry that was given back")?;
    container.unmap_all()?;
    ensure!(
        container.info()?.dma_avail == Some(16),
        "{:?} entries are left at the end",
        container.info()?.dma_avail
    );
    Ok(())
}
