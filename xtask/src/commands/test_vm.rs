// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask test-vm`: from nothing to a verdict.

mod each_patch;
mod mutants;

use std::path::{Path, PathBuf};

use anyhow::Result;
use regex::Regex;

use crate::boot::accel::AccelArg;
use crate::build::Profile;
use crate::context::Cx;
use crate::fsx;
use crate::report::trial::Trial;
use crate::report::{Base, Report, Run, Summary, junit, table};
use crate::results::{self, Shown};
use crate::scenario;
use crate::series::{Series, SeriesArgs};
use crate::source::{self, Source, SourceArgs};
use crate::stop::{Exit, Stop};
use crate::suite::{Options, Suite};
use crate::tree::{self, Variant};

use super::setup;

/// The machine for scenarios that do not ask for one.
pub(crate) const MACHINE: &str = "q35-vtd";

/// How long a case waits for something rare in a run that counts as a whole one.
const SOAK_S: u32 = 4;

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
    #[arg(long, default_value = MACHINE)]
    pub machine: String,
    /// How the guest executes
    #[arg(long, value_enum, default_value_t)]
    pub accel: AccelArg,
    /// Run only the scenarios that match
    #[arg(long, value_name = "REGEX")]
    pub filter: Option<String>,
    /// Try each patch of the series by itself, from the first (or this one) up
    /// to the first bad one
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, default_missing_value = "1", value_parser = clap::value_parser!(u32).range(1..=9999), conflicts_with_all = ["variant", "repeat", "junit"])]
    pub each_patch: Option<u32>,
    /// Try the mutants that match, of the series and with `--variant rust` of
    /// kmod-rust, too: each has to fail the suite
    #[arg(long, value_name = "REGEX", num_args = 0..=1, default_missing_value = "", conflicts_with_all = ["repeat", "junit", "each_patch"])]
    pub mutants: Option<String>,
    /// List the scenarios and what each proves, and stop
    #[arg(long)]
    pub list: bool,
    /// Boot anew for each scenario
    #[arg(long)]
    pub isolate: bool,
    /// How long each case goes on that waits for something rare, as races
    #[arg(long, value_name = "SECONDS", default_value_t = SOAK_S, value_parser = clap::value_parser!(u32).range(1..=86_400))]
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
    let wanted = args.mutants.as_deref().map(mutant_filter).transpose()?;
    let trial = trial_variant(args)?;
    let mut suite = Suite::new(cx, options(args), &scenarios)?;
    let series = Series::select(cx, &args.series)?;
    for file in [&args.json, &args.junit].into_iter().flatten() {
        writable(file)?;
    }

    cx.timed("setup", || setup::complete(cx, args.profile))?;
    suite.prepare()?;
    let source = cx.timed("source", || {
        source::obtain(cx, &args.source, &series.about.base)
    })?;
    let lock = cx.lock_work()?;
    let prepare = |variant: Variant| {
        cx.timed(&format!("tree {}", variant.name()), || {
            tree::prepare(cx, &source, &series, variant)
        })
    };
    if args.each_patch.is_some() || args.mutants.is_some() {
        let tree = prepare(trial)?;
        let (exit, trials) = if let Some(first) = args.each_patch {
            each_patch::run(cx, &suite, &tree, first)?
        } else {
            mutants::run(cx, &suite, &series, &tree, wanted.as_ref())?
        };
        write_trials(args, &source, &trials)?;
        return Ok(exit);
    }
    // Every patch has to apply before the first kernel is built.
    let trees = variants(cx, &args.variant, &series)
        .into_iter()
        .map(prepare)
        .collect::<Result<Vec<_>>>()?;
    let content = match trees.iter().find(|tree| tree.variant == Variant::Series) {
        Some(tree) => results::content(cx, tree)?,
        None => None,
    };
    let mut units = Vec::new();
    for tree in &trees {
        let built = suite.build(tree)?;
        let name = tree.name();
        let label = format!("{name}-{}", args.profile.name());
        units.extend(cx.timed(&format!("jobs {name}"), || {
            suite.units(&label, &built, |_| true)
        })?);
    }
    drop(lock);

    let runs = cx.timed("run", || suite.execute(units, |line| cx.ui.result(line)))?;
    let report = Report {
        schema: 1,
        base: Base::from(&source),
        summary: Summary::of(&runs),
        runs,
        timings: cx.timings(),
    };
    write_reports(args, &report)?;
    if let Some(content) = content {
        let full = args.filter.is_none() && args.soak >= SOAK_S;
        results::tested(cx, &series.name, &content, &shown(args), &report, full)?;
    }
    cx.ui.note(&table::draw(&report));
    say_timings(cx, &report);
    Ok(report.summary.exit())
}

