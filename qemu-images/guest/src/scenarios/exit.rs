// SPDX-License-Identifier: GPL-2.0-only
//! Proves that no pin outlives its owner: a process killed with mappings in
//! place or in the middle of the map ioctl, a container closed with mappings,
//! and then the modules unloaded and loaded again.

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::context::{Ctx, IOVA, expect_pins};
use crate::init::{load_module, unload_module};
use crate::memory::{Backing, PAGES_1G, PAGES_2M, Region};
use crate::nvme::Nvme;
use crate::vfio::{Api, Container, READ, WRITE};
use crate::{kernel, pci};

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    for backing in [Backing::Small, Backing::Huge2M, Backing::Shared2M] {
        ctx.case(&format!("killed_with_{}_mapped", backing.name()), |ctx| {
            killed_with_mappings(ctx, backing)
        });
        ctx.case(&format!("closed_with_{}_mapped", backing.name()), |ctx| {
            closed_with_mappings(ctx, backing)
        });
    }
    ctx.case("killed_inside_map_4k", |ctx| {
        killed_inside_map(ctx, 0, 100_000)
    });
    ctx.case("killed_inside_map_1g", |ctx| {
        killed_inside_map(ctx, libc::MAP_HUGETLB | libc::MAP_HUGE_1GB, PAGES_1G)
    });
    ctx.case("modules_unload_and_load", modules);
    Ok(())
}

/// Runs `work` in a child; returns its pid and the end of a pipe on which the
/// child's bytes (one when it is where it should be) arrive.
fn child(
    work: impl FnOnce(std::io::PipeWriter) -> Result<()>,
) -> Result<(Pid, std::io::PipeReader)> {
    let (reader, writer) = std::io::pipe()?;
    // SAFETY: this process has one thread, so the child may run on.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => Ok((child, reader)),
        ForkResult::Child => {
            let code = i32::from(work(writer).is_err());
            // SAFETY: ends the process at once, without destructors that belong
            // to the parent.
            unsafe { libc::_exit(code) }
        }
    }
}

fn killed(pid: Pid) -> Result<()> {
    kill(pid, Signal::SIGKILL)?;
    match waitpid(pid, None)? {
        WaitStatus::Signaled(_, Signal::SIGKILL, _) => Ok(()),
        other => bail!("the child was not killed but ended with {other:?}"),
    }
}

fn map_some(container: &Container, region: &Region) -> Result<()> {
    container.map(region, 0, region.pages(), IOVA, READ | WRITE)?;
    container.map(region, 3, 700, IOVA + (1 << 30), READ)?;
    Ok(())
}

fn killed_with_mappings(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let before = kernel::pins()?;
    let devices = ctx.devices.clone();
    let (pid, mut ready) = child(|mut ready| {
        let region = Region::new(backing, 3 * PAGES_2M)?;
        let container = Container::open(Api::V2, &[&devices[0]])?;
        map_some(&container, &region)?;
        std::io::Write::write_all(&mut ready, b"x")?;
        loop {
            std::thread::park();
        }
    })?;
    let mut byte = [0];
    ready
        .read_exact(&mut byte)
        .context("the child did not get to map")?;
    ensure!(
        kernel::pins()? > before,
        "nothing is pinned while the child lives"
    );
    killed(pid)?;
    expect_pins(before)
}

fn closed_with_mappings(ctx: &mut Ctx, backing: Backing) -> Result<()> {
    let before = kernel::pins()?;
    let region = Region::new(backing, 3 * PAGES_2M)?;
    let container = ctx.container(Api::V2)?;
    map_some(&container, &region)?;
    ensure!(kernel::pins()? > before, "nothing is pinned");
    drop(container);
    expect_pins(before)?;
    ensure!(
        kernel::locked_kib()? == 0,
        "{} KiB are still accounted",
        kernel::locked_kib()?
    );
    Ok(())
}

/// The child maps memory that is not there yet, so that most of the ioctl is
/// spent making it; it is killed as soon as it has begun.
fn killed_inside_map(ctx: &mut Ctx, flags: i32, pages: usize) -> Result<()> {
    let before = kernel::pins()?;
    let devices = ctx.devices.clone();
    let (pid, mut ready) = child(|mut ready| {
        let region = Region::anonymous(pages, flags)?;
        let container = Container::open(Api::V2, &[&devices[0]])?;
        std::io::Write::write_all(&mut ready, b"x")?;
        for _ in 0..1000 {
            container.map(&region, 0, pages, IOVA, READ | WRITE)?;
            container.unmap(IOVA, region.bytes())?;
        }
        Ok(())
    })?;
    let mut byte = [0];
    ready
        .read_exact(&mut byte)
        .context("the child did not get to map")?;
    // It is inside the ioctl once something is pinned, or once it is seen there.
    let start = Instant::now();
    while kernel::pins()? == before && !inside_ioctl(pid) {
        ensure!(
            start.elapsed() < Duration::from_secs(20),
            "the child does not map"
        );
        std::thread::yield_now();
    }
    killed(pid)?;
    expect_pins(before)
}

fn inside_ioctl(pid: Pid) -> bool {
    // The number of the system call it is in, or "running".
    kernel::read(format!("/proc/{pid}/syscall"))
        .is_ok_and(|text| text.split(' ').next() == Some(&libc::SYS_ioctl.to_string()))
}

/// Every module of the job, unloaded in reverse and loaded again; afterwards
/// the devices work as before.
fn modules(ctx: &mut Ctx) -> Result<()> {
    let name = |path: &String| {
        Path::new(path)
            .file_stem()
            .map(|name| name.to_string_lossy().into_owned())
            .context("a module has a name")
    };
    for path in ctx.job.modules.iter().rev() {
        unload_module(&name(path)?)?;
    }
    for path in &ctx.job.modules {
        load_module(Path::new(path))?;
    }
    for device in pci::nvme_controllers()? {
        pci::bind(&device)?;
    }
    let region = Region::new(Backing::Huge2M, PAGES_2M)?;
    region.mark_all();
    let container = ctx.container(Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(0..1)?;
    container.map(&region, 0, PAGES_2M, IOVA, READ | WRITE)?;
    super::map_unmap::reaches_only(&mut nvme, &region, 100, IOVA, 0)?;
    container.unmap(IOVA, region.bytes())?;
    Ok(())
}
