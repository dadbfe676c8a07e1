// SPDX-License-Identifier: GPL-2.0-only
//! Proves that the kernel really is a Rust-for-Linux kernel: a module written
//! with the kernel crate loads, registers a device, passes its own trials of
//! the crate, reports which compiler built it, and unloads without a trace.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::context::Ctx;
use crate::init::{load_module, unload_module};
use crate::kernel;
use crate::protocol::Status;

const MODULE: &str = "/modules/rust_probe.ko";
const DEVICE: &str = "/dev/rust_probe";

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    let mut compiler = String::new();
    ctx.case("loads_and_reports", |_| {
        load_module(Path::new(MODULE))?;
        let report = kernel::read(DEVICE);
        // Unloaded in any case, so that the next case starts afresh.
        unload_module("rust_probe")?;
        let report = report?;
        let value = |key: &str| {
            report
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .with_context(|| format!("it does not report `{key}`"))
        };
        ensure!(
            value("release")? == kernel::release()?,
            "it was built for {}",
            value("release")?
        );
        ensure!(
            value("selftest")? == "ok",
            "its selftest says {}",
            value("selftest")?
        );
        value("rustc")?.clone_into(&mut compiler);
        ensure!(
            compiler.starts_with("rustc "),
            "it was built by `{compiler}`"
        );
        Ok(())
    });
    let status = if compiler.is_empty() {
        Status::Fail
    } else {
        Status::Pass
    };
    ctx.report("compiler", status, &compiler);
    ctx.case("unloads_and_loads_again", |_| {
        for round in 0..3 {
            ensure!(
                !Path::new(DEVICE).exists(),
                "round {round}: {DEVICE} is there without the module"
            );
            load_module(Path::new(MODULE))?;
            let open = std::fs::File::open(DEVICE)?;
            ensure!(
                unload_module("rust_probe").is_err(),
                "round {round}: it unloads while its device is open"
            );
            drop(open);
            unload_module("rust_probe")?;
        }
        Ok(())
    });
    Ok(())
}
