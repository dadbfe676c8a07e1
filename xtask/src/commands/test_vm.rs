// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask test-vm`: from nothing to a verdict.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use anyhow::{Context, Result};

use crate::boot::accel::{self, AccelArg};
use crate::boot::machine::Machine;
use crate::boot::qemu::Accel;
use crate::build::{self, Kernel, Profile, selftests};
use crate::context::Cx;
use crate::fsx;
use crate::job::{self, Ingredients, Job};
use crate::lock::Lock;
use crate::report::{Base, Report, Run, Summary, junit, ktap, table};
use crate::scenario::{self, Outcome, Progress};
use crate::series::{Series, SeriesArgs};
use crate::source::{self, SourceArgs};
use crate::stop::{Exit, Stop};
use crate::toolchain::Toolchain;
use crate::tree::{self, Variant};

use super::setup;

/// How many run folders are kept.
const KEPT_RUNS: usize = 20;

/// Builds the kernels, boots them in QEMU and runs the scenarios
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 all passed, 1 something failed, 2 usage or environment,\n3 no source, kernel or guest to test."
)]
pub struct Args {
    /// Where the kernel comes from
    #[command(flatten)]
    pub source: SourceArgs,
    /// Which series
    #[command(flatten)]
    pub series: SeriesArgs,
    /// What to build on the base; repeatable [default: all that exist]
    #[arg(long, value_enum)]
    pub variant: Vec<Variant>,
    /// Which kernel
    #[arg(long, value_enum, default_value_t)]
    pub profile: Profile,
    /// The machine, a file in qemu-images/machines/
    #[arg(long, default_value = "q35-vtd")]
    pub machine: String,
    /// How the guest executes
    #[arg(long, value_enum, default_value_t)]
    pub accel: AccelArg,
    /// Run only the scenarios that match
    #[arg(long, value_name = "REGEX")]
    pub filter: Option<String>,
    /// List the scenarios and what each proves, and stop
    #[arg(long)]
    pub list: bool,
    /// Boot anew for each scenario
    #[arg(long)]
    pub isolate: bool,
    /// How long each case goes on that waits for something rare, as races
    #[arg(long, value_name = "SECONDS", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub soak: u32,
    /// Run everything N times
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: u32,
    /// Run up to N VMs at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub jobs: u32,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the report as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// Anything that keeps the scenarios from running.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    if args.list {
        return Ok(list(cx));
    }
    // Everything that can be wrong with the command line, before anything slow.
    let scenarios = scenario::select(args.filter.as_deref())?;
    let machines = machines(cx, &args.machine, &scenarios)?;
    let series = Series::select(cx, &args.series)?;
    let variants = variants(cx, &args.variant, &series);
    for file in [&args.json, &args.junit].into_iter().flatten() {
        writable(file)?;
    }

    cx.timed("setup", || setup::complete(cx, args.profile))?;
    let toolchain = Toolchain::find(cx)?;
    let accel = cx.timed("accelerator", || {
        accel::choose(cx, args.accel, &machines[0].0)
    })?;
    let source = cx.timed("source", || {
        source::obtain(cx, &args.source, &series.about.base)
    })?;
    let lock = Lock::acquire(
        &cx.ui,
        &cx.paths.work().join("lock"),
        "the worktrees and builds",
    )?;
    let mut trees = Vec::new();
    for &variant in &variants {
        trees.push(cx.timed(&format!("tree {}", variant.name()), || {
            tree::prepare(cx, &source, &series, variant)
        })?);
    }
    let init = job::build_init(cx)?;
    let with_selftests = scenarios.iter().any(|name| name == "upstream_selftests");
    let room = new_run_folder(cx)?;
    let mut units = Vec::new();
    for tree in &trees {
        let name = tree.variant.name();
        let kernel = cx.timed(&format!("build {name}"), || {
            build::kernel(cx, tree, args.profile, &toolchain)
        })?;
        let programs = if with_selftests {
            let make = build::make_for(cx, tree, args.profile, &toolchain);
            cx.timed(&format!("selftests {name}"), || {
                selftests::build(cx, tree, &make)
            })?
        } else {
            Vec::new()
        };
        for (machine, scenarios) in &machines {
            let plan = Plan {
                kernel: &kernel,
                machine,
                accel,
                init: &init,
                selftests: &programs,
                scenarios,
            };
            units.extend(cx.timed(&format!("jobs {name}"), || plan.units(&room, args))?);
        }
    }
    drop(lock);

    let runs = cx.timed("run", || execute(cx, units, args.jobs))?;
    let report = Report {
        schema: 1,
        base: Base::from(&source),
        summary: Summary::of(&runs),
        runs,
        timings: cx.timings(),
    };
    write_reports(args, &report)?;
    cx.ui.note(&table::draw(&report));
    say_timings(cx, &report);
    Ok(report.summary.exit())
}

