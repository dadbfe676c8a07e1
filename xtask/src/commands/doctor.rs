// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask doctor`: one line per requirement, and the command that mends
//! what is wrong. Changes nothing.

use std::process::Command;

use anyhow::Result;

use crate::boot::accel;
use crate::context::Cx;
use crate::stop::Exit;
use crate::toolchain::distro::Distro;
use crate::toolchain::requirements::{Found, Need, Requirement};
use crate::toolchain::{Toolchain, examine};
use crate::tree::Variant;

/// Says what this machine has and lacks; changes nothing
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Runs the command: 0 where nothing needed is missing, 2 otherwise.
///
/// # Errors
/// None of its own.
pub fn run(cx: &Cx, _: &Args) -> Result<Exit> {
    let distro = Distro::here();
    let root = nix::unistd::geteuid().is_root();
    let mut sound = true;
    for (requirement, found) in examine(cx) {
        sound &= found.is_good() || requirement.need != Need::Always;
        cx.ui.result(&line(&requirement, &found, distro, root, cx));
    }
    let (fine, text) = kernels_own_check(cx);
    sound &= fine;
    cx.ui.result(&text);
    cx.ui.result(&format!(
        "{:<8} {:<12} {}",
        "info",
        "accelerator",
        accel::remembered_or_unknown(cx)
    ));
    Ok(if sound {
        Exit::Passed
    } else {
        Exit::Environment
    })
}

fn line(requirement: &Requirement, found: &Found, distro: Distro, root: bool, cx: &Cx) -> String {
    let state = match found {
        Found::Good(_) => "ok",
        _ if requirement.need != Need::Always => "optional",
        Found::Unfit(_) => "UNFIT",
        Found::Missing => "MISSING",
    };
    let seen = match found {
        Found::Good(text) | Found::Unfit(text) => text.as_str(),
        Found::Missing => "not found",
    };
    let mut line = format!(
        "{state:<8} {:<12} {seen}, wanted {}",
        requirement.name, requirement.wanted
    );
    if !found.is_good() {
        let packages = requirement.packages.on(distro);
        let mend = match requirement.cargo {
            Some((name, version)) if packages.is_empty() => {
                format!(
                    "cargo install {name} --version {version} --locked --root {}",
                    cx.paths.tools().display()
                )
            }
            _ => distro.install_line(packages, root),
        };
        line.push_str(&format!("\n{:<8} {:<12} {mend}", "", ""));
    }
    line
}

/// `make rustavailable`, in a build folder that is thrown away.
fn kernels_own_check(cx: &Cx) -> (bool, String) {
    let head = |state: &str| format!("{state:<8} {:<12}", "rust");
    let src = Variant::ALL.map(|variant| cx.paths.variant(variant.name()).join("src"));
    let Some(src) = src.iter().find(|src| src.join("Makefile").exists()) else {
        return (
            true,
            format!(
                "{} not checked: no kernel source yet (cargo xtask test-vm gets it)",
                head("info")
            ),
        );
    };
    let Ok(toolchain) = Toolchain::find(cx) else {
        return (
            false,
            format!("{} not checked: see the lines above", head("MISSING")),
        );
    };
    let Ok(room) = tempfile::tempdir() else {
        return (false, format!("{} no temporary folder", head("UNFIT")));
    };
    let output = Command::new("make")
        .arg("-C")
        .arg(src)
        .arg(format!("O={}", room.path().display()))
        .args(["-s", "rustavailable"])
        .args(
            toolchain
                .environment()
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        )
        .env("LIBCLANG_PATH", &toolchain.libclang)
        .output();
    match output {
        Ok(output) if output.status.success() => (
            true,
            format!("{} make rustavailable: Rust is available", head("ok")),
        ),
        Ok(output) => (
            false,
            format!(
                "{} make rustavailable:\n{}",
                head("UNFIT"),
                String::from_utf8_lossy(&output.stderr).trim_end()
            ),
        ),
        Err(error) => (false, format!("{} cannot run make: {error}", head("UNFIT"))),
    }
}
