// SPDX-License-Identifier: GPL-2.0-only
//! A VM run as a folder that stands alone: kernel, initramfs, machine, what to
//! run and how long it may take go in; results and console logs come out.
//! Wherever QEMU is, `run-job` executes it; local runs take the same road.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::boot::machine::Machine;
use crate::boot::qemu::{self, Accel};
use crate::boot::watch::Limits;
use crate::build::modules::load_order;
use crate::build::{Kernel, Profile};
use crate::context::Cx;
use crate::fsx;
use crate::initramfs::Initramfs;
use crate::proc;
use crate::stop::Stop;

/// Modules that every scenario finds loaded.
const MODULES: [&str; 3] = ["vfio_iommu_type1", "vfio_pci", "iommufd"];

/// Modules that scenarios load themselves.
const PARKED: [&str; 5] = [
    "rust_probe",
    "pin_probe",
    "iommu_probe",
    "kunit",
    "iommu_pt_kunit_test",
];

/// The part of the initramfs that all boots of a job share.
const INITRAMFS_BASE: &str = "initramfs.base.cpio";

/// How often the guest shows that it lives.
const HEARTBEAT_MS: u64 = 1000;

/// Seconds until init runs under KVM, ten times what a loaded machine needs.
const KVM_BOOT_S: u64 = 15;

/// `job.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Version of this format.
    pub schema: u32,
    /// Variant of the kernel.
    pub variant: String,
    /// Profile of the kernel.
    pub profile: Profile,
    /// `uname -r`.
    pub release: String,
    /// The machine.
    pub machine: Machine,
    /// The accelerator.
    pub accel: Accel,
    /// Should no guest come up under KVM, go on with emulation.
    pub may_fall_back: bool,
    /// More words for the kernel's command line.
    pub cmdline: Vec<String>,
    /// Modules to load, as paths in the guest.
    pub modules: Vec<String>,
    /// Scenarios to run, in order.
    pub scenarios: Vec<String>,
    /// A boot for each scenario.
    pub isolate: bool,
    /// Stop after the first scenario that is not fine.
    pub fail_fast: bool,
    /// How long a case that waits for something rare goes on, in seconds.
    pub soak_s: u32,
    /// How long things may take.
    pub limits: Limits,
}

/// What to put into a job.
pub struct Ingredients<'a> {
    /// The kernel to boot.
    pub kernel: &'a Kernel,
    /// The machine to boot it on.
    pub machine: &'a Machine,
    /// The accelerator.
    pub accel: Accel,
    /// Should no guest come up under KVM, go on with emulation.
    pub may_fall_back: bool,
    /// The guest's init.
    pub init: &'a Path,
    /// The upstream selftests, if a scenario wants them.
    pub selftests: &'a [PathBuf],
    /// Scenarios to run.
    pub scenarios: Vec<String>,
    /// A boot for each.
    pub isolate: bool,
    /// Stop after the first scenario that is not fine.
    pub fail_fast: bool,
    /// How long a case that waits for something rare goes on, in seconds.
    pub soak_s: u32,
    /// More files for the guest: path there, path here.
    pub extra: &'a [(String, PathBuf)],
}

impl Job {
    /// Reads a job from its folder.
    ///
    /// # Errors
    /// A folder that is no job.
    pub fn load(dir: &Path) -> Result<Self> {
        let text = fsx::read(&dir.join("job.json")).map_err(|_| {
            Stop::environment(format!("{} is no job: it has no job.json", dir.display()))
        })?;
        serde_json::from_str(&text).map_err(|error| {
            Stop::environment(format!("{}/job.json: {error}", dir.display())).into()
        })
    }

    /// Goes on without KVM, this time and whenever the folder is run again.
    ///
    /// # Errors
    /// A full disk.
    pub fn emulate(&mut self, dir: &Path) -> Result<()> {
        self.accel = Accel::Tcg;
        self.may_fall_back = false;
        self.save(dir)
    }

    /// How long the next boot may take: not as long as an emulated one where
    /// KVM is on trial and emulation is the way out.
    pub fn boot_limits(&self) -> Limits {
        let mut limits = self.limits.clone();
        if self.may_fall_back {
            limits.boot_s = limits.boot_s.min(KVM_BOOT_S);
        }
        limits
    }

