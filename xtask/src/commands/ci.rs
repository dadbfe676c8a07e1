// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask ci`: everything that must hold before a change lands.

use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use xshell::{Cmd, Shell, cmd};

use crate::context::Cx;
use crate::fsx;
use crate::stop::{Exit, Stop};

use super::{check, setup, test_vm};

/// Formatting, lints, tests, the rules on patches, then a real test-vm run
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
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
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
        "\ntest result: {verdict}. {passed} passed; {failed} failed; {skipped} ignored; 0 measured; 0 filtered out; finished in {:.2}s",
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

/// test-vm's own arguments with their defaults.
#[derive(Parser)]
struct TestVm {
    #[command(flatten)]
    args: test_vm::Args,
}
