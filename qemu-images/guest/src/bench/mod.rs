// SPDX-License-Identifier: GPL-2.0-only
//! The guest's side of a benchmark. In: cells, each a workload at a size. Out:
//! for each an [`Event::Sample`] per operation, or an [`Event::NoSample`] that
//! says why there is none. A cell runs in a process of its own, so that one
//! that dies takes no other with it. One family of workloads is one file.

mod exit;
mod fragmented;
mod ftrace;
mod limit;
mod luck;
mod many;
pub mod marker;
mod meter;
mod mixed;
mod partial;
mod pool;
mod rig;
mod space;
mod whole;

use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::channel::{Channel, cut};
use crate::context::IOVA;
use crate::kernel;
use crate::memory::{Backing, PAGE, Region};
use crate::protocol::{Bench, BenchApi, Cell, Clock, Event, Op, Profiler, Workload};
use ftrace::Ftrace;
use luck::Luck;
use meter::Meter;
use space::Space;

/// Bytes of a mixed cell, which has one size only.
pub const MIXED_BYTES: u64 = mixed::SIZE;

/// Bytes of a piece of the kernel's symbols, which as JSON is one line.
const PIECE: usize = 32 << 10;

/// Pages of 4 KiB that are mapped before anything is measured: 16 MiB.
const WARM_UP_PAGES: usize = 16 << 8;

/// Measures all cells, one after the other.
///
/// # Errors
/// When no process can be started, or the channel is gone.
pub fn run(channel: &Channel, orders: &Bench) -> Result<()> {
    channel.send(&Event::Kernel {
        version: cut(&kernel::read("/proc/version")?),
    });
    if orders.clock == Clock::Instructions {
        let (expected, counted) = meter::calibrate();
        channel.send(&Event::Calibrated { expected, counted });
    }
    if orders.profiler == Some(Profiler::Plugin) {
        send_symbols(channel)?;
    }
    let _luck = Luck::of(orders.luck)?;
    // Pages that one cell freed would wait, one by one and in disorder, for the
    // next; so they are put together to large blocks again.
    kernel::write("/proc/sys/vm/percpu_pagelist_high_fraction", "1000000")?;
    // A whole run begins with small pages by itself.
    if let Some(cell) = orders.cells.first()
        && cell.backing != Backing::Small.name()
    {
        // Where this fails, so does the cell, and says why.
        _ = warm_up(cell.api);
    }
    for (index, cell) in orders.cells.iter().enumerate() {
        if let Err(error) = supervise(index, cell) {
            channel.send(&Event::NoSample {
                cell: cell.clone(),
                reason: cut(&format!("{error:#}")),
            });
        }
    }
    Ok(())
}

/// Maps small pages, so that the lists of free pages are as full for the cell
/// that is the first of a boot as they are for those that follow it.
fn warm_up(api: BenchApi) -> Result<()> {
    let region = Region::new(Backing::Small, WARM_UP_PAGES)?;
    let space = Space::open(api)?;
    space.map(&region, 0, WARM_UP_PAGES, IOVA)?;
    space.unmap(IOVA, (WARM_UP_PAGES * PAGE) as u64)?;
    Ok(())
}

/// The process of one cell, from the side of its parent.
fn supervise(index: usize, cell: &Cell) -> Result<()> {
    let pool = pool_2m(cell)?;
    if pool > 0 {
        kernel::resize_pool(kernel::HUGE_2M_KIB, pool)?;
    }
    let output = Command::new("/proc/self/exe")
        .args(["cell", &index.to_string()])
        .stdin(Stdio::null())
        .output()?;
    if pool > 0 {
        kernel::resize_pool(kernel::HUGE_2M_KIB, 0)?;
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

/// Huge pages of 2 MiB that a cell needs.
fn pool_2m(cell: &Cell) -> Result<u32> {
    let size_2m = u64::from(kernel::HUGE_2M_KIB) << 10;
    let own = u32::try_from(cell.size_bytes.div_ceil(size_2m))?;
    Ok(match cell.workload {
        Workload::Mixed | Workload::Parts => mixed::POOL_2M,
        Workload::Fragmented => 2 * own,
        _ => match rig::backing(cell)? {
            Backing::Huge2M | Backing::Shared2M => own,
            _ => 0,
        },
    })
}

/// Measures one cell, in the process that [`run`] started for it.
///
/// # Errors
/// No memory of that kind; what VFIO answers.
pub fn run_cell(channel: &Channel, orders: &Bench, index: usize) -> Result<()> {
    let cell = orders.cells.get(index).context("there is no such cell")?;
    let ftrace = (orders.profiler == Some(Profiler::Ftrace))
        .then(Ftrace::new)
        .transpose()?;
    let meter = Meter::new(orders.clock, index, ftrace);
    for (op, value) in measure(cell, &meter)? {
        channel.send(&Event::Sample {
            cell: cell.clone(),
            op,
            value,
        });
    }
    for (op, dearest) in meter.functions()? {
        channel.send(&Event::Functions {
            cell: cell.clone(),
            op,
            dearest,
        });
    }
    Ok(())
}

fn measure(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    match cell.workload {
        Workload::Whole => whole::measure(cell, meter),
        Workload::Exit => exit::measure(cell, meter),
        Workload::Partial => partial::inside(cell, meter),
        Workload::Misaligned => partial::misaligned(cell, meter),
        Workload::Many => many::one_by_one(cell, meter),
        Workload::Entries => many::at_once(cell, meter),
        Workload::Limit => limit::measure(cell, meter),
        Workload::Fragmented => fragmented::measure(cell, meter),
        Workload::Mixed => mixed::whole(cell, meter),
        Workload::Parts => mixed::parts(cell, meter),
    }
}

/// Sends the functions of the kernel and its modules, in pieces.
fn send_symbols(channel: &Channel) -> Result<()> {
    let all = kernel::read("/proc/kallsyms")?;
    let mut text = String::new();
    for line in all.lines() {
        if matches!(line.split(' ').nth(1), Some("t" | "T" | "w" | "W")) {
            text.push_str(line);
            text.push('\n');
        }
        if text.len() > PIECE {
            channel.send(&Event::Symbols {
                text: std::mem::take(&mut text),
            });
        }
    }
    channel.send(&Event::Symbols { text });
    Ok(())
}
