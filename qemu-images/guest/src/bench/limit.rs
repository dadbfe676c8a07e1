// SPDX-License-Identifier: GPL-2.0-only
//! A mapping that hits RLIMIT_MEMLOCK half-way: what was pinned by then has to
//! be undone.

use anyhow::{Result, ensure};
use nix::errno::Errno;

use super::meter::Meter;
use super::rig::{Rig, pages};
use crate::context::IOVA;
use crate::kernel;
use crate::protocol::{Cell, Op};

/// The console shows errors, but no warnings: type1 has one for this failure,
/// and a slow serial port is no part of the cost.
const PRINTK: &str = "/proc/sys/kernel/printk";

pub(super) fn measure(cell: &Cell, meter: &Meter) -> Result<Vec<(Op, u64)>> {
    let rig = Rig::new(cell)?;
    let pages = pages(cell)?;
    kernel::drop_cap_ipc_lock()?;
    kernel::limit_locked(pages / 2)?;
    let levels = kernel::read(PRINTK)?;
    kernel::write(PRINTK, "4")?;
    let costs = meter.repeat(|| {
        let (answer, cost) = meter.time(Op::Map, || rig.space.map(&rig.region, 0, pages, IOVA));
        ensure!(
            answer == Err(Errno::ENOMEM),
            "a map beyond the limit: {answer:?}"
        );
        Ok(vec![(Op::Map, cost)])
    });
    kernel::write(PRINTK, levels)?;
    costs
}
