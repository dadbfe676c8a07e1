// SPDX-License-Identifier: GPL-2.0-only
//! The end of a process that has everything mapped: a VM monitor is killed. The
//! cost is from the signal until it is gone, and freeing its memory is a part;
//! resetting the device is not, as it would be most of it.

use std::io::{Read, Write};

use anyhow::{Context, Result, bail, ensure};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, fork};

use super::meter::Meter;
use super::rig::{Rig, ballast, pages};
use crate::context::IOVA;
use crate::pci;
use crate::protocol::{Cell, Op};

pub(super) fn measure(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    for device in pci::nvme_controllers()? {
        pci::never_reset(&device)?;
    }
    let ballast = ballast(cell)?;
    if let Some(region) = &ballast {
        // What a child inherits it has to give back.
        region.advise(0, region.pages(), libc::MADV_DONTFORK)?;
    }
    meter.repeat_dear(|| {
        let pid = child(cell)?;
        let (ended, cost) = meter.time(Op::Exit, || {
            kill(pid, Signal::SIGKILL)?;
            waitpid(pid, None)
        });
        ensure!(
            matches!(ended?, WaitStatus::Signaled(_, Signal::SIGKILL, _)),
            "the process was not killed"
        );
        Ok(vec![(Op::Exit, cost)])
    })
}

/// A process that has mapped all of its memory and waits for its end.
fn child(cell: &Cell) -> Result<Pid> {
    let (mut reader, mut writer) = std::io::pipe()?;
    // SAFETY: this process has one thread, so the child may run on.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => {
            drop(writer);
            let mut said = String::new();
            reader.read_to_string(&mut said)?;
            if said != READY {
                waitpid(child, None)?;
                bail!("{said}");
            }
            Ok(child)
        }
        ForkResult::Child => {
            drop(reader);
            let rig = Rig::bare(cell).and_then(|rig| {
                rig.space
                    .map(&rig.region, 0, pages(cell)?, IOVA)
                    .context("cannot map")?;
                Ok(rig)
            });
            let said = rig
                .as_ref()
                .map_or_else(|error| format!("{error:#}"), |_| READY.to_owned());
            let _ = writer.write_all(said.as_bytes());
            drop(writer);
            if rig.is_ok() {
                loop {
                    std::thread::park();
                }
            }
            // SAFETY: ends the process at once, without destructors that belong
            // to the parent.
            unsafe { libc::_exit(1) }
        }
    }
}

/// What the child says once everything is mapped.
const READY: &str = "ready";
