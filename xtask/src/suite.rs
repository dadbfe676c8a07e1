// SPDX-License-Identifier: GPL-2.0-only
//! Stages 3 to 5 as one value: a [`Suite`] knows the machines, the scenarios and
//! how to run them, and is asked about one tree after the other: build it, make
//! its jobs, run them.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

use crate::boot::accel::{self, AccelArg};
use crate::boot::machine::Machine;
use crate::boot::qemu::Accel;
use crate::build::{self, Kernel, Profile, selftests};
use crate::context::Cx;
use crate::fsx;
use crate::job::{self, Ingredients, Job};
use crate::report::{Run, ktap};
use crate::scenario::{self, Outcome, Progress};
use crate::toolchain::Toolchain;
use crate::tree::Tree;

/// How many run folders are kept.
const KEPT_RUNS: usize = 20;

/// The scenario that runs the selftests of the tree.
const SELFTESTS: &str = "upstream_selftests";

/// How the scenarios are run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which kernel.
    pub profile: Profile,
    /// The machine for scenarios that do not ask for one.
    pub machine: String,
    /// How the guest executes.
    pub accel: AccelArg,
    /// A boot for each scenario.
    pub isolate: bool,
    /// Stop a run after the first scenario that is not fine.
    pub fail_fast: bool,
    /// How long a case that waits for something rare goes on, in seconds.
    pub soak_s: u32,
    /// How often everything is run.
    pub repeat: u32,
    /// Number of VMs at once.
    pub jobs: u32,
}

/// What is run on every tree.
pub struct Suite<'a> {
    cx: &'a Cx,
    options: Options,
    /// Each machine with the scenarios that run on it.
    machines: Vec<(Machine, Vec<String>)>,
    ready: Option<Ready>,
    /// No kernel came up under KVM: the jobs that are left do not try.
    fell_back: AtomicBool,
}

/// What is found or made once, when the machine is known to have the tools.
struct Ready {
    toolchain: Toolchain,
    accel: Accel,
    init: PathBuf,
    room: PathBuf,
}

/// A kernel and the selftests of its tree.
pub struct Built {
    kernel: Kernel,
    selftests: Vec<PathBuf>,
}

/// A job that waits for its turn.
pub struct Unit {
    dir: PathBuf,
    run: Run,
    machine: Machine,
    release: String,
    count: usize,
}

impl<'a> Suite<'a> {
    /// A suite of these scenarios. Touches nothing yet.
    ///
    /// # Errors
    /// A machine that does not exist.
    pub fn new(cx: &'a Cx, options: Options, scenarios: &[String]) -> Result<Self> {
        Ok(Self {
            machines: machines(cx, &options.machine, scenarios)?,
            cx,
            options,
            ready: None,
            fell_back: AtomicBool::new(false),
        })
    }

    /// Finds the toolchain and the accelerator, builds the guest's init.
    ///
    /// # Errors
    /// What is missing or does not compile.
    pub fn prepare(&mut self) -> Result<()> {
        let cx = self.cx;
        let toolchain = Toolchain::find(cx)?;
        let machine = &self.machines.first().context("there are scenarios")?.0;
        let accel = cx.timed("accelerator", || {
            accel::choose(cx, self.options.accel, machine)
        })?;
        self.ready = Some(Ready {
            toolchain,
            accel,
            init: job::build_init(cx)?,
            room: new_run_folder(cx)?,
        });
        Ok(())
    }

    fn ready(&self) -> Result<&Ready> {
        self.ready.as_ref().context("the suite is not prepared")
    }

    /// The toolchain, once it is prepared.
    ///
    /// # Errors
    /// Before that.
    pub fn toolchain(&self) -> Result<&Toolchain> {
        Ok(&self.ready()?.toolchain)
    }