/// The variants asked for, or all that exist in this workspace.
fn variants(cx: &Cx, asked: &[Variant], series: &Series) -> Vec<Variant> {
    let mut chosen: Vec<Variant> = if asked.is_empty() {
        let exists = |variant: &Variant| match variant {
            Variant::Stock => true,
            Variant::Series => !series.patches.is_empty(),
            Variant::Rust => cx.paths.kmod_rust().join("hooks.patch").exists(),
        };
        Variant::ALL.into_iter().filter(exists).collect()
    } else {
        asked.to_vec()
    };
    chosen.sort();
    chosen.dedup();
    chosen
}

/// The machines that the scenarios need, each with those that run on it: the
/// one asked for, and those that a scenario is made for.
fn machines(cx: &Cx, asked: &str, scenarios: &[String]) -> Result<Vec<(Machine, Vec<String>)>> {
    let mut names: Vec<(&str, Vec<String>)> = Vec::new();
    for scenario in scenarios {
        let name = guest::scenarios::ALL
            .iter()
            .find(|known| known.name == scenario)
            .and_then(|known| known.machine)
            .unwrap_or(asked);
        match names.iter_mut().find(|(known, _)| *known == name) {
            Some((_, share)) => share.push(scenario.clone()),
            None => names.push((name, vec![scenario.clone()])),
        }
    }
    names
        .into_iter()
        .map(|(name, share)| Ok((Machine::load(&cx.paths.machines(), name)?, share)))
        .collect()
}

fn list(cx: &Cx) -> Exit {
    for scenario in guest::scenarios::ALL {
        cx.ui
            .result(&format!("{:<20} {}", scenario.name, scenario.proves));
    }
    Exit::Passed
}

fn writable(file: &Path) -> Result<()> {
    let dir = file
        .parent()
        .filter(|dir| !dir.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if dir.is_dir() && !file.is_dir() {
        return Ok(());
    }
    Err(Stop::environment(format!(
        "{} cannot be written: {} is no folder",
        file.display(),
        dir.display()
    ))
    .help(format!("mkdir -p {}", dir.display()))
    .into())
}

/// A new folder below `.work/runs`, of which the oldest go.
fn new_run_folder(cx: &Cx) -> Result<PathBuf> {
    let runs = cx.paths.runs();
    fsx::create_dir(&runs)?;
    let mut old: Vec<PathBuf> = std::fs::read_dir(&runs)?
        .flatten()
        .map(|entry| entry.path())
        .collect();
    old.sort();
    for dir in &old[..old.len().saturating_sub(KEPT_RUNS - 1)] {
        fsx::remove_dir(dir)?;
    }
    let name = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ-")
        .to_string();
    let dir = tempfile::Builder::new()
        .prefix(&name)
        .rand_bytes(4)
        .tempdir_in(&runs)?
        .keep();
    Ok(dir)
}

/// One kernel and what is to run on it.
struct Plan<'a> {
    kernel: &'a Kernel,
    machine: &'a Machine,
    accel: Accel,
    init: &'a Path,
    selftests: &'a [PathBuf],
    scenarios: &'a [String],
}

/// A job that waits for its turn.
struct Unit {
    dir: PathBuf,
    run: Run,
    machine: Machine,
    release: String,
    count: usize,
}

impl Plan<'_> {
    /// The jobs for this kernel: one for each repetition, and with `--jobs` as
    /// many as there are VMs to share the scenarios.
    fn units(&self, room: &Path, args: &Args) -> Result<Vec<Unit>> {
        let parts = if args.jobs > 1 {
            (args.jobs as usize).min(self.scenarios.len())
        } else {
            1
        };
        let mut units = Vec::new();
        for repetition in 1..=args.repeat {
            for (part, scenarios) in split(self.scenarios, parts).into_iter().enumerate() {
                let dir = room.join(format!(
                    "{}-{}-{}-{repetition}-{}",
                    self.kernel.variant.name(),
                    self.kernel.profile.name(),
                    self.machine.name,
                    part + 1
                ));
                let job = Job::assemble(
                    &dir,
                    &Ingredients {
                        kernel: self.kernel,
                        machine: self.machine,
                        accel: self.accel,
                        may_fall_back: args.accel == AccelArg::Auto,
                        init: self.init,
                        selftests: self.selftests,
                        scenarios,
                        isolate: args.isolate,
                        soak_s: args.soak,
                        extra: &[],
                    },
                )?;
                units.push(Unit {
                    dir,
                    run: Run::from(&job),
                    machine: self.machine.clone(),
                    count: job.scenarios.len(),
                    release: job.release,
                });
            }
        }
        Ok(units)
    }
}

