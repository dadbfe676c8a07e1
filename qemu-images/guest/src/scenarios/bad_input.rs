// SPDX-License-Identifier: GPL-2.0-only
//! Proves that each wrong argument of the map, unmap and dirty ioctls gets the
//! errno that `include/uapi/linux/vfio.h` and the code promise, and that
//! nothing is pinned, mapped or accounted for it.

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::vfio::{
    Api, DIRTY_START, DIRTY_STOP, Dirty, DmaMap, DmaUnmap, IOMMU_DIRTY_PAGES, IOMMU_MAP_DMA,
    IOMMU_UNMAP_DMA, READ, UNMAP_ALL, UNMAP_GET_DIRTY, UNMAP_VADDR, WRITE, ioctl_wild,
};

/// Where x86 has its interrupts: a DMA there is never a write to memory.
const MSI: u64 = 0xfee0_0000;

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Huge2M, 2 * PAGES_2M)?;
    ctx.case("map", |ctx| map(ctx, &region));
    ctx.case("map_iova", |ctx| map_iova(ctx, &region));
    ctx.case("map_overlap", |ctx| overlap(ctx, &region));
    ctx.case("map_vaddr", map_vaddr);
    ctx.case("unmap", |ctx| unmap(ctx, &region));
    ctx.case("dirty", dirty);
    ctx.case("wild_pointers", wild);
    Ok(())
}

fn good(region: &Region) -> DmaMap {
    DmaMap {
        argsz: 32,
        flags: READ | WRITE,
        vaddr: region.address(0),
        iova: IOVA,
        size: region.bytes(),
    }
}

