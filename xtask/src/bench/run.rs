// SPDX-License-Identifier: GPL-2.0-only
//! Boots the kernels in turn and collects what they count. In: job folders. A
//! boot that dies is a result: its cells have no number, the others keep theirs.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result};
use guest::protocol::{Bench, Cell, Clock, Event};

use super::plan::{self, Turn};
use super::profile::Profile;
use super::profiler::Profiler;
use super::samples::{Collection, Measured, Missing, Record};
use crate::boot::qemu::{self, Accel, Boot, Ports};
use crate::boot::vm;
use crate::boot::watch::{Ending, Limits};
use crate::context::Cx;
use crate::fsx;
use crate::job::Job;
use crate::stop::Stop;
use crate::ui::Bar;

/// Seconds until the guest is up, and of silence: under emulation a gigabyte of
/// small pages takes its time. A load of 25 made a boot of 5 s last for 90, and
/// the numbers are to hold on a loaded machine.
const LIMITS: (u64, u64) = (300, 300);

/// A kernel to measure.
pub struct Subject {
    /// What it is called in the report.
    pub variant: String,
    /// Its job.
    pub job: Job,
    /// The job's folder, which is only read.
    pub dir: PathBuf,
}

/// How to measure.
pub struct Method<'a> {
    /// What.
    pub cells: &'a [Cell],
    /// Boots of each subject.
    pub rounds: u32,
    /// In what unit.
    pub clock: Clock,
    /// How the guest executes.
    pub accel: Accel,
    /// Boots at a time.
    pub jobs: usize,
    /// The guest's init.
    pub init: &'a Path,
    /// What tells where the instructions go.
    pub profiler: Option<&'a Profiler>,
}

impl Method<'_> {
    /// What QEMU has to load.
    fn plugin(&self) -> Option<&Path> {
        self.profiler.and_then(Profiler::plugin)
    }
}

/// What a boot told, and how it ended.
type Told = (Record, Ending);

/// What came out.
pub struct Results {
    /// The cells with a number.
    pub cells: Vec<Measured>,
    /// Those without.
    pub missing: Vec<Missing>,
    /// What the kernels were compiled with: one entry unless they differ.
    pub compilers: Vec<String>,
    /// Where the instructions go, if a profiler looked.
    pub profiles: Vec<Profile>,
}

/// Measures each subject, in boots below `room`.
///
/// # Errors
/// A counter that counts no instructions, a guest that never comes up, Ctrl-C.
pub fn measure(cx: &Cx, subjects: &[Subject], method: &Method, room: &Path) -> Result<Results> {
    let turns = plan::boots(subjects.len(), method.rounds);
    let ops: usize = method
        .cells
        .iter()
        .map(|cell| cell.workload.ops().len())
        .sum();
    let bar = cx
        .ui
        .bar("bench", "booting", (turns.len() * ops) as u64, "samples");
    let next = AtomicUsize::new(0);
    let heard = AtomicUsize::new(0);
    let done: Vec<Mutex<Option<Result<Told>>>> = turns.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..method.jobs.min(turns.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(&turn) = turns.get(index) else {
                        return;
                    };
                    let result = one(subjects, method, turn, room, &bar, &heard);
                    if !matches!(result, Ok((_, Ending::Completed))) {
                        // A guest that dies takes no other with it, but what is
                        // wrong with the counter, the disk or the user is wrong
                        // for all.
                        let fatal = match &result {
                            Ok((record, ending)) => {
                                matches!(ending, Ending::Interrupted) || record.is_empty()
                            }
                            Err(_) => true,
                        };
                        if fatal {
                            next.store(turns.len(), Ordering::Relaxed);
                        }
                    }
                    *done[index].lock().expect("held for a store only") = Some(result);
                }
            });
        }
    });
    drop(bar);
    let mut collection = Collection::default();
    let mut compilers: Vec<String> = Vec::new();
    let mut profiles = Vec::new();
    for (turn, slot) in turns.iter().zip(done) {
        let Some(result) = slot.into_inner().expect("the threads are gone") else {
            continue;
        };
        let variant = &subjects[turn.subject].variant;
        let (record, ending) = result?;
        if matches!(ending, Ending::Interrupted) {
            return Err(Stop::interrupted().into());
        }
        if method.clock == Clock::Instructions
            && let Some(reason) = record.miscalibrated()
        {
            return Err(refused(
                variant,
                &reason,
                &ending,
                &folder(room, variant, turn),
            ));
        }
        if let Some(compiler) = record.compiler()
            && !compilers.iter().any(|known| known == compiler)
        {
            compilers.push(compiler.to_owned());
        }
        profiles.extend(record.profiles(variant, method.cells));
        collection.add(variant, method.cells, &record, &ending.describe());
    }
    let (cells, missing) = collection.finish(method.clock);
    Ok(Results {
        cells,
        missing,
        compilers,
        profiles,
    })
}

