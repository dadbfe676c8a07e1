// SPDX-License-Identifier: GPL-2.0-only
//! Which accelerator works here. That /dev/kvm exists, and even that it opens,
//! proves nothing: under some hypervisors a guest then hangs for ever without
//! a byte of output. So a guest of three instructions is run, with a deadline,
//! on the very machine that is wanted; and should a kernel then still not come
//! up under KVM where the choice was ours, the job falls back to emulation.

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::context::Cx;
use crate::fsx;
use crate::stop::Stop;
use crate::toolchain::requirements;

use super::machine::Machine;
use super::qemu::{Accel, PROGRAM};

/// What the user asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AccelArg {
    /// KVM where a guest really runs, TCG elsewhere
    #[default]
    Auto,
    /// Hardware virtualisation
    Kvm,
    /// Emulation
    Tcg,
}

/// How long the three instructions may take. A loaded machine starts QEMU in
/// well under a second.
const DEADLINE: Duration = Duration::from_secs(5);

/// `-device isa-debug-exit` makes QEMU exit with `(value << 1) | 1`.
const EXIT_VALUE: u8 = 0x2a;

/// The answer of a probe, and what it depends on.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Remembered {
    boot_id: String,
    qemu: String,
    user: u32,
    machine: String,
    accel: Accel,
    reason: String,
}

/// The accelerator to use for `machine`.
///
/// # Errors
/// No QEMU, or KVM asked for where no guest runs under it.
pub fn choose(cx: &Cx, asked: AccelArg, machine: &Machine) -> Result<Accel> {
    let qemu = requirements::on_path(PROGRAM).ok_or_else(|| {
        Stop::environment(format!("there is no {PROGRAM}")).help("cargo xtask setup")
    })?;
    if asked == AccelArg::Tcg {
        return Ok(Accel::Tcg);
    }
    let answer = match remembered(cx) {
        Some(old) if old.is_of(&qemu, machine) => old,
        _ => {
            let reason = probe_kvm(machine);
            let accel = if reason.is_none() {
                Accel::Kvm
            } else {
                Accel::Tcg
            };
            let reason = reason.unwrap_or_else(|| "a guest runs".into());
            remember(
                cx,
                Remembered {
                    accel,
                    reason,
                    ..Remembered::here(&qemu, machine)
                },
            )?
        }
    };
    match (asked, answer.accel) {
        (AccelArg::Kvm, Accel::Tcg) => Err(Stop::environment(format!(
            "KVM does not work here: {}",
            answer.reason
        ))
        .help("--accel tcg     # or auto")
        .into()),
        (_, Accel::Tcg) => {
            cx.ui
                .stage("boot", &format!("emulation (TCG): {}", answer.reason));
            Ok(Accel::Tcg)
        }
        (_, Accel::Kvm) => Ok(Accel::Kvm),
    }
}

/// A kernel did not come up under KVM: do not try again on this machine.
///
/// # Errors
/// When the answer cannot be written.
pub fn distrust_kvm(cx: &Cx, machine: &Machine, reason: &str) -> Result<()> {
    let qemu = requirements::on_path(PROGRAM).unwrap_or_default();
    let reason = format!("a kernel does not come up under KVM: {reason}");
    remember(
        cx,
        Remembered {
            reason,
            ..Remembered::here(&qemu, machine)
        },
    )
    .map(drop)
}

impl Remembered {
    fn here(qemu: &Path, machine: &Machine) -> Self {
        Self {
            boot_id: std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default(),
            qemu: requirements::version_of(qemu)
                .map_or_else(String::new, |version| version.to_string()),
            user: nix::unistd::geteuid().as_raw(),
            machine: format!("{} {}", machine.machine, machine.cpu),
            accel: Accel::Tcg,
            reason: String::new(),
        }
    }

