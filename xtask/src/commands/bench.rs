// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask bench`: what mapping and unmapping costs, in instructions.

mod subjects;

use std::path::{Path, PathBuf};

use anyhow::Result;
use guest::protocol::{Cell, Clock};
use regex::Regex;

use crate::bench::compare::{self, Change};
use crate::bench::profiler::Profiler;
use crate::bench::run::{self, Method, Subject};
use crate::bench::samples::Measured;
use crate::bench::tools::Tools;
use crate::bench::{fit, plan, preflight};
use crate::boot::accel::{self, AccelArg};
use crate::boot::machine::Machine;
use crate::boot::qemu::{Accel, PROGRAM};
use crate::build::Profile;
use crate::context::Cx;
use crate::report::bench::{self, Report};
use crate::report::{cover, html};
use crate::results::{self, Benched, Entry, Found, Shown};
use crate::series::SeriesArgs;
use crate::source::SourceArgs;
use crate::stop::{Exit, Stop};
use crate::suite::new_run_folder;
use crate::toolchain::requirements;
use crate::tree::Variant;
use crate::{fsx, job};
use subjects::{GivenJob, Kernels, given_job};

use super::{setup, test_vm};

/// Boots of each variant, where they count instructions.
const BOOTS: u32 = 3;

/// Measures map and unmap in instructions, the same on any machine
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 measured, 1 a cell without a number, beyond --gate or not the\nsame --twice, 2 usage or environment, 3 no source, kernel or guest to measure."
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
    /// Build nothing, measure the kernel of this job folder (.work/runs/*/*), in
    /// the report under the name given or that of its variant; repeatable
    #[arg(long, value_name = "[NAME=]DIR", conflicts_with = "variant", value_parser = given_job)]
    pub job: Vec<GivenJob>,
    /// The machine, a file in qemu-images/machines/
    #[arg(long, default_value = test_vm::MACHINE)]
    pub machine: String,
    /// Fewer workloads and sizes, for a first answer
    #[arg(long)]
    pub quick: bool,
    /// Measure only the cells that match, as `type1 hugetlb_2m 64 MiB`
    #[arg(long, value_name = "REGEX")]
    pub filter: Option<String>,
    /// What a cost is counted in
    #[arg(long, value_enum, default_value_t)]
    pub clock: ClockArg,
    /// How the guest executes, with `--clock wall`
    #[arg(long, value_enum, default_value_t)]
    pub accel: AccelArg,
    /// Boots of each variant, 3 at least [default: 3; 9 with --clock wall]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..=99))]
    pub boots: Option<u32>,
    /// Measure everything again and fail where a boot differs by more than 0.1 %
    #[arg(long)]
    pub twice: bool,
    /// Tell which functions of the kernel the instructions go to
    #[arg(long)]
    pub profile_functions: bool,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the table for a cover letter
    #[arg(long, value_name = "FILE")]
    pub markdown: Option<PathBuf>,
    /// Write a page with plots
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Compare with a run that --json saved
    #[arg(long, value_name = "FILE")]
    pub compare: Option<PathBuf>,
    /// Fail where a cell costs more than this multiple of the saved one
    #[arg(long, value_name = "RATIO", requires = "compare", value_parser = ratio)]
    pub gate: Option<f64>,
}

/// What a cost is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ClockArg {
    /// Instructions of an emulated CPU, the same on any machine
    #[default]
    Instructions,
    /// Nanoseconds on this machine
    Wall,
}

impl ClockArg {
    fn clock(self) -> Clock {
        match self {
            Self::Instructions => Clock::Instructions,
            Self::Wall => Clock::Wall,
        }
    }

    fn boots(self) -> u32 {
        match self {
            Self::Instructions => BOOTS,
            // Fewer have no interval to speak of.
            Self::Wall => 9,
        }
    }
}

fn ratio(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(ratio) if ratio.is_finite() && ratio >= 1.0 => Ok(ratio),
        _ => Err("a number of at least 1, as 1.02".into()),
    }
}

