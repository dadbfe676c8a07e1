// SPDX-License-Identifier: GPL-2.0-only
//! Proves that `VFIO_IOMMU_UNMAP_DMA` and `VFIO_IOMMU_DIRTY_PAGES` keep to
//! `include/uapi/linux/vfio.h`: v1 takes whole mappings or none, v2 refuses to
//! bisect one, a range may cover several, UNMAP_ALL takes everything, dirty
//! bitmaps tell every mapped page, and a mapping's vaddr can be taken away and
//! given anew.

use anyhow::{Result, ensure};
use nix::errno::Errno;

use crate::context::{Ctx, IOVA, Skip};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::vfio::{
    Api, Bitmap, Container, DIRTY_GET, DIRTY_START, DIRTY_STOP, Dirty, DmaMap, DmaUnmap,
    EXT_UNMAP_ALL, EXT_UPDATE_VADDR, MAP_VADDR, READ, UNMAP_GET_DIRTY, UNMAP_VADDR, WRITE,
};

const HUGE: u64 = 2 << 20;

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge2M, 4 * PAGES_2M)?;
    region.mark_all();
    ctx.case("v1_takes_whole_mappings", |ctx| v1(ctx, &region));
    ctx.case("v2_refuses_to_bisect", |ctx| v2(ctx, &region));
    ctx.case("a_range_over_several", |ctx| several(ctx, &region));
    ctx.case("unmap_all", |ctx| unmap_all(ctx, &region));
    ctx.case("dirty_tracking", |ctx| dirty_tracking(ctx, &region));
    ctx.case("unmap_with_dirty_bitmap", |ctx| unmap_dirty(ctx, &region));
    ctx.case("vaddr_update", |ctx| vaddr_update(ctx, &region));
    Ok(())
}

fn expect(what: &str, got: Result<u64, Errno>, wanted: Result<u64, Errno>) -> Result<()> {
    ensure!(got == wanted, "{what}: {got:?} instead of {wanted:?}");
    Ok(())
}

fn v1(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V1)?;
    container.map(region, 0, 2 * PAGES_2M, IOVA, READ | WRITE)?;
    expect(
        "unmap from inside a mapping",
        container.unmap(IOVA + HUGE, HUGE),
        Ok(0),
    )?;
    expect(
        "unmap from one page inside",
        container.unmap(IOVA + 4096, 4096),
        Ok(0),
    )?;
    expect(
        "unmap of its first page",
        container.unmap(IOVA, 4096),
        Ok(2 * HUGE),
    )?;
    expect("unmap of nothing", container.unmap(IOVA, 2 * HUGE), Ok(0))?;
    let answer = container.dirty(&mut Dirty {
        argsz: 8,
        flags: DIRTY_START,
        ..Dirty::default()
    });
    ensure!(
        answer == Err(Errno::EACCES),
        "dirty tracking on v1: {answer:?}"
    );
    Ok(())
}

fn v2(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    container.map(region, 0, 2 * PAGES_2M, IOVA, READ | WRITE)?;
    for (what, iova, size) in [
        ("its first half", IOVA, HUGE),
        ("its second half", IOVA + HUGE, HUGE),
        ("all but the first page", IOVA + 4096, 2 * HUGE - 4096),
        ("all but the last page", IOVA, 2 * HUGE - 4096),
        ("a page in the middle", IOVA + HUGE, 4096),
        ("more than it, but bisecting its end", IOVA - HUGE, 2 * HUGE),
    ] {
        expect(what, container.unmap(iova, size), Err(Errno::EINVAL))?;
        nvme.read(0, &[IOVA, IOVA + 2 * HUGE - 4096])?;
    }
    expect("exactly it", container.unmap(IOVA, 2 * HUGE), Ok(2 * HUGE))?;
    expect("once more", container.unmap(IOVA, 2 * HUGE), Ok(0))?;
    region.mark_all();
    Ok(())
}