/// Shares scenarios among `parts` jobs, the long ones first.
fn split(scenarios: &[String], parts: usize) -> Vec<Vec<String>> {
    let weight = |name: &String| {
        guest::scenarios::ALL
            .iter()
            .find(|scenario| scenario.name == name)
            .map_or(1, |scenario| scenario.deadline_s)
    };
    let mut sorted: Vec<&String> = scenarios.iter().collect();
    sorted.sort_by_key(|name| std::cmp::Reverse(weight(name)));
    let mut shares: Vec<(u32, Vec<String>)> = vec![(0, Vec::new()); parts.max(1)];
    for name in sorted {
        let lightest = shares
            .iter_mut()
            .min_by_key(|(load, _)| *load)
            .expect("there is at least one share");
        lightest.0 += weight(name);
        lightest.1.push(name.clone());
    }
    // Within a job the order is the registry's again.
    shares.iter_mut().for_each(|(_, share)| {
        share.sort_by_key(|name| scenarios.iter().position(|other| other == name))
    });
    shares
        .into_iter()
        .map(|(_, share)| share)
        .filter(|share| !share.is_empty())
        .collect()
}

/// Runs the jobs, at most `jobs` at once.
fn execute(cx: &Cx, units: Vec<Unit>, jobs: u32) -> Result<Vec<Run>> {
    let writer = ktap::Writer::new(units.len(), |line| cx.ui.result(line));
    let queue: Mutex<VecDeque<(usize, Unit)>> = Mutex::new(units.into_iter().enumerate().collect());
    let done: Mutex<Vec<(usize, Result<Run>)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..jobs {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().expect("held for a pop only").pop_front();
                    let Some((index, unit)) = next else { return };
                    let result = run_unit(cx, &writer, index, unit);
                    if result.is_err() {
                        // No guest: the others would fare no better.
                        queue.lock().expect("held for a clear only").clear();
                    }
                    done.lock()
                        .expect("held for a push only")
                        .push((index, result));
                }
            });
        }
    });
    let mut done = done.into_inner().expect("the threads are gone");
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, run)| run).collect()
}

fn run_unit(cx: &Cx, writer: &ktap::Writer, index: usize, mut unit: Unit) -> Result<Run> {
    let name = unit.run.name();
    let about = format!(
        "Linux {} on {} under {}",
        unit.release, unit.run.machine, unit.run.accel
    );
    writer.begin(index, &about, unit.count);
    let bar = cx.ui.bar(
        "run",
        &format!("{name}: booting"),
        unit.count as u64,
        "scenarios",
    );
    let outcome: Outcome = scenario::run_job(&unit.dir, |progress| match progress {
        Progress::FellBack(reason) => {
            cx.ui.stage(
                "boot",
                &format!("no guest under KVM ({reason}): going on with emulation (TCG)"),
            );
            "tcg".clone_into(&mut unit.run.accel);
            if let Err(error) = accel::distrust_kvm(cx, &unit.machine, reason) {
                cx.ui.note(&format!("{error:#}"));
            }
        }
        Progress::Start(scenario) => bar.say(&format!("{name}: {scenario}")),
        Progress::Subtest(subtest) => bar.say(&format!("{name}: … {}", subtest.name)),
        Progress::End(result) => {
            bar.inc();
            writer.scenario(index, result);
        }
    })
    .with_context(|| format!("{name} in {}", unit.dir.display()))?;
    drop(bar);
    unit.run.take(outcome);
    writer.end(index, &format!("{name} on {}", unit.run.machine));
    Ok(unit.run)
}

fn write_reports(args: &Args, report: &Report) -> Result<()> {
    if let Some(file) = &args.json {
        fsx::write_atomic(file, &serde_json::to_vec_pretty(report)?)?;
    }
    if let Some(file) = &args.junit {
        fsx::write_atomic(file, junit::to_xml(report)?.as_bytes())?;
    }
    Ok(())
}

fn say_timings(cx: &Cx, report: &Report) {
    let total: u64 = report.timings.iter().map(|timing| timing.ms).sum();
    let shown: Vec<String> = report
        .timings
        .iter()
        .filter(|timing| timing.ms >= 50)
        .map(|timing| format!("{} {:.1} s", timing.stage, timing.ms as f64 / 1000.0))
        .collect();
    cx.ui.stage(
        "time",
        &format!("{:.1} s: {}", total as f64 / 1000.0, shown.join(", ")),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_lose_and_double_nothing() {
        let names: Vec<String> = (0..7).map(|number| format!("s{number}")).collect();
        for parts in 1..9 {
            let shares = split(&names, parts);
            let mut all: Vec<String> = shares.concat();
            all.sort();
            assert_eq!(all, names, "{parts} parts");
            assert!(
                shares.iter().all(|share| share.is_sorted()),
                "{parts} parts"
            );
            assert!(shares.len() <= parts);
        }
    }

    #[test]
    fn a_report_that_could_not_be_written_is_refused_before_the_run() {
        assert!(writable(Path::new("/no/such/folder/x.json")).is_err());
        assert!(writable(Path::new("/tmp")).is_err());
        assert!(writable(Path::new("x.json")).is_ok());
    }
}