    /// Makes the folder of a job.
    ///
    /// # Errors
    /// A module that the build did not make; a full disk.
    pub fn assemble(dir: &Path, from: &Ingredients) -> Result<Self> {
        fsx::create_dir(dir)?;
        // A build never changes an image, it makes a new one: a link will do
        // where the folders are on one file system.
        let kernel = dir.join(qemu::KERNEL);
        std::fs::hard_link(&from.kernel.image, &kernel)
            .or_else(|_| std::fs::copy(&from.kernel.image, &kernel).map(drop))
            .map_err(|error| fsx::explain(error, dir))
            .context("cannot copy the kernel")?;
        let mut initramfs = Initramfs::new();
        initramfs.copy("/init", from.init, true)?;
        let mut modules = Vec::new();
        for module in load_order(&from.kernel.modules, &MODULES)? {
            let path = format!("/modules/{}.ko", module.name);
            initramfs.file(&path, stripped(&module.path)?, false);
            modules.push(path);
        }
        for module in from
            .kernel
            .modules
            .iter()
            .filter(|module| PARKED.contains(&module.name.as_str()))
        {
            initramfs.file(
                &format!("/modules/{}.ko", module.name),
                stripped(&module.path)?,
                false,
            );
        }
        for program in from.selftests {
            let name = program
                .file_name()
                .context("a program has a name")?
                .to_string_lossy();
            initramfs.copy(&format!("/selftests/{name}"), program, true)?;
        }
        for (inside, outside) in from.extra {
            initramfs.copy(inside, outside, true)?;
        }
        fsx::write_atomic(&dir.join(INITRAMFS_BASE), &initramfs.to_bytes()?)?;
        let job = Self {
            schema: 1,
            variant: from.kernel.variant.name().to_owned(),
            profile: from.kernel.profile,
            release: from.kernel.release.clone(),
            machine: from.machine.clone(),
            accel: from.accel,
            may_fall_back: from.may_fall_back && from.accel == Accel::Kvm,
            cmdline: Vec::new(),
            modules,
            limits: limits(&from.scenarios, from.kernel.profile, from.soak_s),
            scenarios: from.scenarios.clone(),
            isolate: from.isolate,
            fail_fast: from.fail_fast,
            soak_s: from.soak_s,
        };
        job.save(dir)?;
        Ok(job)
    }

    /// Writes `job.json`.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn save(&self, dir: &Path) -> Result<()> {
        fsx::write_atomic(&dir.join("job.json"), &serde_json::to_vec_pretty(self)?)
    }

    /// The folder of one boot: kernel, initramfs with `guest` as its orders,
    /// empty disks.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn prepare_boot(
        &self,
        dir: &Path,
        name: &str,
        guest: &guest::protocol::Job,
    ) -> Result<PathBuf> {
        let boot = dir.join(name);
        let orders = serde_json::to_vec(guest)?;
        let mut addition = Initramfs::addition();
        addition.file("/job.json", orders, false);
        self.fill_boot(dir, Path::new(".."), &boot, &addition)?;
        Ok(boot)
    }

    /// The folder of one boot for a benchmark, in `room`; the job's own folder
    /// is only read. Its init, which may be of another day, gives way to `init`.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub fn prepare_bench(
        &self,
        dir: &Path,
        room: &Path,
        init: &Path,
        guest: &guest::protocol::Job,
    ) -> Result<PathBuf> {
        let boot = room.join("boot");
        let orders = serde_json::to_vec(guest)?;
        let mut addition = Initramfs::addition();
        addition.copy("/init", init, true)?;
        addition.file("/job.json", orders, false);
        self.fill_boot(dir, dir, &boot, &addition)?;
        Ok(boot)
    }

    /// `kernel_dir` is where the kernel lies, as seen from `boot`.
    fn fill_boot(
        &self,
        dir: &Path,
        kernel_dir: &Path,
        boot: &Path,
        addition: &Initramfs,
    ) -> Result<()> {
        fsx::remove_dir(boot)?;
        fsx::create_dir(boot)?;
        std::os::unix::fs::symlink(kernel_dir.join(qemu::KERNEL), boot.join(qemu::KERNEL))?;
        let base = dir.join(INITRAMFS_BASE);
        let mut bytes =
            std::fs::read(&base).with_context(|| format!("cannot read {}", base.display()))?;
        bytes.extend(addition.to_bytes()?);
        fsx::write_atomic(&boot.join(qemu::INITRAMFS), &bytes)?;
        crate::boot::vm::create_disks(boot, &self.machine)
    }

    /// Orders for a guest that runs `scenarios`.
    pub fn orders(&self, scenarios: &[String]) -> guest::protocol::Job {
        guest::protocol::Job {
            modules: self.modules.clone(),
            scenarios: scenarios.to_vec(),
            bench: None,
            fail_fast: self.fail_fast,
            heartbeat_ms: HEARTBEAT_MS,
            soak_s: self.soak_s,
            command: None,
        }
    }

    /// Removes what is large and can be made again, once the results are in.
    pub fn sweep(dir: &Path) {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                let _ = std::fs::remove_file(path.join(qemu::INITRAMFS));
                for index in 0..8 {
                    let _ = std::fs::remove_file(path.join(qemu::disk(index)));
                }
            }
        }
    }
}