fn several(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let before = kernel::locked_kib()?;
    for huge in 0..4 {
        // With gaps between them.
        container.map(
            region,
            huge * PAGES_2M,
            PAGES_2M,
            IOVA + 2 * (huge as u64) * HUGE,
            READ | WRITE,
        )?;
    }
    expect(
        "two of four and a gap",
        container.unmap(IOVA, 4 * HUGE),
        Ok(2 * HUGE),
    )?;
    expect(
        "the rest and beyond",
        container.unmap(IOVA, 64 * HUGE),
        Ok(2 * HUGE),
    )?;
    ensure!(kernel::locked_kib()? == before, "memory is still accounted");
    Ok(())
}

fn unmap_all(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    ensure!(
        container.has(EXT_UNMAP_ALL),
        "VFIO_UNMAP_ALL is not offered"
    );
    container.map(region, 1, 700, IOVA + 0x3000, READ | WRITE)?;
    container.map(region, 3 * PAGES_2M, PAGES_2M, IOVA + 16 * HUGE, READ)?;
    let mut with_range = DmaUnmap {
        argsz: 24,
        flags: crate::vfio::UNMAP_ALL,
        iova: IOVA,
        size: HUGE,
        ..DmaUnmap::default()
    };
    expect(
        "UNMAP_ALL with a range",
        container.unmap_raw(&mut with_range),
        Err(Errno::EINVAL),
    )?;
    expect("UNMAP_ALL", container.unmap_all(), Ok(700 * 4096 + HUGE))?;
    expect("UNMAP_ALL of nothing", container.unmap_all(), Ok(0))?;
    Ok(())
}

/// Reads the dirty bitmap of a range; the pages that are set.
fn dirty_pages(container: &Container, iova: u64, pages: usize) -> Result<Vec<usize>, Errno> {
    let words = vec![0_u64; pages.div_ceil(64)];
    let bitmap = Bitmap {
        pgsize: 4096,
        size: (words.len() * 8) as u64,
        data: words.as_ptr() as u64,
    };
    container.dirty(&mut Dirty {
        argsz: 48,
        flags: DIRTY_GET,
        iova,
        size: (pages as u64) * 4096,
        bitmap,
    })?;
    Ok(set_bits(&words, pages))
}

fn set_bits(words: &[u64], pages: usize) -> Vec<usize> {
    (0..pages)
        .filter(|page| {
            let word = std::ptr::from_ref(&words[page / 64]);
            // SAFETY: a reference to a live element; volatile, as the kernel
            // wrote there through an address the compiler does not know of.
            let word = unsafe { word.read_volatile() };
            word & 1 << (page % 64) != 0
        })
        .collect()
}

fn dirty_tracking(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let switch = |flags| {
        container.dirty(&mut Dirty {
            argsz: 8,
            flags,
            ..Dirty::default()
        })
    };
    container.map(region, 0, PAGES_2M, IOVA, READ | WRITE)?;
    let early = dirty_pages(&container, IOVA, PAGES_2M);
    ensure!(
        early == Err(Errno::EINVAL),
        "a bitmap without tracking: {early:?}"
    );
    switch(DIRTY_START)?;
    // A device whose writes are not tracked dirties, as far as type1 knows,
    // every page that it can reach: each is reported, also in a mapping made
    // while tracking is on.
    container.map(region, PAGES_2M, 100, IOVA + HUGE, READ | WRITE)?;
    let pages = dirty_pages(&container, IOVA, PAGES_2M + 100)?;
    ensure!(
        pages.len() == PAGES_2M + 100,
        "{} of {} pages are reported dirty",
        pages.len(),
        PAGES_2M + 100
    );
    let bisected = dirty_pages(&container, IOVA, PAGES_2M + 50);
    ensure!(
        bisected == Err(Errno::EINVAL),
        "a bitmap that bisects a mapping: {bisected:?}"
    );
    switch(DIRTY_STOP)?;
    let late = dirty_pages(&container, IOVA, PAGES_2M);
    ensure!(
        late == Err(Errno::EINVAL),
        "a bitmap after tracking: {late:?}"
    );
    expect(
        "unmap",
        container.unmap(IOVA, HUGE + 100 * 4096),
        Ok(HUGE + 100 * 4096),
    )?;
    Ok(())
}

