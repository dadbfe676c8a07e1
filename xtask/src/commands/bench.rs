// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask bench`: what mapping and unmapping costs, in instructions.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use guest::protocol::Clock;
use sha2::{Digest, Sha256};

use crate::bench::compare::{self, Change};
use crate::bench::run::{self, Method, Subject};
use crate::bench::{fit, plan};
use crate::boot::machine::Machine;
use crate::boot::qemu::{Accel, KERNEL};
use crate::build::{self, Profile};
use crate::context::Cx;
use crate::fsx;
use crate::job::{self, Ingredients, Job};
use crate::lock::Lock;
use crate::report::Base;
use crate::report::bench::{self, Report};
use crate::report::html;
use crate::results::{self, Benched, Entry, Found, Shown};
use crate::series::content::Content;
use crate::series::{Series, SeriesArgs};
use crate::source::archive::hex;
use crate::source::{self, SourceArgs};
use crate::stop::{Exit, Stop};
use crate::suite::new_run_folder;
use crate::toolchain::Toolchain;
use crate::tree::{self, Variant};

use super::{setup, test_vm};

/// Boots of each variant, unless told.
const BOOTS: u32 = 3;

/// Measures map and unmap in instructions, the same on any machine
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 measured, 1 a cell without a number or beyond --gate,\n2 usage or environment, 3 no source, kernel or guest to measure."
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
    /// Boots of each variant
    #[arg(long, value_name = "N", default_value_t = BOOTS, value_parser = clap::value_parser!(u32).range(3..=99))]
    pub boots: u32,
    /// Write the report as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Write the tables for a cover letter
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

/// A job folder, and what it is called in the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenJob {
    name: Option<String>,
    dir: PathBuf,
}

fn given_job(text: &str) -> Result<GivenJob, String> {
    match text.split_once('=') {
        // A path may have such a sign, too, but hardly before the first slash.
        Some((name, dir)) if !name.contains('/') => {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
            if name.is_empty() || name.starts_with('.') || !name.chars().all(plain) {
                return Err("a name has letters, digits and -_.+".into());
            }
            Ok(GivenJob {
                name: Some(name.into()),
                dir: dir.into(),
            })
        }
        _ => Ok(GivenJob {
            name: None,
            dir: text.into(),
        }),
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
    for file in [&args.json, &args.markdown, &args.html]
        .into_iter()
        .flatten()
    {
        test_vm::writable(file)?;
    }
    let saved = args.compare.as_deref().map(load).transpose()?;
    let cells = plan::cells(args.quick);
    let machine = Machine::load(&cx.paths.machines(), &args.machine)?;

    let init;
    let room;
    let kernels = if args.job.is_empty() {
        cx.timed("setup", || setup::complete(cx, Profile::Release))?;
        init = job::build_init(cx)?;
        room = new_run_folder(cx)?;
        built(cx, args, &machine, &init, &room)?
    } else {
        let kernels = given(&args.job, &machine)?;
        init = job::build_init(cx)?;
        room = new_run_folder(cx)?;
        kernels
    };
    let Kernels {
        base,
        subjects,
        patches,
    } = kernels;
    let clock = Clock::Instructions;
    let method = Method {
        cells: &cells,
        rounds: args.boots,
        clock,
        accel: Accel::Tcg,
        jobs: run::jobs(clock, machine.memory_mib),
        init: &init,
    };
    let results = cx.timed("bench", || run::measure(cx, &subjects, &method, &room))?;
    let report = Report {
        schema: 1,
        unit: "instructions".into(),
        base,
        fits: fit::fits(&results.cells),
        cells: results.cells,
        missing: results.missing,
    };
    if let Some(file) = &args.json {
        fsx::write_atomic(file, &serde_json::to_vec_pretty(&report)?)?;
    }
    if let Some(file) = &args.markdown {
        fsx::write_atomic(file, bench::markdown(&report).as_bytes())?;
    }
    if let Some(file) = &args.html {
        fsx::write_atomic(file, html::page(&report)?.as_bytes())?;
    }
    if let Some((series, content)) = patches {
        let benched = Benched {
            full: !args.quick,
            report: report.clone(),
        };
        let found = Found::Bench(benched);
        let entry = Entry::new(&shown(args), &report.base, &content, found);
        results::remember(cx, &series, &entry)?;
    }
    cx.ui.result(&bench::draw(&report));
    let mut exit = if report.missing.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    };
    if let Some(saved) = saved {
        let changes = against(&saved, &report, &subjects, args.quick);
        cx.ui.result(&bench::draw_changes(&changes, args.gate));
        if changes.is_empty() {
            return Err(Stop::environment("the saved run has none of these cells")
                .help("compare runs of the same variants")
                .into());
        }
        if let Some(gate) = args.gate
            && changes.iter().any(|change| change.is_worse(gate))
        {
            exit = Exit::Failed;
        }
    }
    Ok(exit)
}

