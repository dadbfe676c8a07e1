// SPDX-License-Identifier: GPL-2.0-only
//! Proves that pages end up where a long-term pin may be: those in ZONE_MOVABLE
//! are moved out of it before they are pinned, whatever their size, with their
//! contents and on the node where they were; those elsewhere stay; and the
//! device reaches them in their new place.

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use crate::context::{Ctx, IOVA, Skip};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::probe::{PageState, Probe};
use crate::protocol::Status;
use crate::vfio::{Api, READ, WRITE};

const PAGES: usize = 2 * PAGES_2M;

/// What the regions of a node take, with as much again for the page tables and
/// the like.
const NEEDED: u64 = 2 * 5 * PAGES as u64;

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let mut free = [0; 2];
    for (node, free) in (0..).zip(&mut free) {
        *free = kernel::movable_free(node)?;
    }
    if free.iter().all(|free| *free < NEEDED) {
        return Err(Skip("no node has free memory in ZONE_MOVABLE (machine: numa)".into()).into());
    }
    let probe = Probe::load()?;
    for (node, free) in (0..).zip(free) {
        // KASAN's shadow of a node lies at its end, in this zone.
        if free < NEEDED {
            let reason = format!("{free} pages of ZONE_MOVABLE are free");
            ctx.report(&format!("on_node_{node}"), Status::Skip, &reason);
            continue;
        }
        // All of it at once: what a pin moves out goes back to the pool of huge
        // pages, and would be the first to be handed out again.
        prefer(Some(node))?;
        let made: Result<Vec<(Backing, Region)>> = [
            Backing::Small,
            Backing::Thp,
            Backing::Huge2M,
            Backing::Shared2M,
            Backing::Shared,
        ]
        .into_iter()
        .map(|backing| Ok((backing, Region::new(backing, PAGES)?)))
        .collect();
        prefer(None)?;
        let made = made?;
        for (backing, region) in &made {
            ctx.case(&format!("{}_on_node_{node}", backing.name()), |ctx| {
                moved_out(ctx, &probe, region, node)
            });
        }
    }
    Ok(())
}

/// Has this thread's memory come from one node; from any with `None`.
fn prefer(node: Option<u32>) -> Result<()> {
    const MPOL_DEFAULT: i32 = 0;
    const MPOL_BIND: i32 = 2;
    let answer = match node {
        Some(node) => {
            let mask = 1_u64 << node;
            // SAFETY: the mask is one word, as is announced.
            unsafe { libc::syscall(libc::SYS_set_mempolicy, MPOL_BIND, &raw const mask, 64_u64) }
        }
        // SAFETY: no mask is read.
        None => unsafe {
            libc::syscall(
                libc::SYS_set_mempolicy,
                MPOL_DEFAULT,
                std::ptr::null::<u64>(),
                0_u64,
            )
        },
    };
    Errno::result(answer).context("set_mempolicy")?;
    Ok(())
}

fn states(probe: &Probe, region: &Region) -> Result<Vec<PageState>> {
    (0..region.pages())
        .map(|page| probe.page(region, page))
        .collect()
}

fn moved_out(ctx: &mut Ctx, probe: &Probe, region: &Region, node: u32) -> Result<()> {
    for page in 0..PAGES {
        region.fill(page, page as u64);
    }
    let before = states(probe, region)?;
    ensure!(
        before.iter().all(|state| state.nid == node as i32),
        "the memory is not all on node {node}"
    );
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(5000..5001)?;
    container.map(region, 0, PAGES, IOVA, READ | WRITE)?;
    let pinned = states(probe, region)?;
    for (page, (old, new)) in before.iter().zip(&pinned).enumerate() {
        ensure!(
            !new.is_movable(),
            "page {page} is pinned in ZONE_MOVABLE: {new:?}"
        );
        ensure!(
            old.is_movable() || old.pfn == new.pfn,
            "page {page} was moved without need: {old:?} to {new:?}"
        );
        ensure!(
            new.is_hugetlb() == old.is_hugetlb(),
            "page {page} became something else: {old:?} to {new:?}"
        );
        ensure!(
            region.holds(page, page as u64),
            "page {page} lost its contents on the way"
        );
    }
    let movable = before.iter().filter(|state| state.is_movable()).count();
    ensure!(
        movable > 0,
        "none of the memory was in ZONE_MOVABLE: nothing is shown"
    );
    for page in [0, 1, 511, 512, 700, PAGES - 1] {
        nvme.read(5000, &[IOVA + (page as u64) * 4096])?;
        ensure!(
            region.holds(page, 5000),
            "the device's write to page {page} did not reach it"
        );
    }
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}