    /// Builds the kernel of a tree, and its selftests if they are wanted.
    ///
    /// # Errors
    /// The first compiler error.
    pub fn build(&self, tree: &Tree) -> Result<Built> {
        let (cx, toolchain) = (self.cx, self.toolchain()?);
        let (name, profile) = (tree.name(), self.options.profile);
        let kernel = cx.timed(&format!("build {name}"), || {
            build::kernel(cx, tree, profile, toolchain)
        })?;
        let wanted = self
            .machines
            .iter()
            .any(|(_, scenarios)| scenarios.iter().any(|scenario| scenario == SELFTESTS));
        let selftests = if wanted {
            let make = build::make_for(cx, tree, profile, toolchain);
            cx.timed(&format!("selftests {name}"), || {
                selftests::build(cx, tree, &make)
            })?
        } else {
            Vec::new()
        };
        Ok(Built { kernel, selftests })
    }

    /// The jobs for a kernel: one for each machine and repetition, and with
    /// `--jobs` as many as there are VMs to share the scenarios. `label` tells
    /// them from those of other kernels; `wanted` chooses among the scenarios.
    ///
    /// # Errors
    /// A full disk.
    pub fn units(
        &self,
        label: &str,
        built: &Built,
        wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<Unit>> {
        let (ready, options) = (self.ready()?, &self.options);
        let mut units = Vec::new();
        for (machine, scenarios) in &self.machines {
            let scenarios: Vec<String> = scenarios
                .iter()
                .filter(|name| wanted(name))
                .cloned()
                .collect();
            let parts = (options.jobs as usize).min(scenarios.len());
            for repetition in 1..=options.repeat {
                for (part, scenarios) in split(&scenarios, parts).into_iter().enumerate() {
                    let dir = ready.room.join(format!(
                        "{label}-{}-{repetition}-{}",
                        machine.name,
                        part + 1
                    ));
                    let job = Job::assemble(
                        &dir,
                        &Ingredients {
                            kernel: &built.kernel,
                            machine,
                            accel: ready.accel,
                            may_fall_back: options.accel == AccelArg::Auto,
                            init: &ready.init,
                            selftests: &built.selftests,
                            scenarios,
                            isolate: options.isolate,
                            fail_fast: options.fail_fast,
                            soak_s: options.soak_s,
                            extra: &[],
                        },
                    )?;
                    units.push(Unit {
                        dir,
                        run: Run::from(&job),
                        machine: machine.clone(),
                        count: job.scenarios.len(),
                        release: job.release,
                    });
                }
            }
        }
        Ok(units)
    }

    /// Runs the jobs, at most `--jobs` at once, with their KTAP going out through
    /// `print`.
    ///
    /// # Errors
    /// A guest that does not come up.
    pub fn execute(&self, units: Vec<Unit>, print: impl Fn(&str) + Sync) -> Result<Vec<Run>> {
        let writer = ktap::Writer::new(units.len(), print);
        let queue: Mutex<VecDeque<(usize, Unit)>> =
            Mutex::new(units.into_iter().enumerate().collect());
        let done: Mutex<Vec<(usize, Result<Run>)>> = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..self.options.jobs {
                scope.spawn(|| {
                    loop {
                        let next = queue.lock().expect("held for a pop only").pop_front();
                        let Some((index, unit)) = next else { return };
                        let result = self.run_unit(&writer, index, unit);
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

    fn run_unit(&self, writer: &ktap::Writer, index: usize, mut unit: Unit) -> Result<Run> {
        let cx = self.cx;
        if self.fell_back.load(Ordering::Relaxed) {
            Job::load(&unit.dir)?.emulate(&unit.dir)?;
            "tcg".clone_into(&mut unit.run.accel);
        }
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
                self.fell_back.store(true, Ordering::Relaxed);
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

/// A new folder below `.work/runs`, of which the oldest go.
pub(crate) fn new_run_folder(cx: &Cx) -> Result<PathBuf> {
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

/// Shares scenarios among at most `parts` jobs, the long ones first.
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
}