fn map(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let good = good(region);
    for (what, request, errno) in [
        (
            "argsz one short",
            DmaMap { argsz: 31, ..good },
            Errno::EINVAL,
        ),
        ("argsz 0", DmaMap { argsz: 0, ..good }, Errno::EINVAL),
        (
            "an unknown flag",
            DmaMap {
                flags: READ | WRITE | 1 << 3,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "every flag",
            DmaMap {
                flags: u32::MAX,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "no right at all",
            DmaMap { flags: 0, ..good },
            Errno::EINVAL,
        ),
        ("size 0", DmaMap { size: 0, ..good }, Errno::EINVAL),
        (
            "size of no whole page",
            DmaMap { size: 4095, ..good },
            Errno::EINVAL,
        ),
        (
            "size one byte more",
            DmaMap {
                size: good.size + 1,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "vaddr inside a page",
            DmaMap {
                vaddr: good.vaddr + 1,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "iova inside a page",
            DmaMap {
                iova: IOVA + 0x800,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "iova that wraps around",
            DmaMap {
                iova: u64::MAX - 4095,
                size: 8192,
                ..good
            },
            Errno::EOVERFLOW,
        ),
        (
            "size that wraps around",
            DmaMap {
                size: !4095,
                ..good
            },
            Errno::EOVERFLOW,
        ),
        (
            "vaddr that wraps around",
            DmaMap {
                vaddr: u64::MAX - 4095,
                size: 8192,
                ..good
            },
            Errno::EOVERFLOW,
        ),
    ] {
        let answer = container.map_raw(&mut request.clone());
        ensure!(
            answer == Err(errno),
            "{what}: {answer:?} instead of {errno:?}"
        );
    }
    nothing_left()?;
    // The same with nothing wrong.
    container
        .map_raw(&mut good.clone())
        .context("a correct request")?;
    container.unmap(IOVA, good.size)?;
    Ok(())
}

fn map_iova(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let info = container.info()?;
    let last = info
        .ranges
        .iter()
        .map(|range| range.1)
        .max()
        .context("no IOVA ranges are offered")?;
    ensure!(
        info.ranges
            .iter()
            .all(|&(first, last)| last < MSI || first > MSI),
        "the interrupt window is offered: {:x?}",
        info.ranges
    );
    ensure!(
        info.pgsizes & 4096 != 0,
        "pages of 4 KiB are not offered: {:#x}",
        info.pgsizes
    );
    let good = good(region);
    for (what, iova, size) in [
        ("the interrupt window", MSI, 4096),
        ("around the interrupt window", MSI - 4096, 8192),
        ("the end of the interrupt window", MSI + 0xff000, 4096),
        ("beyond the aperture", last + 1, 4096),
        ("over the end of the aperture", last - 4095, 8192),
        ("the end of the address space", u64::MAX - 4095, 4096),
    ] {
        let answer = container.map_raw(&mut DmaMap { iova, size, ..good });
        ensure!(
            answer == Err(Errno::EINVAL),
            "{what} ({iova:#x}): {answer:?}"
        );
    }
    nothing_left()?;
    // The last page of the aperture and both sides of the window are usable.
    for iova in [last - 4095, MSI - 4096, MSI + 0x10_0000] {
        container
            .map_raw(&mut DmaMap {
                iova,
                size: 4096,
                ..good
            })
            .with_context(|| format!("a page at {iova:#x}"))?;
        container.unmap(iova, 4096)?;
    }
    Ok(())
}

fn overlap(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let good = DmaMap {
        iova: IOVA + 0x1000,
        size: 300 * 4096,
        ..good(region)
    };
    container.map_raw(&mut good.clone())?;
    let locked = kernel::locked_kib()?;
    for (what, iova, size) in [
        ("exactly", good.iova, good.size),
        ("its first page", good.iova, 4096),
        ("its last page", good.iova + good.size - 4096, 4096),
        ("around it", IOVA, good.size + 8192),
        ("from before into it", IOVA, 8192),
        ("from its end on", good.iova + good.size - 4096, 8192),
    ] {
        let answer = container.map_raw(&mut DmaMap { iova, size, ..good });
        ensure!(
            answer == Err(Errno::EEXIST),
            "an overlap, {what}: {answer:?}"
        );
    }
    ensure!(
        kernel::locked_kib()? == locked,
        "{} KiB more are accounted",
        kernel::locked_kib()? - locked
    );
    container
        .map_raw(&mut DmaMap {
            iova: IOVA,
            size: 4096,
            ..good
        })
        .context("the page before it")?;
    container
        .map_raw(&mut DmaMap {
            iova: good.iova + good.size,
            size: 4096,
            ..good
        })
        .context("the page after it")?;
    container.unmap_all()?;
    nothing_left()
}

fn map_vaddr(ctx: &mut Ctx) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    let region = Region::new(Backing::Small, 4)?;
    let place = region.address(0);
    drop(region);
    for (what, vaddr) in [
        ("nothing is mapped there", place),
        ("page zero", 0),
        ("the kernel's half", 0xffff_8000_0000_0000),
    ] {
        let answer = container.map_raw(&mut DmaMap {
            argsz: 32,
            flags: READ | WRITE,
            vaddr,
            iova: IOVA,
            size: 8192,
        });
        ensure!(answer == Err(Errno::EFAULT), "{what}: {answer:?}");
    }
    nothing_left()
}

fn unmap(ctx: &mut Ctx, region: &Region) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    container.map_raw(&mut good(region))?;
    let locked = kernel::locked_kib()?;
    let good = DmaUnmap {
        argsz: 24,
        iova: IOVA,
        size: region.bytes(),
        ..DmaUnmap::default()
    };
    for (what, request, errno) in [
        (
            "argsz one short",
            DmaUnmap { argsz: 23, ..good },
            Errno::EINVAL,
        ),
        (
            "an unknown flag",
            DmaUnmap {
                flags: 1 << 3,
                ..good
            },
            Errno::EINVAL,
        ),
        ("size 0", DmaUnmap { size: 0, ..good }, Errno::EINVAL),
        (
            "size of no whole page",
            DmaUnmap { size: 4097, ..good },
            Errno::EINVAL,
        ),
        (
            "iova inside a page",
            DmaUnmap {
                iova: IOVA + 1,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "a range that wraps around",
            DmaUnmap {
                iova: u64::MAX - 4095,
                size: 8192,
                ..good
            },
            Errno::EOVERFLOW,
        ),
        (
            "a dirty bitmap without room for it",
            DmaUnmap {
                flags: UNMAP_GET_DIRTY,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "all and a dirty bitmap",
            DmaUnmap {
                flags: UNMAP_ALL | UNMAP_GET_DIRTY,
                argsz: 48,
                ..good
            },
            Errno::EINVAL,
        ),
        (
            "a vaddr and a dirty bitmap",
            DmaUnmap {
                flags: UNMAP_VADDR | UNMAP_GET_DIRTY,
                argsz: 48,
                ..good
            },
            Errno::EINVAL,
        ),
    ] {
        let answer = container.unmap_raw(&mut request.clone());
        ensure!(
            answer == Err(errno),
            "{what}: {answer:?} instead of {errno:?}"
        );
    }
    ensure!(
        kernel::locked_kib()? == locked,
        "a wrong request unmapped something"
    );
    ensure!(
        container.unmap(IOVA, good.size) == Ok(good.size),
        "a correct request"
    );
    nothing_left()
}

fn dirty(ctx: &mut Ctx) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    for (what, argsz, flags) in [
        ("argsz one short", 7, DIRTY_START),
        ("an unknown flag", 8, 1 << 3),
        ("two flags", 8, DIRTY_START | DIRTY_STOP),
        ("no room for the range", 8, crate::vfio::DIRTY_GET),
    ] {
        let answer = container.dirty(&mut Dirty {
            argsz,
            flags,
            ..Dirty::default()
        });
        ensure!(answer == Err(Errno::EINVAL), "{what}: {answer:?}");
    }
    Ok(())
}

fn wild(ctx: &mut Ctx) -> Result<()> {
    let container = ctx.container(Api::V2)?;
    for request in [IOMMU_MAP_DMA, IOMMU_UNMAP_DMA, IOMMU_DIRTY_PAGES] {
        for address in [0, 8, 0xffff_8000_0000_0000, usize::MAX - 7] {
            let answer = ioctl_wild(&container, request, address);
            ensure!(
                answer == Err(Errno::EFAULT),
                "request {request:#x} at {address:#x}: {answer:?}"
            );
        }
    }
    let unknown = ioctl_wild(&container, IOMMU_DIRTY_PAGES + 0x40, 0);
    ensure!(
        unknown == Err(Errno::ENOTTY),
        "an unknown request: {unknown:?}"
    );
    Ok(())
}

fn nothing_left() -> Result<()> {
    ensure!(
        kernel::locked_kib()? == 0,
        "{} KiB are accounted",
        kernel::locked_kib()?
    );
    Ok(())
}