    /// Whether the answer is about this boot, QEMU, user and machine.
    fn is_of(&self, qemu: &Path, machine: &Machine) -> bool {
        let here = Self::here(qemu, machine);
        Self {
            accel: self.accel,
            reason: self.reason.clone(),
            ..here
        } == *self
    }
}

fn remember(cx: &Cx, answer: Remembered) -> Result<Remembered> {
    fsx::write_atomic(&memory(cx), &serde_json::to_vec_pretty(&answer)?)?;
    Ok(answer)
}

/// What is known of this machine, for `doctor`, which runs no guest.
pub fn remembered_or_unknown(cx: &Cx) -> String {
    remembered(cx).map_or_else(
        || "not probed yet (test-vm does)".to_owned(),
        |known| format!("{} ({})", known.accel.name(), known.reason),
    )
}

fn memory(cx: &Cx) -> std::path::PathBuf {
    cx.paths.cache().join("accel.json")
}

fn remembered(cx: &Cx) -> Option<Remembered> {
    serde_json::from_slice(&std::fs::read(memory(cx)).ok()?).ok()
}

/// Why KVM is of no use here; none if it is.
fn probe_kvm(machine: &Machine) -> Option<String> {
    let kvm = Path::new("/dev/kvm");
    if !kvm.exists() {
        return Some("there is no /dev/kvm".into());
    }
    if let Err(error) = std::fs::OpenOptions::new().read(true).write(true).open(kvm) {
        return Some(format!(
            "/dev/kvm does not open: {error} (usermod --append --groups kvm $USER)"
        ));
    }
    match run_tiny_guest(Accel::Kvm, machine) {
        Ok(true) => None,
        Ok(false) => Some(format!(
            "/dev/kvm opens, but a guest under it does not run within {} s",
            DEADLINE.as_secs()
        )),
        Err(error) => Some(format!("a guest under KVM fails: {error:#}")),
    }
}

/// A firmware of 64 KiB whose reset vector writes to the exit port:
/// `mov al, VALUE; out 0xf4, al; hlt`.
fn tiny_firmware() -> Vec<u8> {
    let mut image = vec![0xf4; 64 << 10];
    let reset = image.len() - 16;
    image[reset..reset + 5].copy_from_slice(&[0xb0, EXIT_VALUE, 0xe6, 0xf4, 0xf4]);
    image
}

/// Whether the tiny guest runs to its end in time.
///
/// # Errors
/// QEMU gives up, with what it says.
fn run_tiny_guest(accel: Accel, machine: &Machine) -> Result<bool> {
    let dir = tempfile::tempdir()?;
    let firmware = dir.path().join("probe.bin");
    std::fs::write(&firmware, tiny_firmware())?;
    let mut child = Command::new(PROGRAM)
        .args([
            "-accel",
            accel.name(),
            "-machine",
            &machine.machine,
            "-cpu",
            &machine.cpu,
        ])
        .args([
            "-m",
            "16M",
            "-nodefaults",
            "-no-user-config",
            "-display",
            "none",
        ])
        .args(["-device", "isa-debug-exit,iobase=0xf4,iosize=1", "-bios"])
        .arg(&firmware)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run {PROGRAM}"))?;
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        if let Some(status) = child.try_wait()? {
            if status.code() == Some(i32::from(EXIT_VALUE) << 1 | 1) {
                return Ok(true);
            }
            let mut said = String::new();
            let stderr = child.stderr.take().context("the pipe was asked for")?;
            stderr.take(4096).read_to_string(&mut said)?;
            bail!("{}", said.lines().next().unwrap_or("QEMU says nothing"));
        }
        // wait() has no time-out in std.
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_firmware_starts_at_the_reset_vector() {
        let image = tiny_firmware();
        // A CPU starts 16 bytes below 4 GiB, where the firmware ends.
        assert_eq!(image.len(), 65536);
        assert_eq!(image[65520..65525], [0xb0, EXIT_VALUE, 0xe6, 0xf4, 0xf4]);
    }
}
