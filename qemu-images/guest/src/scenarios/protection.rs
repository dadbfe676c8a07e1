// SPDX-License-Identifier: GPL-2.0-only
//! Proves that the rights of a mapping hold against the device, that a mapping
//! cannot give what the memory's own protection forbids, that the pages a
//! device writes to are the process' own (copy on write, fork), and that a
//! range with a hole is refused as a whole.

use anyhow::{Context, Result, bail, ensure};
use nix::errno::Errno;
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::vfio::{Api, READ, WRITE};

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    for backing in [Backing::Small, Backing::Huge2M] {
        let name = backing.name();
        ctx.case(&format!("{name}_read_only"), |ctx| read_only(ctx, backing));
        ctx.case(&format!("{name}_write_only"), |ctx| {
            write_only(ctx, backing)
        });
        ctx.case(&format!("{name}_prot_read"), |ctx| prot_read(ctx, backing));
        ctx.case(&format!("{name}_copy_on_write"), |ctx| {
            copy_on_write(ctx, backing)
        });
        ctx.case(&format!("{name}_fork_after_map"), |ctx| {
            fork_after_map(ctx, backing)
        });
        ctx.case(&format!("{name}_holes"), |ctx| holes(ctx, backing));
    }
    ctx.case("prot_none", prot_none);
    Ok(())
}

const PAGES: usize = 2 * PAGES_2M;

fn read_only(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    container.map(&region, 0, PAGES, IOVA, READ)?;
    for page in [0, PAGES_2M, PAGES - 1] {
        ctx.expect_read_only(&mut nvme, IOVA + (page as u64) * 4096, &region, page)?;
        region.fill(page, 77);
        ensure!(
            nvme.sees(IOVA + (page as u64) * 4096, 77)?,
            "the device does not see page {page}"
        );
        region.mark(page);
    }
    ensure!(
        region.written().is_empty(),
        "the device wrote to the pages {:?}",
        region.written()
    );
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}

fn write_only(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    container.map(&region, 0, PAGES, IOVA, WRITE)?;
    for page in [0, PAGES - 1] {
        ctx.expect_write_only(&mut nvme, IOVA + (page as u64) * 4096, &region, page)?;
        region.mark(page);
    }
    ensure!(
        region.written().is_empty(),
        "the device wrote to the pages {:?}",
        region.written()
    );
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}

fn prot_read(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    region.fill(3, 5);
    region.protect(libc::PROT_READ)?;
    let container = ctx.container(Api::V2)?;
    let before = kernel::pins()?;
    for flags in [WRITE, READ | WRITE] {
        let answer = container.map(&region, 0, PAGES, IOVA, flags);
        ensure!(
            answer == Err(Errno::EFAULT),
            "a map with flags {flags} of read-only memory: {answer:?}"
        );
    }
    ensure!(
        kernel::pins()? == before,
        "{} pins are left",
        kernel::pins()? - before
    );
    let mut nvme = Nvme::start(&container, 0)?;
    container.map(&region, 0, PAGES, IOVA, READ)?;
    ensure!(
        nvme.sees(IOVA + 3 * 4096, 5)?,
        "the device does not see page 3"
    );
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}

fn prot_none(ctx: &mut Ctx) -> Result<()> {
    let region = Region::new(Backing::Small, 16)?;
    region.protect(libc::PROT_NONE)?;
    let container = ctx.container(Api::V2)?;
    for flags in [READ, WRITE] {
        let answer = container.map(&region, 0, 16, IOVA, flags);
        ensure!(
            answer == Err(Errno::EFAULT),
            "a map with flags {flags} of inaccessible memory: {answer:?}"
        );
    }
    Ok(())
}

/// Forks; the child waits for a byte, then looks whether each page still has
/// its mark, and says so by its exit code.
struct Child {
    pid: nix::unistd::Pid,
    go: Option<std::io::PipeWriter>,
}

impl Child {
    fn start(region: &Region) -> Result<Self> {
        let (mut wait, go) = std::io::pipe()?;
        // SAFETY: this process has one thread, so the child may run on.
        match unsafe { fork() }? {
            ForkResult::Parent { child } => Ok(Self {
                pid: child,
                go: Some(go),
            }),
            ForkResult::Child => {
                drop(go);
                let mut byte = [0];
                let _ = std::io::Read::read(&mut wait, &mut byte);
                let untouched = region.written().is_empty();
                // SAFETY: ends the process at once, without destructors that
                // belong to the parent.
                unsafe { libc::_exit(i32::from(!untouched)) }
            }
        }
    }

    fn untouched(mut self) -> Result<bool> {
        match self.finish()? {
            WaitStatus::Exited(_, code) => Ok(code == 0),
            other => bail!("the child ended with {other:?}"),
        }
    }

    fn finish(&mut self) -> Result<WaitStatus> {
        self.go = None;
        Ok(waitpid(self.pid, None)?)
    }
}

impl Drop for Child {
    /// A case that fails early must not leave a child behind, which would keep
    /// the container open that it inherited.
    fn drop(&mut self) {
        if self.go.is_some() {
            let _ = self.finish();
        }
    }
}

/// Pages shared with a child before the map: the device gets the parent's own.
fn copy_on_write(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    region.mark_all();
    let child = Child::start(&region)?;
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    container.map(&region, 0, PAGES, IOVA, READ | WRITE)?;
    for page in [0, 511, PAGES - 1] {
        super::map_unmap::reaches_only(&mut nvme, &region, page, IOVA, 0)?;
    }
    nvme.read(0, &[IOVA, IOVA + 511 * 4096])?;
    ensure!(child.untouched()?, "the device wrote to the child's copy");
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}

/// A child forked while pages are pinned gets copies; the device and the
/// parent go on with the same pages.
fn fork_after_map(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let region = Region::new(backing, PAGES)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    container.map(&region, 0, PAGES, IOVA, READ | WRITE)?;
    let child = Child::start(&region)?;
    for page in [0, 511, PAGES - 1] {
        // Written by the CPU first: that is when an unpinned page would be
        // replaced by a copy, and the device would lose it.
        region.mark(page);
        super::map_unmap::reaches_only(&mut nvme, &region, page, IOVA, 0)?;
    }
    nvme.read(0, &[IOVA, IOVA + 511 * 4096])?;
    ensure!(
        region.holds(0, 0),
        "the parent does not see the device's write"
    );
    ensure!(child.untouched()?, "the child sees the device's writes");
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}

/// The hole is at the start, the end, in the middle; whatever was pinned
/// before it was found is given back.
fn holes(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let unit = backing.unit();
    let pages = 3 * PAGES_2M;
    let container = ctx.container(Api::V2)?;
    let before = kernel::pins()?;
    let last = pages - unit;
    for first in [0, (pages / 2).next_multiple_of(unit).min(last), last] {
        let region = Region::new(backing, pages)?;
        region.punch(first, unit)?;
        let answer = container.map(&region, 0, pages, IOVA, READ | WRITE);
        ensure!(
            answer == Err(Errno::EFAULT),
            "a hole at page {first}: {answer:?}"
        );
        ensure!(
            kernel::pins()? == before,
            "a hole at page {first} leaves {} pins",
            kernel::pins()? - before
        );
        ensure!(
            kernel::locked_kib()? == 0,
            "a hole at page {first} leaves {} KiB accounted",
            kernel::locked_kib()?
        );
        // Up to the hole all is well.
        if first > 0 {
            container
                .map(&region, 0, first, IOVA, READ | WRITE)
                .context("the part before the hole")?;
            container.unmap(IOVA, (first as u64) * 4096)?;
        }
    }
    Ok(())
}
