// SPDX-License-Identifier: GPL-2.0-only
//! Proves that memory which fails while it is pinned does no further harm: the
//! rest of the mapping works, unmap gives back every pin, and a new map of the
//! range is refused without a trace.

use anyhow::{Context, Result, bail, ensure};
use nix::errno::Errno;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::vfio::{Api, READ, WRITE};

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    survive_sigbus()?;
    for backing in [
        Backing::Small,
        Backing::Thp,
        Backing::Huge2M,
        Backing::Shared2M,
    ] {
        for (name, page) in [("first", PAGES_2M), ("inner", PAGES_2M + 300)] {
            ctx.case(&format!("{}_{name}_page", backing.name()), |ctx| {
                poisoned(ctx, backing, page)
            });
        }
    }
    Ok(())
}

/// Whoever maps memory that fails is told by a signal, the one who injects the
/// failure included.
fn survive_sigbus() -> Result<()> {
    extern "C" fn nothing(_: i32) {}
    let action = SigAction::new(
        SigHandler::Handler(nothing),
        SaFlags::empty(),
        SigSet::empty(),
    );
    // SAFETY: the handler does nothing.
    unsafe { sigaction(Signal::SIGBUS, &action) }?;
    Ok(())
}

fn poisoned(ctx: &mut Ctx, backing: Backing, page: usize) -> Result<()> {
    let region = Region::new(backing, 3 * PAGES_2M)?;
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    let (pins, locked) = (kernel::pins()?, kernel::locked_kib()?);
    container.map(&region, 0, region.pages(), IOVA, READ | WRITE)?;
    match region.advise(page, 1, libc::MADV_HWPOISON) {
        // It is poisoned, and cannot be isolated as it is pinned: EBUSY; a huge
        // page that cannot be split for that reason: EHWPOISON.
        Ok(()) | Err(Errno::EBUSY | Errno::EHWPOISON) => {}
        Err(error) => return Err(error).context("MADV_HWPOISON"),
    }
    for other in [0, PAGES_2M - 1, 2 * PAGES_2M, region.pages() - 1] {
        nvme.read(0, &[IOVA + (other as u64) * 4096])?;
        ensure!(
            region.holds(other, 0),
            "the device does not reach page {other} any more"
        );
    }
    let bytes = region.bytes();
    let unmapped = container.unmap(IOVA, bytes)?;
    ensure!(
        unmapped == bytes,
        "{unmapped} of {bytes} bytes were unmapped"
    );
    let expect_none = |when: &str| -> Result<()> {
        let left = kernel::pins()? - pins;
        ensure!(left == 0, "{left} pins are left {when}");
        let accounted = kernel::locked_kib()? - locked;
        ensure!(accounted == 0, "{accounted} KiB are still accounted {when}");
        Ok(())
    };
    expect_none("after unmap")?;

    let again = container.map(&region, 0, region.pages(), IOVA, READ | WRITE);
    match again {
        Err(Errno::EHWPOISON | Errno::EFAULT) => {}
        // It could not be split while it was pinned, and is mapped still.
        Ok(()) if backing == Backing::Thp => drop(container.unmap(IOVA, bytes)?),
        answer => bail!("a map of memory that failed: {answer:?}"),
    }
    expect_none("after the second map")?;
    container
        .map(&region, 0, PAGES_2M, IOVA, READ | WRITE)
        .context("a map of the part that is sound")?;
    container.unmap(IOVA, (PAGES_2M as u64) * 4096)?;
    Ok(())
}
