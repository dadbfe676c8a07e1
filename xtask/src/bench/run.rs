// SPDX-License-Identifier: GPL-2.0-only
//! Boots the kernels in turn and collects what they count. In: job folders. A
//! boot that dies is a result: its cells have no number, the others keep theirs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use guest::protocol::Cell;

use super::plan;
use super::samples::{Collection, Measured, Missing, Record};
use crate::boot::qemu::{Accel, Boot, Ports};
use crate::boot::vm;
use crate::boot::watch::{Ending, Limits};
use crate::context::Cx;
use crate::fsx;
use crate::job::Job;
use crate::stop::Stop;

/// Seconds. Under emulation a gigabyte of small pages takes its time, in which
/// the guest says nothing.
const LIMITS: (u64, u64) = (90, 120);

/// A kernel to measure.
pub struct Subject {
    /// What it is called in the report.
    pub variant: String,
    /// Its job.
    pub job: Job,
    /// The job's folder, which is only read.
    pub dir: PathBuf,
}

/// Measures `cells` on each subject, in boots below `room`, with `init` as the
/// guest's init.
///
/// # Errors
/// A counter that counts no instructions, a guest that never comes up, Ctrl-C.
pub fn measure(
    cx: &Cx,
    subjects: &[Subject],
    cells: &[Cell],
    boots: u32,
    init: &Path,
    room: &Path,
) -> Result<(Vec<Measured>, Vec<Missing>)> {
    let order = plan::boots(subjects.len(), boots);
    let total = order.len() * cells.len() * 2;
    let bar = cx.ui.bar("bench", "booting", total as u64, "samples");
    let mut collection = Collection::default();
    let mut done = 0;
    for (number, index) in order.into_iter().enumerate() {
        let subject = &subjects[index];
        // Where memory lies is luck that the spread is to show. Each round has
        // other luck, the same for all variants and in each run.
        let round = u32::try_from(number / subjects.len())? + 1;
        bar.say(&format!("boot {} ({})", number + 1, subject.variant));
        let dir = room.join(format!("bench-{}-{}", number + 1, subject.variant));
        let mut record = Record::default();
        let ending = boot(subject, cells, init, &dir, round, |event| {
            record.hear(event, cells);
            bar.set((done + record.len()) as u64);
        })?;
        done += record.len();
        if matches!(ending, Ending::Interrupted) {
            return Err(Stop::interrupted().into());
        }
        let console = dir.join("boot").join(vm::CONSOLE_LOG);
        if let Some(reason) = record.miscalibrated() {
            let why = match &ending {
                Ending::Completed => reason,
                other => format!("{reason} ({})", other.describe()),
            };
            return Err(Stop::infrastructure(format!(
                "the boot of {} gives no numbers: {why}",
                subject.variant
            ))
            .help(format!("its console: {}", console.display()))
            .into());
        }
        collection.add(&subject.variant, cells, &record, &ending.describe());
    }
    Ok(collection.finish())
}

fn boot(
    subject: &Subject,
    cells: &[Cell],
    init: &Path,
    dir: &Path,
    seed: u32,
    on_event: impl FnMut(&guest::protocol::Event),
) -> Result<Ending> {
    fsx::create_dir(dir)?;
    let mut job = subject.job.clone();
    // Instructions can be counted on one CPU only.
    job.machine.cpus = 1;
    job.machine.numa_nodes = 0;
    // With these the kernel clears and copies memory byte by byte, each an
    // emulated instruction; without, by eight. Not a part of any cell.
    job.machine.cpu.push_str(",-erms,-fsrm");
    // Nor do addresses have to differ from boot to boot.
    job.cmdline.push("norandmaps".into());
    let orders = guest::protocol::Job {
        cells: cells.to_vec(),
        // A timer of ours would be counted, too.
        heartbeat_ms: 0,
        ..job.orders(&[])
    };
    let boot_dir = job
        .prepare_bench(&subject.dir, dir, init, &orders)
        .with_context(|| format!("cannot prepare a boot of {}", subject.variant))?;
    let boot = Boot {
        machine: &job.machine,
        accel: Accel::Tcg,
        ports: Ports::Supervised,
        gdb: None,
        cmdline: &job.cmdline,
        replay_seed: Some(seed),
    };
    let limits = Limits {
        boot_s: LIMITS.0,
        silence_s: LIMITS.1,
        ..Limits::default()
    };
    let booted = vm::run(&boot_dir, &boot, &limits, on_event)?;
    Job::sweep(dir);
    Ok(booted.ending)
}