/// The command line, as others would type it.
fn shown(args: &Args) -> Shown {
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
        .with(args.boots != BOOTS, &format!("--boots {}", args.boots))
}

/// The cells of the saved run that this run was to measure.
fn against(saved: &Report, report: &Report, subjects: &[Subject], quick: bool) -> Vec<Change> {
    let asked = plan::cells(quick);
    compare::changes(&saved.cells, &report.cells, |old| {
        subjects
            .iter()
            .any(|subject| subject.variant == old.variant)
            && asked.iter().any(|cell| {
                (
                    cell.api.name(),
                    cell.workload.name(),
                    &cell.backing,
                    cell.size_bytes,
                ) == (
                    old.api.as_str(),
                    &old.workload,
                    &old.backing,
                    old.size_bytes,
                )
            })
    })
}

fn load(file: &Path) -> Result<Report> {
    let report: Report = serde_json::from_str(&fsx::read(file)?)
        .map_err(|error| Stop::environment(format!("{}: {error}", file.display())))?;
    if report.schema != 1 || report.unit != "instructions" {
        return Err(Stop::environment(format!(
            "{} is no run in instructions of schema 1",
            file.display()
        ))
        .into());
    }
    Ok(report)
}

/// What is measured.
struct Kernels {
    base: Base,
    subjects: Vec<Subject>,
    /// The series that they were built from, if that is known.
    patches: Option<(String, Content)>,
}

/// The variants, built.
fn built(cx: &Cx, args: &Args, machine: &Machine, init: &Path, room: &Path) -> Result<Kernels> {
    let series = Series::select(cx, &args.series)?;
    let toolchain = Toolchain::find(cx)?;
    let source = cx.timed("source", || {
        source::obtain(cx, &args.source, &series.about.base)
    })?;
    let _lock = Lock::acquire(
        &cx.ui,
        &cx.paths.work().join("lock"),
        "the worktrees and builds",
    )?;
    let trees = test_vm::variants(cx, &args.variant, &series)
        .into_iter()
        .map(|variant| tree::prepare(cx, &source, &series, variant))
        .collect::<Result<Vec<_>>>()?;
    let content = match trees.iter().find(|tree| tree.variant == Variant::Series) {
        Some(tree) => results::content(cx, tree)?,
        None => None,
    };
    let mut subjects = Vec::new();
    for tree in &trees {
        let name = tree.name();
        let kernel = cx.timed(&format!("build {name}"), || {
            build::kernel(cx, tree, Profile::Release, &toolchain)
        })?;
        let dir = room.join(&name);
        let job = Job::assemble(
            &dir,
            &Ingredients {
                kernel: &kernel,
                machine,
                accel: Accel::Tcg,
                may_fall_back: false,
                init,
                selftests: &[],
                scenarios: Vec::new(),
                isolate: false,
                fail_fast: false,
                soak_s: 0,
                extra: &[],
            },
        )?;
        subjects.push(Subject {
            variant: name,
            job,
            dir,
        });
    }
    Ok(Kernels {
        base: Base::from(&source),
        subjects,
        patches: content.map(|content| (series.name, content)),
    })
}

/// The kernels of job folders.
fn given(jobs: &[GivenJob], machine: &Machine) -> Result<Kernels> {
    let mut subjects: Vec<Subject> = Vec::new();
    for GivenJob { name, dir } in jobs {
        let mut job = Job::load(dir)?;
        job.machine = machine.clone();
        let variant = name.clone().unwrap_or_else(|| job.variant.clone());
        if subjects.iter().any(|other| other.variant == variant) {
            return Err(
                Stop::environment(format!("two of the jobs are called {variant}"))
                    .help("--job NAME=DIR gives a name")
                    .into(),
            );
        }
        subjects.push(Subject {
            variant,
            job,
            dir: std::path::absolute(dir)?,
        });
    }
    let first = subjects.first().context("there is a job")?;
    let image = first.dir.join(KERNEL);
    let bytes =
        std::fs::read(&image).with_context(|| format!("cannot read {}", image.display()))?;
    let base = Base {
        release: first.job.release.clone(),
        source: "job folder; the SHA-256 is the kernel image's".into(),
        sha256: hex(&Sha256::digest(bytes)),
    };
    Ok(Kernels {
        base,
        subjects,
        patches: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_may_have_a_name() {
        let job = given_job("mine=runs/x=y").unwrap();
        assert_eq!(
            (job.name.as_deref(), job.dir),
            (Some("mine"), "runs/x=y".into())
        );
        assert_eq!(given_job("runs/x=y").unwrap().name, None);
        assert!(given_job("../=x").unwrap().name.is_none());
        assert!(given_job("..=x").is_err() && given_job("a b=x").is_err());
    }
}