/// Runs the command.
///
/// # Errors
/// Anything that keeps the guests from being measured.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    let clock = args.clock.clock();
    check(args)?;
    let saved = args
        .compare
        .as_deref()
        .map(|file| load(file, clock))
        .transpose()?;
    let cells = chosen(args)?;
    let machine = Machine::load(&cx.paths.machines(), &args.machine)?;
    if args.job.is_empty() {
        cx.timed("setup", || setup::complete(cx, Profile::Release))?;
    }
    let qemu =
        requirements::on_path(PROGRAM).and_then(|program| requirements::version_of(&program));
    let accel = match clock {
        Clock::Instructions => Accel::Tcg,
        Clock::Wall => accel::choose(cx, args.accel, &machine)?,
    };
    let init = job::build_init(cx)?;
    let profiler = args
        .profile_functions
        .then(|| Profiler::choose(cx, qemu))
        .transpose()?;
    if matches!(profiler, Some(Profiler::Ftrace)) && !args.job.is_empty() {
        return Err(Stop::environment(
            "the kernels of job folders have no ftrace, and QEMU has no plugins",
        )
        .help("leave out --job, or --profile-functions")
        .into());
    }
    let room = new_run_folder(cx)?;
    let Kernels {
        base,
        subjects,
        patches,
    } = if args.job.is_empty() {
        subjects::built(cx, args, &machine, &init, &room, Profile::Release)?
    } else {
        subjects::given(&args.job, &machine)?
    };

    let method = Method {
        cells: &cells,
        rounds: args.boots.unwrap_or(args.clock.boots()),
        clock,
        accel,
        jobs: run::jobs(clock, machine.memory_mib),
        init: &init,
        profiler: None,
    };
    let notes = match clock {
        Clock::Instructions => Vec::new(),
        Clock::Wall => preflight::notes(accel),
    };
    for note in &notes {
        cx.ui.stage("noise", note);
    }
    let results = cx.timed("bench", || run::measure(cx, &subjects, &method, &room))?;
    let again = args
        .twice
        .then(|| measure_again(cx, &subjects, &method, &room))
        .transpose()?;
    let profiles = match &profiler {
        None => Vec::new(),
        Some(profiler) => {
            let method = Method {
                rounds: 1,
                profiler: Some(profiler),
                ..method
            };
            let room = room.join("profile");
            let traced = match profiler {
                Profiler::Ftrace => Some(
                    subjects::built(cx, args, &machine, &init, &room, Profile::Trace)?.subjects,
                ),
                Profiler::Plugin(_) => None,
            };
            let subjects = traced.as_ref().unwrap_or(&subjects);
            let seen = cx.timed("profile", || run::measure(cx, subjects, &method, &room))?;
            for missing in &seen.missing {
                cx.ui.note(&format!(
                    "{} {}: no profile: {}",
                    missing.variant, missing.cell, missing.reason
                ));
            }
            seen.profiles
        }
    };
    let report = Report {
        schema: 1,
        unit: clock.unit().into(),
        base,
        tools: Tools {
            compilers: results.compilers,
            qemu: qemu.map_or_else(String::new, |version| version.to_string()),
        },
        notes,
        fits: fit::fits(&results.cells),
        cells: results.cells,
        missing: results.missing,
        profiles,
    };
    write(args, &report)?;
    if let Some((series, content)) = patches
        && clock == Clock::Instructions
        && args.filter.is_none()
    {
        let benched = Benched {
            full: !args.quick,
            report: Box::new(report.clone()),
        };
        let entry = Entry::new(&shown(args), &report.base, &content, Found::Bench(benched));
        results::remember(cx, &series, &entry)?;
    }
    cx.ui.result(&bench::draw(&report));
    judge(cx, args, &report, again.as_deref(), || {
        saved.map(|saved| {
            let changes = against(&saved, &report, &subjects, &cells);
            (saved, changes)
        })
    })
}

/// What the command line asks for and cannot have, before anything slow.
fn check(args: &Args) -> Result<()> {
    for file in [&args.json, &args.markdown, &args.html]
        .into_iter()
        .flatten()
    {
        test_vm::writable(file)?;
    }
    let wall = args.clock == ClockArg::Wall;
    for (given, what) in [
        (args.twice, "--twice"),
        (args.profile_functions, "--profile-functions"),
    ] {
        if wall && given {
            return Err(Stop::environment(format!(
                "{what} is for instructions, which --clock wall does not count"
            ))
            .into());
        }
    }
    if !wall && args.accel == AccelArg::Kvm {
        return Err(
            Stop::environment("instructions are counted under emulation only")
                .help("--clock wall --accel kvm")
                .into(),
        );
    }
    Ok(())
}

