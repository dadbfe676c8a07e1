// SPDX-License-Identifier: GPL-2.0-only
//! Proves rows F1 and F3: pages that a mediated device has pinned before a
//! range is pinned as a whole are accounted once, those of the neighbouring
//! ranges are not mistaken for them, and each folio has exactly the pins that
//! it should have, whether external pins come first or last, whether the range
//! is given up by its device or by unmap, and when the limit is in the way.

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;
use std::fs::File;

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::probe::{self, EMULATED, Probe};
use crate::vfio::{Api, Container, READ, WRITE};

/// Pages of the memory under test: two ranges of two huge pages each.
const PAGES: usize = 4 * PAGES_2M;
/// The second range begins here, and is 100 pages short of a huge page long so
/// that neither range ends where a folio does.
const SPLIT: usize = 2 * PAGES_2M - 100;

/// Pages that are pinned externally, in both ranges and on both sides of where
/// they meet.
const EXTERNAL: &[usize] = &[
    0,
    1,
    511,
    512,
    700,
    SPLIT - 1,
    SPLIT,
    SPLIT + 1,
    1024,
    1500,
    PAGES - 1,
];

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let probe = Probe::load()?;
    let backings = [
        Backing::Small,
        Backing::Thp,
        Backing::Huge2M,
        Backing::Shared2M,
    ];
    for backing in backings {
        ctx.case(
            &format!("{}_before_the_device_comes", backing.name()),
            |ctx| before_the_device(ctx, &probe, backing),
        );
        ctx.case(
            &format!("{}_after_the_device_came", backing.name()),
            |ctx| after_the_device(ctx, &probe, backing),
        );
    }
    // Without the capability from here on.
    kernel::drop_cap_ipc_lock()?;
    for backing in backings {
        ctx.case(
            &format!("{}_counts_towards_the_limit", backing.name()),
            |ctx| at_the_limit(ctx, &probe, backing),
        );
    }
    Ok(())
}

/// The two ranges of a region, mapped one after the other.
struct Ranges<'a> {
    region: &'a Region,
    probe: &'a Probe,
    locked: i64,
}

impl<'a> Ranges<'a> {
    fn map(container: &Container, region: &'a Region, probe: &'a Probe) -> Result<Self> {
        let ranges = Self {
            region,
            probe,
            locked: kernel::locked_kib()?,
        };
        container.map(region, 0, SPLIT, IOVA, READ | WRITE)?;
        container.map(region, SPLIT, PAGES - SPLIT, iova(SPLIT), READ | WRITE)?;
        Ok(ranges)
    }

    /// Asserts how many pages are accounted, and the pins of every folio.
    fn expect(&self, when: &str, accounted: usize, pins: impl Fn(usize) -> usize) -> Result<()> {
        let pages = (kernel::locked_kib()? - self.locked) / 4;
        ensure!(
            pages == accounted as i64,
            "{when}: {pages} pages are accounted, not {accounted}"
        );
        let mut page = 0;
        while page < PAGES {
            let state = self.probe.page(self.region, page)?;
            let folio = 1 << state.order;
            let wanted: usize = (page..page + folio).map(&pins).sum();
            ensure!(
                state.pins() == wanted as i32,
                "{when}: the folio of {folio} pages at page {page} has {} pins, not {wanted}",
                state.pins()
            );
            page += folio;
        }
        Ok(())
    }
}

fn iova(page: usize) -> u64 {
    IOVA + (page as u64) * 4096
}

/// How often `page` is pinned externally, in the part of the memory given.
fn external(page: usize, part: std::ops::Range<usize>) -> usize {
    usize::from(part.contains(&page) && EXTERNAL.contains(&page))
}

fn count(part: std::ops::Range<usize>) -> usize {
    EXTERNAL.iter().filter(|page| part.contains(page)).count()
}

fn pin_all(device: &File) -> Result<()> {
    for &page in EXTERNAL {
        probe::pin(device, iova(page), 1)
            .with_context(|| format!("an external pin of page {page}"))?;
    }
    Ok(())
}