fn options(args: &Args) -> Options {
    Options {
        profile: args.profile,
        machine: args.machine.clone(),
        accel: args.accel,
        isolate: args.isolate,
        // A mutant is dead at the first wound.
        fail_fast: args.mutants.is_some(),
        soak_s: args.soak,
        repeat: args.repeat,
        jobs: args.jobs,
    }
}

/// The command line, as others would type it.
fn shown(args: &Args) -> Shown {
    let filter = args.filter.as_deref().unwrap_or_default();
    args.variant
        .iter()
        .fold(Shown::new("test-vm", &args.source), |shown, variant| {
            shown.with(true, &format!("--variant {}", variant.name()))
        })
        .with(args.profile != Profile::default(), "--profile debug")
        .with(
            args.machine != MACHINE,
            &format!("--machine {}", args.machine),
        )
        .with(args.filter.is_some(), &format!("--filter '{filter}'"))
        .with(args.isolate, "--isolate")
        .with(args.soak != SOAK_S, &format!("--soak {}", args.soak))
        .with(args.repeat > 1, &format!("--repeat {}", args.repeat))
}

/// The variant that patches or mutants are tried on.
fn trial_variant(args: &Args) -> Result<Variant> {
    match args.variant.as_slice() {
        [Variant::Rust] if args.mutants.is_some() => Ok(Variant::Rust),
        [] | [Variant::Series] => Ok(Variant::Series),
        _ if args.mutants.is_none() => Ok(Variant::Series),
        _ => Err(Stop::environment(
            "--mutants takes one variant, `series` or `rust`: there are none of the base",
        )
        .into()),
    }
}

fn mutant_filter(filter: &str) -> Result<Regex> {
    Regex::new(filter).map_err(|error| {
        Stop::environment(format!("--mutants is no regular expression: {error}")).into()
    })
}

/// Whether every scenario of a run is as it should be.
fn fine(run: &Run) -> bool {
    run.scenarios
        .iter()
        .all(|scenario| scenario.status.is_fine())
}

/// What was not fine in some runs, in lines.
fn evidence(runs: &[Run]) -> String {
    let mut lines = Vec::new();
    for scenario in runs.iter().flat_map(|run| &run.scenarios) {
        if scenario.status.is_fine() {
            continue;
        }
        lines.push(format!("{}: {}", scenario.name, scenario.detail));
        for case in scenario
            .subtests
            .iter()
            .filter(|case| !case.status.is_fine())
        {
            lines.push(format!("{}/{}: {}", scenario.name, case.name, case.detail));
        }
    }
    lines.join("\n")
}

/// The variants asked for, or all that exist in this workspace.
pub(crate) fn variants(cx: &Cx, asked: &[Variant], series: &Series) -> Vec<Variant> {
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

fn list(cx: &Cx) -> Exit {
    for scenario in guest::scenarios::ALL {
        cx.ui
            .result(&format!("{:<20} {}", scenario.name, scenario.proves));
    }
    Exit::Passed
}

pub(crate) fn writable(file: &Path) -> Result<()> {
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

fn write_reports(args: &Args, report: &Report) -> Result<()> {
    if let Some(file) = &args.json {
        fsx::write_atomic(file, &serde_json::to_vec_pretty(report)?)?;
    }
    if let Some(file) = &args.junit {
        fsx::write_atomic(file, junit::to_xml(report)?.as_bytes())?;
    }
    Ok(())
}

/// `{"schema":1,"base":{…},"trials":[…]}`.
fn write_trials(args: &Args, source: &Source, trials: &[Trial]) -> Result<()> {
    let Some(file) = &args.json else {
        return Ok(());
    };
    let value = serde_json::json!({
        "schema": 1,
        "base": Base::from(source),
        "trials": trials,
    });
    fsx::write_atomic(file, &serde_json::to_vec_pretty(&value)?)
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
    fn a_report_that_could_not_be_written_is_refused_before_the_run() {
        assert!(writable(Path::new("/no/such/folder/x.json")).is_err());
        assert!(writable(Path::new("/tmp")).is_err());
        assert!(writable(Path::new("x.json")).is_ok());
    }
}