/// The cells that were asked for.
fn chosen(args: &Args) -> Result<Vec<Cell>> {
    let mut cells = plan::cells(args.quick);
    if let Some(filter) = &args.filter {
        let regex = Regex::new(filter).map_err(|error| {
            Stop::environment(format!("--filter is no regular expression: {error}"))
        })?;
        cells.retain(|cell| {
            cell.workload
                .ops()
                .iter()
                .any(|&op| regex.is_match(&Measured::new("", cell, op).work()))
        });
        if cells.is_empty() {
            return Err(Stop::environment(format!("no cell matches {filter}"))
                .help("cargo xtask bench --quick     # names some")
                .into());
        }
    }
    Ok(cells)
}

fn measure_again(
    cx: &Cx,
    subjects: &[Subject],
    method: &Method,
    room: &Path,
) -> Result<Vec<Measured>> {
    let room = room.join("again");
    Ok(cx
        .timed("bench again", || run::measure(cx, subjects, method, &room))?
        .cells)
}

fn write(args: &Args, report: &Report) -> Result<()> {
    if let Some(file) = &args.json {
        fsx::write_atomic(file, &serde_json::to_vec_pretty(report)?)?;
    }
    if let Some(file) = &args.markdown {
        fsx::write_atomic(file, cover::markdown(report).as_bytes())?;
    }
    if let Some(file) = &args.html {
        fsx::write_atomic(file, html::page(report)?.as_bytes())?;
    }
    Ok(())
}

/// The command line, as others would type it.
fn shown(args: &Args) -> Shown {
    let boots = args.boots.unwrap_or(BOOTS);
    args.variant
        .iter()
        .fold(Shown::new("bench", &args.source), |shown, variant| {
            shown.with(true, &format!("--variant {}", variant.name()))
        })
        .with(
            args.machine != test_vm::MACHINE,
            &format!("--machine {}", args.machine),
        )
        .with(args.quick, "--quick")
        .with(boots != BOOTS, &format!("--boots {boots}"))
}

/// The exit code, and the words for it.
fn judge(
    cx: &Cx,
    args: &Args,
    report: &Report,
    again: Option<&[Measured]>,
    compared: impl FnOnce() -> Option<(Report, Vec<Change>)>,
) -> Result<Exit> {
    let mut fine = report.missing.is_empty();
    if let Some(again) = again {
        let repeat = compare::repeat(&report.cells, again);
        cx.ui.result(&bench::draw_repeat(&repeat));
        fine &= repeat.off.is_empty();
    }
    if let Some((saved, changes)) = compared() {
        if changes.is_empty() {
            return Err(Stop::environment("the saved run has none of these cells")
                .help("compare runs of the same variants")
                .into());
        }
        let obstacle = saved.incomparable(report);
        let gate = args.gate.filter(|_| obstacle.is_none());
        cx.ui.result(&bench::draw_changes(&changes, gate));
        if let Some(obstacle) = obstacle {
            cx.ui.result(&format!(
                "no verdict on these differences: {obstacle}{}",
                if args.gate.is_some() {
                    "; the gate stays open"
                } else {
                    ""
                }
            ));
        }
        fine &= gate.is_none_or(|gate| !changes.iter().any(|change| change.is_worse(gate)));
    }
    Ok(if fine { Exit::Passed } else { Exit::Failed })
}

/// The cells of the saved run that this run was to measure.
fn against(saved: &Report, report: &Report, subjects: &[Subject], asked: &[Cell]) -> Vec<Change> {
    compare::changes(&saved.cells, &report.cells, |old| {
        subjects
            .iter()
            .any(|subject| subject.variant == old.variant)
            && asked.iter().any(|cell| {
                cell.workload
                    .ops()
                    .iter()
                    .any(|&op| Measured::new("", cell, op).same_work(old))
            })
    })
}

fn load(file: &Path, clock: Clock) -> Result<Report> {
    let report: Report = serde_json::from_str(&fsx::read(file)?)
        .map_err(|error| Stop::environment(format!("{}: {error}", file.display())))?;
    let unit = clock.unit();
    if report.schema != 1 || report.unit != unit {
        return Err(Stop::environment(format!(
            "{} is no run in {unit} of schema 1",
            file.display()
        ))
        .into());
    }
    Ok(report)
}
