// SPDX-License-Identifier: GPL-2.0-only
//! Proves that the map and unmap paths survive the failure of any allocation:
//! each is made to fail in turn (`fail-nth`, see
//! Documentation/fault-injection/fault-injection.rst); the answer is success or
//! an errno, and after a failure nothing is pinned, accounted, mapped or lost.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use crate::context::{Ctx, IOVA, Skip};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::probe::{self, EMULATED, Probe, SECOND};
use crate::vfio::{Api, Container, READ, WRITE};

/// More allocations than any of the operations makes.
const MANY: usize = 5000;

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    if !Path::new("/sys/kernel/debug/failslab").exists() {
        return Err(Skip("this kernel has no fault injection (--profile debug)".into()).into());
    }
    // By default only allocations that must not sleep are made to fail.
    for (file, value) in [
        ("failslab/ignore-gfp-wait", "N"),
        ("fail_page_alloc/ignore-gfp-wait", "N"),
        ("fail_page_alloc/ignore-gfp-highmem", "N"),
        ("fail_page_alloc/min-order", "0"),
    ] {
        kernel::write(format!("/sys/kernel/debug/{file}"), value)?;
    }
    // The report of each injected failure is a stack trace.
    for kind in ["failslab", "fail_page_alloc"] {
        kernel::write(format!("/sys/kernel/debug/{kind}/verbose"), "0")?;
    }
    let regions: [super::Named; 6] = [
        ("4k", || Region::new(Backing::Small, 700)),
        ("4k_unpopulated", || Region::anonymous(40, 0)),
        ("thp", || Region::new(Backing::Thp, 2 * PAGES_2M)),
        ("hugetlb_2m", || Region::new(Backing::Huge2M, 2 * PAGES_2M)),
        ("memfd_hugetlb_2m_scattered", || {
            Region::shared_2m(&(0..12).map(|page| page * 5 % 12).collect::<Vec<_>>())
        }),
        ("mixed", Region::mixed),
    ];
    for (name, make) in regions {
        ctx.case(&format!("map_{name}"), |ctx| map(ctx, make));
        ctx.case(&format!("unmap_{name}"), |ctx| unmap(ctx, make));
    }
    let probe = Probe::load()?;
    ctx.case("replay", |ctx| replay(ctx, &probe));
    ctx.case("external_pins", external_pins);
    Ok(())
}

/// The switch of this thread.
struct FailNth(File);

impl FailNth {
    fn open() -> Result<Self> {
        Ok(Self(
            File::options()
                .read(true)
                .write(true)
                .open("/proc/thread-self/fail-nth")
                .context("cannot open fail-nth")?,
        ))
    }

    /// Runs `operation` with the `nth` allocation failing; also says whether it
    /// made that many.
    fn run<T>(&self, nth: usize, operation: impl FnOnce() -> T) -> Result<(T, bool)> {
        self.0.write_at(nth.to_string().as_bytes(), 0)?;
        let answer = operation();
        let mut text = [0; 32];
        let length = self.0.read_at(&mut text, 0)?;
        self.0.write_at(b"0", 0)?;
        let left = String::from_utf8_lossy(&text[..length]).trim().to_owned();
        Ok((answer, left == "0"))
    }
}

struct Balance {
    pins: i64,
    locked: i64,
}

impl Balance {
    fn now() -> Result<Self> {
        Ok(Self {
            pins: kernel::pins()?,
            locked: kernel::locked_kib()?,
        })
    }

    fn expect(&self, pages: usize, when: &str) -> Result<()> {
        let pins = kernel::pins()? - self.pins;
        let accounted = (kernel::locked_kib()? - self.locked) / 4;
        ensure!(
            (pins, accounted) == (pages as i64, pages as i64),
            "{when}: {pins} pages are pinned and {accounted} accounted, not {pages}"
        );
        Ok(())
    }
}