fn before_the_device(ctx: &mut Ctx, probe: &Probe, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    let mut container = Container::open(Api::V2, &[EMULATED])?;
    let ranges = Ranges::map(&container, &region, probe)?;
    ranges.expect("without a device", 0, |_| 0)?;
    pin_all(container.device(0))?;
    ranges.expect("pinned externally", EXTERNAL.len(), |page| {
        external(page, 0..PAGES)
    })?;

    container.add(&ctx.devices[0])?;
    ranges.expect("when the device came", PAGES, |page| {
        1 + external(page, 0..PAGES)
    })?;

    // A page more and a page less change nothing in what is accounted.
    probe::pin(container.device(0), iova(900), 1)?;
    probe::unpin(container.device(0), iova(512), 1)?;
    let pins = |page| match page {
        512 => 0,
        900 => 1,
        _ => external(page, 0..PAGES),
    };
    ranges.expect("with the device", PAGES, |page| 1 + pins(page))?;

    container.remove_last();
    ranges.expect("when the device went", EXTERNAL.len(), pins)?;
    probe::unpin(container.device(0), iova(900), 1)?;
    probe::pin(container.device(0), iova(512), 1)?;

    container.add(&ctx.devices[0])?;
    ranges.expect("when the device came back", PAGES, |page| {
        1 + external(page, 0..PAGES)
    })?;
    // The first range takes its external pins along, the second keeps its own.
    container.unmap(IOVA, (SPLIT as u64) * 4096)?;
    ranges.expect("without the first range", PAGES - SPLIT, |page| {
        usize::from(page >= SPLIT) + external(page, SPLIT..PAGES)
    })?;
    container.remove_last();
    ranges.expect("of the second range alone", count(SPLIT..PAGES), |page| {
        external(page, SPLIT..PAGES)
    })?;
    drop(container);
    ranges.expect("at the end", 0, |_| 0)
}

fn after_the_device(ctx: &mut Ctx, probe: &Probe, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    let mut container = Container::open(Api::V2, &[&ctx.devices[0]])?;
    let ranges = Ranges::map(&container, &region, probe)?;
    ranges.expect("mapped", PAGES, |_| 1)?;
    container.add(EMULATED)?;
    pin_all(container.device(1))?;
    ranges.expect("pinned externally", PAGES, |page| {
        1 + external(page, 0..PAGES)
    })?;
    // Twice is one page, and one pin.
    pin_all(container.device(1))?;
    ranges.expect("pinned twice", PAGES, |page| 1 + external(page, 0..PAGES))?;
    for &page in EXTERNAL {
        probe::unpin(container.device(1), iova(page), 1)?;
    }
    ranges.expect("unpinned once", PAGES, |page| 1 + external(page, 0..PAGES))?;
    container.unmap(iova(SPLIT), ((PAGES - SPLIT) as u64) * 4096)?;
    ranges.expect("without the second range", SPLIT, |page| {
        usize::from(page < SPLIT) + external(page, 0..SPLIT)
    })?;
    container.unmap(IOVA, (SPLIT as u64) * 4096)?;
    ranges.expect("at the end", 0, |_| 0)
}

/// The pages pinned externally count once towards the limit, wherever they are.
fn at_the_limit(ctx: &mut Ctx, probe: &Probe, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    let mut container = Container::open(Api::V2, &[EMULATED])?;
    let ranges = Ranges::map(&container, &region, probe)?;
    kernel::limit_locked(EXTERNAL.len() - 1)?;
    let (last, others) = EXTERNAL.split_last().context("there are some")?;
    for &page in others {
        probe::pin(container.device(0), iova(page), 1)?;
    }
    let beyond = probe::pin(container.device(0), iova(*last), 1);
    ensure!(
        beyond == Err(Errno::ENOMEM),
        "an external pin beyond the limit: {beyond:?}"
    );
    kernel::limit_locked(EXTERNAL.len())?;
    probe::pin(container.device(0), iova(*last), 1)?;
    for limit in [EXTERNAL.len(), SPLIT - 1, SPLIT, SPLIT + 1, 1400, PAGES - 1] {
        kernel::limit_locked(limit)?;
        let answer = container.add(&ctx.devices[0]);
        ensure!(
            answer.is_err(),
            "the device comes, with a limit of {limit} of {PAGES} pages"
        );
        ranges.expect(
            &format!("with a limit of {limit} pages"),
            EXTERNAL.len(),
            |page| external(page, 0..PAGES),
        )?;
    }
    kernel::limit_locked(PAGES)?;
    container
        .add(&ctx.devices[0])
        .context("with a limit of all pages")?;
    ranges.expect("within the limit", PAGES, |page| {
        1 + external(page, 0..PAGES)
    })?;
    drop(container);
    ranges.expect("at the end", 0, |_| 0)
}