fn unmap_dirty(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    container.map(region, 5, 700, IOVA, READ | WRITE)?;
    let words = vec![0_u64; 11];
    let bitmap = Bitmap {
        pgsize: 4096,
        size: 88,
        data: words.as_ptr() as u64,
    };
    let request = DmaUnmap {
        argsz: 48,
        flags: UNMAP_GET_DIRTY,
        iova: IOVA,
        size: 700 * 4096,
        bitmap,
    };
    expect(
        "without tracking",
        container.unmap_raw(&mut request.clone()),
        Err(Errno::EINVAL),
    )?;
    container.dirty(&mut Dirty {
        argsz: 8,
        flags: DIRTY_START,
        ..Dirty::default()
    })?;
    let small = DmaUnmap {
        bitmap: Bitmap { size: 80, ..bitmap },
        ..request
    };
    expect(
        "a bitmap too small",
        container.unmap_raw(&mut small.clone()),
        Err(Errno::EINVAL),
    )?;
    expect(
        "with tracking",
        container.unmap_raw(&mut request.clone()),
        Ok(700 * 4096),
    )?;
    let pages = set_bits(&words, 700);
    ensure!(
        pages.len() == 700,
        "{} of 700 pages are reported dirty",
        pages.len()
    );
    container.dirty(&mut Dirty {
        argsz: 8,
        flags: DIRTY_STOP,
        ..Dirty::default()
    })?;
    Ok(())
}

fn vaddr_update(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    if !container.has(EXT_UPDATE_VADDR) {
        return Err(Skip("VFIO_UPDATE_VADDR is not offered".into()).into());
    }
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..2)?;
    container.map(region, 0, PAGES_2M, IOVA, READ | WRITE)?;
    let locked = kernel::locked_kib()?;
    let invalidate = DmaUnmap {
        argsz: 24,
        flags: UNMAP_VADDR,
        iova: IOVA,
        size: HUGE,
        ..DmaUnmap::default()
    };
    let update = DmaMap {
        argsz: 32,
        flags: MAP_VADDR,
        vaddr: region.address(0),
        iova: IOVA,
        size: HUGE,
    };
    let answer = container.map_raw(&mut update.clone());
    ensure!(
        answer == Err(Errno::EINVAL),
        "an update of a valid vaddr: {answer:?}"
    );
    expect(
        "invalidation",
        container.unmap_raw(&mut invalidate.clone()),
        Ok(HUGE),
    )?;
    expect(
        "invalidation of what is invalid",
        container.unmap_raw(&mut invalidate.clone()),
        Err(Errno::EINVAL),
    )?;
    // The device goes on as before; the pages stay pinned and accounted.
    nvme.read(1, &[IOVA + 0x5000])?;
    ensure!(
        region.holds(5, 1),
        "the device does not reach a page whose vaddr is invalid"
    );
    ensure!(kernel::locked_kib()? == locked, "the accounting changed");
    for (what, wrong, errno) in [
        (
            "an update of half the mapping",
            DmaMap {
                size: HUGE / 2,
                ..update
            },
            Errno::EINVAL,
        ),
        (
            "an update of no mapping",
            DmaMap {
                iova: IOVA + HUGE,
                ..update
            },
            Errno::ENOENT,
        ),
        (
            "an update with rights",
            DmaMap {
                flags: MAP_VADDR | READ,
                ..update
            },
            Errno::EINVAL,
        ),
    ] {
        let answer = container.map_raw(&mut wrong.clone());
        ensure!(answer == Err(errno), "{what}: {answer:?}");
    }
    container.map_raw(&mut update.clone())?;
    expect(
        "unmap after the update",
        container.unmap(IOVA, HUGE),
        Ok(HUGE),
    )?;
    // An unmap takes a mapping whose vaddr is invalid, too.
    container.map(region, 0, PAGES_2M, IOVA, READ | WRITE)?;
    expect(
        "invalidation",
        container.unmap_raw(&mut invalidate.clone()),
        Ok(HUGE),
    )?;
    expect(
        "unmap of what is invalid",
        container.unmap(IOVA, HUGE),
        Ok(HUGE),
    )?;
    region.mark_all();
    Ok(())
}
