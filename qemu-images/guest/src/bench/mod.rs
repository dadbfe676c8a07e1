// SPDX-License-Identifier: GPL-2.0-only
//! The guest's side of a benchmark. In: cells, each a workload at a size. Out:
//! for each an [`Event::Sample`] per operation, or an [`Event::NoSample`] that
//! says why there is none. A cell runs in a process of its own, so that one
//! that dies takes no other with it.

mod counter;
mod map_unmap;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::channel::{Channel, cut};
use crate::kernel;
use crate::memory::Backing;
use crate::protocol::{Cell, Event};

/// Measures all cells, one after the other.
///
/// # Errors
/// When no process can be started, or the channel is gone.
pub fn run(channel: &Channel, cells: &[Cell]) -> Result<()> {
    let (expected, counted) = counter::calibrate();
    channel.send(&Event::Calibrated { expected, counted });
    // Pages that one cell freed would wait, one by one and in disorder, for the
    // next; so they are put together to large blocks again.
    kernel::write("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000")?;
    for (index, cell) in cells.iter().enumerate() {
        if let Err(error) = supervise(index, cell) {
            channel.send(&Event::NoSample {
                cell: cell.clone(),
                reason: cut(&format!("{error:#}")),
            });
        }
    }
    Ok(())
}

/// The process of one cell, from the side of its parent.
fn supervise(index: usize, cell: &Cell) -> Result<()> {
    let backing = backing(cell)?;
    let pool = match backing {
        Backing::Huge2M | Backing::Shared2M => Some(kernel::HUGE_2M_KIB),
        _ => None,
    };
    if let Some(size_kib) = pool {
        let count = u32::try_from(cell.size_bytes / 1024 / u64::from(size_kib))?;
        kernel::resize_pool(size_kib, count)?;
    }
    let output = Command::new("/proc/self/exe")
        .args(["cell", &index.to_string()])
        .stdin(Stdio::null())
        .output()?;
    if let Some(size_kib) = pool {
        kernel::resize_pool(size_kib, 0)?;
    }
    let said = String::from_utf8_lossy(&output.stderr);
    anyhow::ensure!(
        output.status.success(),
        "{}{}",
        output
            .status
            .signal()
            .map_or_else(String::new, |signal| format!("signal {signal}: ")),
        said.trim_end()
    );
    Ok(())
}

/// Measures one cell, in the process that [`run`] started for it.
///
/// # Errors
/// No memory of that kind; what VFIO answers.
pub fn run_cell(channel: &Channel, cells: &[Cell], index: usize) -> Result<()> {
    let cell = cells.get(index).context("there is no such cell")?;
    let backing = backing(cell)?;
    for (op, value) in map_unmap::measure(cell, backing)? {
        channel.send(&Event::Sample {
            cell: cell.clone(),
            op,
            value,
        });
    }
    Ok(())
}

fn backing(cell: &Cell) -> Result<Backing> {
    Backing::ALL
        .into_iter()
        .find(|backing| backing.name() == cell.backing)
        .with_context(|| format!("there is no backing {}", cell.backing))
}
