// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask`: parses the command line and dispatches.

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};
use xtask::commands::{
    bench, cache, check, ci, completions, doctor, review, run_job, send_series, series, setup,
    test_vm, vm,
};
use xtask::context::Cx;
use xtask::stop::{Exit, exit_of};

/// Drives a kernel patch series from an idea to "applied".
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    TestVm(test_vm::Args),
    Bench(bench::Args),
    Series(series::Args),
    Check(check::Args),
    SendSeries(send_series::Args),
    Review(review::Args),
    Vm(vm::Args),
    Setup(setup::Args),
    Doctor(doctor::Args),
    Cache(cache::Args),
    RunJob(run_job::Args),
    Ci(ci::Args),
    Completions(completions::Args),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli) {
        Ok(exit) => exit.into(),
        Err(error) => {
            // Nobody may be reading any more.
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            exit_of(&error).into()
        }
    }
}

fn run(cli: &Cli) -> anyhow::Result<Exit> {
    xtask::interrupt::install()?;
    let cx = Cx::new()?;
    match &cli.command {
        Command::TestVm(args) => test_vm::run(&cx, args),
        Command::Bench(args) => bench::run(&cx, args),
        Command::Check(args) => check::run(&cx, args),
        Command::Series(args) => series::run(&cx, args),
        Command::SendSeries(args) => send_series::run(&cx, args),
        Command::Review(args) => review::run(&cx, args),
        Command::Vm(args) => vm::run(&cx, args),
        Command::Setup(args) => setup::run(&cx, args),
        Command::Doctor(args) => doctor::run(&cx, args),
        Command::Cache(args) => cache::run(&cx, args),
        Command::RunJob(args) => run_job::run(&cx, args),
        Command::Ci(args) => ci::run(&cx, args),
        Command::Completions(args) => completions::run(&cx, args, Cli::command()),
    }
}