fn map(ctx: &mut Ctx, make: fn() -> Result<Region>) -> Result<()> {
    let switch = FailNth::open()?;
    let container = ctx.container(Api::V2)?;
    let region = make()?;
    let before = Balance::now()?;
    let mut failures = 0;
    for nth in 1..MANY {
        let (answer, failed) = switch.run(nth, || {
            container.map(&region, 1, region.pages() - 1, IOVA, READ | WRITE)
        })?;
        let when = format!("allocation {nth}: {answer:?}");
        match answer {
            Ok(()) => {
                before.expect(region.pages() - 1, &when)?;
                let unmapped = container.unmap(IOVA, region.bytes() - 4096)?;
                ensure!(
                    unmapped == region.bytes() - 4096,
                    "{when}: unmap took {unmapped}"
                );
            }
            Err(Errno::ENOMEM | Errno::EFAULT) => failures += 1,
            Err(_) => anyhow::bail!("{when}"),
        }
        before.expect(0, &when)?;
        if !failed {
            ensure!(failures > 0, "no allocation was made to fail");
            return Ok(());
        }
    }
    anyhow::bail!("it allocates more than {MANY} times")
}

fn unmap(ctx: &mut Ctx, make: fn() -> Result<Region>) -> Result<()> {
    let switch = FailNth::open()?;
    let container = ctx.container(Api::V2)?;
    let region = make()?;
    let before = Balance::now()?;
    for nth in 1..MANY {
        container.map(&region, 0, region.pages(), IOVA, READ | WRITE)?;
        let (answer, failed) = switch.run(nth, || container.unmap(IOVA, region.bytes()))?;
        // Unmap must not fail for want of memory.
        ensure!(
            answer == Ok(region.bytes()),
            "allocation {nth}: unmap answers {answer:?}"
        );
        before.expect(0, &format!("allocation {nth}"))?;
        if !failed {
            return Ok(());
        }
    }
    anyhow::bail!("it allocates more than {MANY} times")
}

/// A device with a domain of its own comes to a container with mappings.
fn replay(ctx: &mut Ctx, probe: &Probe) -> Result<()> {
    let switch = FailNth::open()?;
    let _second = probe.second_iommu()?;
    let region = Region::mixed()?;
    let mut container = ctx.container(Api::V2)?;
    let before = Balance::now()?;
    container.map(&region, 3, region.pages() - 3, IOVA, READ | WRITE)?;
    let mut failures = 0;
    for nth in 1..MANY {
        let (answer, failed) = switch.run(nth, || container.add(SECOND))?;
        before.expect(region.pages() - 3, &format!("allocation {nth}: {answer:?}"))?;
        match answer {
            Ok(()) => {
                for page in [3, 511, 512, 1500, region.pages() - 1] {
                    let iova = IOVA + ((page - 3) as u64) * 4096;
                    let wanted = probe.page(&region, page)?.pfn;
                    let found = probe::translate(container.device(1), iova)?;
                    ensure!(
                        found == Some(wanted),
                        "allocation {nth}: page {page} is translated to {found:x?}"
                    );
                }
                container.remove_last();
            }
            Err(_) => failures += 1,
        }
        if !failed {
            ensure!(failures > 0, "no allocation was made to fail");
            container.unmap_all()?;
            return before.expect(0, "at the end");
        }
    }
    anyhow::bail!("it allocates more than {MANY} times")
}

/// Pages are pinned one by one, with and without a device.
fn external_pins(ctx: &mut Ctx) -> Result<()> {
    let switch = FailNth::open()?;
    let region = Region::new(Backing::Huge2M, PAGES_2M)?;
    let mut container = Container::open(Api::V2, &[EMULATED])?;
    let before = Balance::now()?;
    container.map(&region, 0, PAGES_2M, IOVA, READ | WRITE)?;
    for with_device in [false, true] {
        if with_device {
            container.add(&ctx.devices[0])?;
        }
        let now = Balance::now()?;
        for nth in 1..MANY {
            let (answer, failed) =
                switch.run(nth, || probe::pin(container.device(0), IOVA + 4096 * 7, 1))?;
            if answer.is_ok() {
                probe::unpin(container.device(0), IOVA + 4096 * 7, 1)?;
            }
            now.expect(0, &format!("allocation {nth}: {answer:?}"))?;
            if !failed {
                break;
            }
        }
    }
    drop(container);
    before.expect(0, "at the end")
}
