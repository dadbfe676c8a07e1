// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask setup`: installs what is missing, as root; as anybody else
//! prints the line to type.

use std::process::Command;

use anyhow::Result;

use crate::build::Profile;
use crate::context::Cx;
use crate::proc;
use crate::stop::{Exit, Stop};
use crate::toolchain::distro::Distro;
use crate::toolchain::examine;
use crate::toolchain::requirements::{Found, Need, Requirement};

/// What the tests use of what kernels are built with: some build one of a file.
const TESTED_WITH: [&str; 3] = ["git", "make", "gcc"];

/// Installs what test-vm needs and this machine lacks
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Also what the debug kernel needs (test-vm --profile debug)
    #[arg(long)]
    pub debug: bool,
}

/// Runs the command.
///
/// # Errors
/// What is missing cannot be installed from here.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    complete(
        cx,
        if args.debug {
            Profile::Debug
        } else {
            Profile::Release
        },
    )?;
    cx.ui.note("everything test-vm needs is installed");
    Ok(Exit::Passed)
}

/// Completes this machine for kernels of a profile; does nothing, quickly, where nothing is missing.
///
/// # Errors
/// As [`run`].
pub fn complete(cx: &Cx, profile: Profile) -> Result<()> {
    install(cx, |requirement| concerns(requirement, profile))
}

/// Completes this machine for the tests of this workspace.
///
/// # Errors
/// As [`run`].
pub fn complete_for_tests(cx: &Cx) -> Result<()> {
    install(cx, |requirement| {
        requirement.need == Need::Tests || TESTED_WITH.contains(&requirement.name)
    })
}

fn install(cx: &Cx, wanted: impl Fn(&Requirement) -> bool) -> Result<()> {
    let lacking = || -> Vec<(Requirement, Found)> {
        let all = examine(cx).into_iter();
        all.filter(|(requirement, found)| !found.is_good() && wanted(requirement))
            .collect()
    };
    let missing = lacking();
    // What is merely useful comes along with the rest, and alone is no reason.
    if missing
        .iter()
        .all(|(requirement, _)| requirement.need == Need::Never)
    {
        return Ok(());
    }
    let distro = Distro::here();
    let root = nix::unistd::geteuid().is_root();
    let plan = Plan::of(&missing, distro);
    if !plan.packages.is_empty() {
        let line = distro.install_line(&plan.packages, root);
        if !root || !distro.has_apt() {
            return Err(
                Stop::environment(format!("missing here: {}", describe(&missing)))
                    .help(line)
                    .help("then run the same command again")
                    .into(),
            );
        }
        cx.ui.stage("setup", &line);
        apt(cx, &plan.packages)?;
    }
    for (name, version) in &plan.crates {
        let line = format!(
            "cargo install {name} --version {version} --locked --root {}",
            cx.paths.tools().display()
        );
        cx.ui.stage("setup", &line);
        install_crate(cx, name, version)?;
    }
    let left = lacking();
    if left
        .iter()
        .all(|(requirement, _)| requirement.need == Need::Never)
    {
        return Ok(());
    }
    Err(Stop::environment(format!(
        "still missing after the installation: {}",
        describe(&left)
    ))
    .help("cargo xtask doctor")
    .into())
}

/// Whether kernels of `profile` are better with it.
fn concerns(requirement: &Requirement, profile: Profile) -> bool {
    match requirement.need {
        Need::Always | Need::Never => true,
        Need::Debug => profile == Profile::Debug,
        Need::Tests => false,
    }
}

/// `bc, qemu (5.2.0 is too old)`.
fn describe(missing: &[(Requirement, Found)]) -> String {
    let one = |(requirement, found): &(Requirement, Found)| match found {
        Found::Unfit(why) => format!("{} ({why})", requirement.name),
        _ => requirement.name.to_owned(),
    };
    missing.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// What to install.
#[derive(Debug, Default, PartialEq, Eq)]
struct Plan {
    packages: Vec<&'static str>,
    crates: Vec<(&'static str, &'static str)>,
}

impl Plan {
    fn of(missing: &[(Requirement, Found)], distro: Distro) -> Self {
        let mut plan = Self::default();
        for (requirement, _) in missing {
            let packages = requirement.packages.on(distro);
            match requirement.cargo {
                Some(crate_) if packages.is_empty() => plan.crates.push(crate_),
                _ => plan.packages.extend(packages),
            }
        }
        plan.packages.dedup();
        plan
    }
}

fn apt(cx: &Cx, packages: &[&str]) -> Result<()> {
    let log = cx.paths.work().join("logs/apt.log");
    let bar = cx.ui.spinner("setup", "apt-get");
    for args in [
        &["update"][..],
        &[&["install", "--yes", "--no-install-recommends"], packages].concat(),
    ] {
        let mut command = Command::new("apt-get");
        command
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .env("LC_ALL", "C");
        let line = proc::line_of(&command);
        let status = proc::run_logged(command, &log, |line| bar.say(line))?;
        // A dead third-party source makes `update` fail and hinders nothing.
        if !status.success() && args[0] == "install" {
            return Err(
                Stop::environment(format!("`{line}` failed:\n{}", proc::tail(&log, 8)))
                    .help(format!("the whole log: {}", log.display()))
                    .into(),
            );
        }
    }
    Ok(())
}

fn install_crate(cx: &Cx, name: &str, version: &str) -> Result<()> {
    let log = cx.paths.work().join(format!("logs/{name}.log"));
    let bar = cx
        .ui
        .spinner("setup", &format!("building {name} {version}"));
    let mut command = Command::new("cargo");
    command
        .args(["install", name, "--version", version, "--locked", "--root"])
        .arg(cx.paths.tools())
        .env("CARGO_TARGET_DIR", cx.paths.work().join("build-tools"))
        // Built here and run a few times: what counts is the sum of both.
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
    let status = proc::run_logged(command, &log, |line| bar.say(line.trim()))?;
    if !status.success() {
        return Err(Stop::environment(format!(
            "{name} could not be installed:\n{}",
            proc::tail(&log, 8)
        ))
        .help(format!("the whole log: {}", log.display()))
        .into());
    }
    crate::fsx::remove_dir(&cx.paths.work().join("build-tools"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::requirements;

    fn missing(name: &str, found: Found) -> Vec<(Requirement, Found)> {
        let all = requirements::all().into_iter();
        all.filter(|requirement| requirement.name == name)
            .map(|requirement| (requirement, found.clone()))
            .collect()
    }

    #[test]
    fn what_is_too_old_is_said_to_be() {
        let mut all = missing("bc", Found::Missing);
        all.extend(missing("qemu", Found::Unfit("5.2.0 is too old".into())));
        assert_eq!(describe(&all), "bc, qemu (5.2.0 is too old)");
    }

    #[test]
    fn debian_12_builds_bindgen_and_debian_13_installs_it() {
        let bindgen = missing("bindgen", Found::Missing);
        let old = Plan::of(&bindgen, Distro::Bookworm);
        assert_eq!((old.packages.len(), old.crates.len()), (0, 1));
        let new = Plan::of(&bindgen, Distro::Debian);
        assert_eq!((new.packages, new.crates.len()), (vec!["bindgen"], 0));
    }
}
