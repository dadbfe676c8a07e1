// SPDX-License-Identifier: GPL-2.0-only
//! Proves row F6: mapping one huge page again and again does not overflow its
//! reference count. The map that would come near is refused with -ENOMEM and
//! leaves nothing behind, the page remains usable for everybody, and what was
//! mapped can be unmapped to the last reference.

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use crate::context::{Ctx, IOVA, Skip};
use crate::kernel;
use crate::memory::{Backing, PAGES_1G, Region};
use crate::nvme::Nvme;
use crate::probe::Probe;
use crate::vfio::{Api, READ, WRITE};

/// More mappings of 1 GiB than a count of 2^31 could hold.
const TOO_MANY: u64 = 1 << 13;

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let type1 = ctx
        .job
        .modules
        .iter()
        .find(|path| path.ends_with("/vfio_iommu_type1.ko"))
        .context("type1 is no module here")?;
    if !kernel::module_names(type1, "pin_user_page_run_fast")? {
        // It would overflow: GUP notices only afterwards, with a warning.
        return Err(Skip("this kernel pins huge pages page by page".into()).into());
    }
    let probe = Probe::load()?;
    ctx.case("hugetlb_1g_mapped_until_refused", |ctx| {
        until_refused(ctx, &probe)
    });
    Ok(())
}

fn until_refused(ctx: &mut Ctx, probe: &Probe) -> Result<()> {
    const GIB: u64 = 1 << 30;
    let region = Region::new(Backing::Huge1G, PAGES_1G)?;
    region.mark(PAGES_1G - 1);
    let container = ctx.container(Api::V2)?;
    let room = container
        .info()?
        .ranges
        .iter()
        .any(|&(first, last)| first <= IOVA && last >= IOVA + TOO_MANY * GIB);
    if !room {
        return Err(Skip("the IOMMU has too small an address space (39 bits?)".into()).into());
    }
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    let before = probe.page(&region, 0)?;
    let pins = kernel::pins()?;
    let mut mapped = 0;
    let answer = loop {
        let answer = container.map(&region, 0, PAGES_1G, IOVA + mapped * GIB, READ | WRITE);
        if answer.is_err() || mapped == TOO_MANY {
            break answer;
        }
        mapped += 1;
    };
    ensure!(
        answer == Err(Errno::ENOMEM),
        "mapping number {mapped}: {answer:?}"
    );
    ensure!(mapped > 1000, "refused after only {mapped} mappings");
    let full = probe.page(&region, 0)?;
    let wanted = mapped * PAGES_1G as u64;
    ensure!(
        full.pincount as u64 == wanted,
        "{} pins for {mapped} mappings",
        full.pincount
    );
    ensure!(
        full.refcount > 0 && full.refcount < i32::MAX / 2 + (PAGES_1G as i32),
        "{} references",
        full.refcount
    );
    ensure!(
        kernel::pins()? - pins == wanted as i64,
        "{} pins in the system for {mapped} mappings",
        kernel::pins()? - pins
    );
    // Everybody else goes on as before: small maps by the other path, DMA.
    let beyond = IOVA + (mapped + 1) * GIB;
    match container.map(&region, 7, 1, beyond, READ | WRITE) {
        Ok(()) => drop(container.unmap(beyond, 4096)?),
        Err(error) => ensure!(error == Errno::ENOMEM, "a small map: {error}"),
    }
    nvme.read(0, &[IOVA + (mapped - 1) * GIB + GIB - 4096])?;
    ensure!(
        region.holds(PAGES_1G - 1, 0),
        "the device does not reach the page"
    );

    container.unmap(IOVA, GIB)?;
    container
        .map(&region, 0, PAGES_1G, IOVA, READ | WRITE)
        .context("a mapping in place of one that was given up")?;
    let unmapped = container.unmap(IOVA, mapped * GIB)?;
    ensure!(unmapped == mapped * GIB, "{unmapped} bytes were unmapped");
    let after = probe.page(&region, 0)?;
    ensure!(
        (after.refcount, after.pincount) == (before.refcount, before.pincount),
        "{after:?} is left of {before:?}"
    );
    Ok(())
}