fn refused(variant: &str, reason: &str, ending: &Ending, dir: &Path) -> anyhow::Error {
    let why = match ending {
        Ending::Completed => reason.to_owned(),
        other => format!("{reason} ({})", other.describe()),
    };
    let console = dir.join("boot").join(vm::CONSOLE_LOG);
    Stop::infrastructure(format!("the boot of {variant} gives no numbers: {why}"))
        .help(format!("its console: {}", console.display()))
        .into()
}

fn folder(room: &Path, variant: &str, turn: &Turn) -> PathBuf {
    room.join(format!("bench-{}-{variant}", turn.round))
}

/// One boot, from its folder to what it told.
fn one(
    subjects: &[Subject],
    method: &Method,
    turn: Turn,
    room: &Path,
    bar: &Bar,
    heard: &AtomicUsize,
) -> Result<Told> {
    let subject = &subjects[turn.subject];
    bar.say(&format!("round {} ({})", turn.round, subject.variant));
    let dir = folder(room, &subject.variant, &turn);
    let mut record = Record::default();
    let ending = boot(subject, method, &dir, turn.round, |event| {
        let before = record.len();
        record.hear(event, method.cells);
        let new = record.len() - before;
        bar.set((heard.fetch_add(new, Ordering::Relaxed) + new) as u64);
    })?;
    if method.plugin().is_some() && matches!(ending, Ending::Completed) {
        record.profiled(fsx::read(&dir.join("boot").join(qemu::PROFILE))?);
    }
    Ok((record, ending))
}

fn boot(
    subject: &Subject,
    method: &Method,
    dir: &Path,
    round: u32,
    on_event: impl FnMut(&Event),
) -> Result<Ending> {
    fsx::create_dir(dir)?;
    let mut job = subject.job.clone();
    // Instructions can be counted on one CPU only.
    job.machine.cpus = 1;
    job.machine.numa_nodes = 0;
    let counts = method.clock == Clock::Instructions;
    if counts {
        // With these the kernel clears and copies memory byte by byte, each an
        // emulated instruction; without, by eight. Not a part of any cell.
        job.machine.cpu.push_str(",-erms,-fsrm");
    } else if method.accel == Accel::Tcg {
        // The kernel panics where ten ticks do not come in time, and on a busy
        // machine an emulated timer is late.
        job.cmdline.push("no_timer_check".into());
    }
    // Addresses do not have to differ from boot to boot.
    job.cmdline.push("norandmaps".into());
    let orders = guest::protocol::Job {
        bench: Some(Bench {
            clock: method.clock,
            luck: round,
            profiler: method.profiler.map(Profiler::orders),
            cells: method.cells.to_vec(),
        }),
        // A timer of ours would be counted, too.
        heartbeat_ms: 0,
        ..job.orders(&[])
    };
    let boot_dir = job
        .prepare_bench(&subject.dir, dir, method.init, &orders)
        .with_context(|| format!("cannot prepare a boot of {}", subject.variant))?;
    let boot = Boot {
        machine: &job.machine,
        accel: method.accel,
        ports: Ports::Supervised,
        gdb: None,
        cmdline: &job.cmdline,
        replay_seed: counts.then_some(round),
        profiler: method.plugin(),
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

/// Boots that fit on this machine at a time: as many as it has CPUs, unless that
/// many guests do not fit into its memory. What is counted does not depend on
/// it; what a clock says does.
pub fn jobs(clock: Clock, memory_mib: u32) -> usize {
    if clock == Clock::Wall {
        return 1;
    }
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let available = fsx::read(Path::new("/proc/meminfo"))
        .ok()
        .and_then(|text| available_mib(&text))
        .unwrap_or(0);
    let fit = available / (u64::from(memory_mib) + 512);
    cpus.min(usize::try_from(fit).unwrap_or(1)).max(1)
}

fn available_mib(meminfo: &str) -> Option<u64> {
    let line = meminfo
        .lines()
        .find(|line| line.starts_with("MemAvailable:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? / 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_is_available() {
        let text = "MemTotal: 24000000 kB\nMemAvailable:   10485760 kB\n";
        assert_eq!(available_mib(text), Some(10240));
        assert_eq!(available_mib(""), None);
    }

    #[test]
    fn a_clock_is_not_disturbed_by_another_guest() {
        assert_eq!(jobs(Clock::Wall, 1), 1);
        assert_eq!(jobs(Clock::Instructions, u32::MAX), 1);
    }
}
