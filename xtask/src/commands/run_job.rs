// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask run-job DIR`: executes a job folder wherever QEMU is.

use std::path::PathBuf;

use anyhow::Result;

use crate::context::Cx;
use crate::job::Job;
use crate::report::{Run, Summary, ktap};
use crate::scenario::{self, Progress};
use crate::stop::Exit;

/// Executes a job folder that test-vm made (.work/runs/*/*)
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The folder
    pub dir: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// No job, no QEMU, no guest.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    let job = Job::load(&args.dir)?;
    let writer = ktap::Writer::new(1, |line| cx.ui.result(line));
    writer.begin(
        0,
        &format!(
            "Linux {} on {} under {}",
            job.release,
            job.machine.name,
            job.accel.name()
        ),
        job.scenarios.len(),
    );
    let outcome = scenario::run_job(&args.dir, |progress| {
        if let Progress::End(result) = progress {
            writer.scenario(0, result);
        }
    })?;
    writer.end(0, &job.variant);
    let mut run = Run::from(&job);
    run.take(outcome);
    Ok(Summary::of(&[run]).exit())
}