/// A module without debug information: the guest's memory is not for that.
fn stripped(module: &Path) -> Result<Vec<u8>> {
    let out = tempfile::NamedTempFile::new()?;
    proc::read(
        Command::new("objcopy")
            .arg("--strip-debug")
            .arg(module)
            .arg(out.path()),
    )?;
    std::fs::read(out.path()).context("cannot read the stripped module")
}

/// Deadlines: the registry's are for an emulated release kernel; the debug
/// kernel executes several times the instructions. A scenario may soak in each
/// of a handful of cases.
fn limits(scenarios: &[String], profile: Profile, soak_s: u32) -> Limits {
    const SOAKING_CASES: u64 = 8;
    let factor = match profile {
        Profile::Release => 1,
        Profile::Trace => 2,
        Profile::Debug => 6,
    };
    let deadline = |name: &String| {
        guest::scenarios::ALL
            .iter()
            .find(|scenario| scenario.name == name)
            .map(|scenario| {
                let deadline = u64::from(scenario.deadline_s) * factor;
                (name.clone(), deadline + SOAKING_CASES * u64::from(soak_s))
            })
    };
    Limits {
        boot_s: 60 * factor,
        silence_s: 20 * factor,
        scenario_s: scenarios.iter().filter_map(deadline).collect(),
    }
}

/// The guest's init, built static for the VM.
///
/// # Errors
/// A compiler error, in full.
pub fn build_init(cx: &Cx) -> Result<PathBuf> {
    let flags = "-C target-feature=+crt-static";
    let built = compile(
        cx,
        "guest",
        &["--package", "guest", "--bin", "guest"],
        flags,
    )?;
    Ok(built.join("guest"))
}

/// The plugin for QEMU that tells where the instructions of a benchmark go.
///
/// # Errors
/// A compiler error, in full.
pub fn build_profiler(cx: &Cx) -> Result<PathBuf> {
    Ok(compile(cx, "profiler", &["--package", "profiler"], "")?.join("libprofiler.so"))
}

/// A member of the workspace that is no part of this program; returns the
/// folder of what cargo made.
fn compile(cx: &Cx, what: &str, which: &[&str], flags: &str) -> Result<PathBuf> {
    let target = "x86_64-unknown-linux-gnu";
    let log = cx.paths.work().join(format!("logs/{what}.log"));
    let bar = cx.ui.spinner("guest", &format!("building {what}"));
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(cx.paths.workspace())
        .args([
            "build",
            "--locked",
            "--profile",
            "guest",
            "--target",
            target,
        ])
        .args(which)
        .arg("--target-dir")
        .arg(cx.paths.guest_target())
        .env("RUSTFLAGS", flags)
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    let status = proc::run_logged(command, &log, |line| bar.say(line.trim()))?;
    let elapsed: Duration = bar.elapsed();
    drop(bar);
    if !status.success() {
        return Err(Stop::infrastructure(format!(
            "the {what} does not compile:\n{}",
            proc::tail(&log, 30)
        ))
        .help(format!("the whole log: {}", log.display()))
        .into());
    }
    cx.record(&format!("{what} build"), elapsed);
    Ok(cx.paths.guest_target().join(target).join("guest"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_debug_kernel_gets_more_time() {
        let fast = limits(&[], Profile::Release, 0);
        let slow = limits(&[], Profile::Debug, 0);
        assert!(slow.boot_s > fast.boot_s && slow.silence_s > fast.silence_s);
    }

    #[test]
    fn a_folder_without_a_job_is_the_users_mistake() {
        let dir = tempfile::tempdir().unwrap();
        let error = Job::load(dir.path()).unwrap_err();
        assert_eq!(crate::stop::exit_of(&error), crate::stop::Exit::Environment);
    }
}
