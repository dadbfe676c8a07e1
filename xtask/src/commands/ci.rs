// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask ci`: everything that must hold before a change lands.

use std::ffi::OsString;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use xshell::{Cmd, Shell, cmd};

use crate::context::Cx;
use crate::fsx;
use crate::series::{Series, SeriesArgs};
use crate::stop::{Exit, Stop};

use super::{bench, check, setup, test_vm};

/// How much dearer than the baseline a cell may be.
const GATE: &str = "1.02";

/// Formatting, lints, tests, the rules on patches, then a real test-vm run and a
/// quick benchmark
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Leave out the VM (seconds instead of minutes)
    #[arg(long)]
    pub no_vm: bool,
}

/// Runs the command. The last line sums up in the words of `cargo test`.
///
/// # Errors
/// The first step that fails.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    let start = Instant::now();
    setup::complete_for_tests(cx)?;
    let sh = Shell::new()?;
    sh.change_dir(cx.paths.workspace());
    let docs = cmd!(
        sh,
        "cargo doc --workspace --no-deps --locked --document-private-items"
    );
    for (name, command) in [
        ("formatting", cmd!(sh, "cargo fmt --all --check")),
        (
            "clippy",
            cmd!(
                sh,
                "cargo clippy --workspace --all-targets --locked -- --deny warnings"
            ),
        ),
        (
            "rustdoc",
            docs.env(
                "RUSTDOCFLAGS",
                "--deny warnings --allow rustdoc::private_intra_doc_links",
            ),
        ),
        ("tests", cmd!(sh, "cargo test --workspace --locked")),
    ] {
        step(cx, name, command)?;
    }
    let (mut passed, mut failed, mut skipped, mut measured) = (0, 0, 0, 0);
    let mut exit = check::own_series(cx)?;
    if exit == Exit::Passed && !args.no_vm {
        fsx::create_dir(&cx.paths.work())?;
        let json = cx.paths.work().join("ci.json");
        let vm = TestVm::parse_from(["test-vm".as_ref(), "--json".as_ref(), json.as_os_str()]);
        exit = test_vm::run(cx, &vm.args)?;
        let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json)?)?;
        let count = |key: &str| report["summary"][key].as_u64().unwrap_or(0);
        passed = count("pass");
        failed = count("fail") + count("crash") + count("timeout");
        skipped = count("skip");
        let bench = benchmark(cx)?;
        measured = bench.1;
        if exit == Exit::Passed {
            exit = bench.0;
        }
        // The kernel that test-vm got is what the series is rehearsed on.
        step(
            cx,
            "delivery",
            cmd!(
                sh,
                "cargo test --quiet --locked --package xtask --test delivery -- --ignored --nocapture"
            ),
        )?;
    }
    let verdict = if exit == Exit::Passed { "ok" } else { "FAILED" };
    cx.ui.result(&format!(
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {skipped} ignored; {measured} measured; 0 filtered out; finished in {:.2}s",
        start.elapsed().as_secs_f64()
    ));
    Ok(exit)
}

fn step(cx: &Cx, name: &str, command: Cmd<'_>) -> Result<()> {
    cx.ui.stage("ci", &format!("{name}: {command}"));
    let line = command.to_string();
    cx.timed(name, || {
        command
            .quiet()
            .run()
            .map_err(|_| Stop::failed(format!("{name} failed")).help(line))?;
        crate::interrupt::check()?;
        Ok(())
    })
}

/// A quick benchmark, twice, held against the baseline of the series' base:
/// how it ended, and the number of cells.
fn benchmark(cx: &Cx) -> Result<(Exit, usize)> {
    let series = Series::select(cx, &SeriesArgs::default())?;
    let json = cx.paths.work().join("ci-bench.json");
    let baseline = cx
        .paths
        .baselines()
        .join(format!("{}-quick.json", series.about.base));
    let mut words: Vec<OsString> = [
        "bench",
        "--quick",
        "--twice",
        "--variant",
        "stock",
        "--variant",
        "series",
        "--json",
    ]
    .map(OsString::from)
    .to_vec();
    words.push(json.clone().into());
    if baseline.is_file() {
        words.extend(["--gate", GATE, "--compare"].map(OsString::from));
        words.push(baseline.into());
    } else {
        cx.ui.note(&format!(
            "there is no {}: the benchmark is not compared",
            baseline.display()
        ));
    }
    let exit = bench::run(cx, &Bench::parse_from(words).args)?;
    let report: serde_json::Value = serde_json::from_slice(&std::fs::read(&json)?)?;
    Ok((exit, report["cells"].as_array().map_or(0, Vec::len)))
}

/// bench's own arguments with their defaults.
#[derive(Parser)]
struct Bench {
    #[command(flatten)]
    args: bench::Args,
}

/// test-vm's own arguments with their defaults.
#[derive(Parser)]
struct TestVm {
    #[command(flatten)]
    args: test_vm::Args,
}
