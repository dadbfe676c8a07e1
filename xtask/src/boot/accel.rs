// SPDX-License-Identifier: GPL-2.0-only
//! Which accelerator works here. That /dev/kvm exists, and even that it opens,
//! proves nothing: under some hypervisors a guest then hangs for ever without
//! a byte of output. So a guest of three instructions is run, with a deadline.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::context::Cx;
use crate::fsx;
use crate::stop::Stop;
use crate::toolchain::requirements;

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
    accel: Accel,
    reason: String,
}

/// The accelerator to use.
///
/// # Errors
/// No QEMU, or KVM asked for where no guest runs under it.
pub fn choose(cx: &Cx, asked: AccelArg) -> Result<Accel> {
    let qemu = requirements::on_path(PROGRAM).ok_or_else(|| {
        Stop::environment(format!("there is no {PROGRAM}")).help("cargo xtask setup")
    })?;
    if asked == AccelArg::Tcg {
        return Ok(Accel::Tcg);
    }
    let here = Remembered {
        boot_id: std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default(),
        qemu: requirements::version_of(&qemu)
            .map_or_else(String::new, |version| version.to_string()),
        user: nix::unistd::geteuid().as_raw(),
        accel: Accel::Tcg,
        reason: String::new(),
    };
    let answer = match remembered(cx) {
        Some(old)
            if old.boot_id == here.boot_id && old.qemu == here.qemu && old.user == here.user =>
        {
            old
        }
        _ => {
            let reason = probe_kvm();
            let accel = if reason.is_none() {
                Accel::Kvm
            } else {
                Accel::Tcg
            };
            let answer = Remembered {
                accel,
                reason: reason.unwrap_or_else(|| "a guest runs".into()),
                ..here
            };
            fsx::write_atomic(&memory(cx), &serde_json::to_vec_pretty(&answer)?)?;
            answer
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
fn probe_kvm() -> Option<String> {
    let kvm = std::path::Path::new("/dev/kvm");
    if !kvm.exists() {
        return Some("there is no /dev/kvm".into());
    }
    if let Err(error) = std::fs::OpenOptions::new().read(true).write(true).open(kvm) {
        return Some(format!(
            "/dev/kvm does not open: {error} (usermod --append --groups kvm $USER)"
        ));
    }
    match run_tiny_guest() {
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

fn run_tiny_guest() -> Result<bool> {
    let dir = tempfile::tempdir()?;
    let firmware = dir.path().join("probe.bin");
    std::fs::write(&firmware, tiny_firmware())?;
    let mut child = Command::new(PROGRAM)
        .args([
            "-accel",
            "kvm",
            "-machine",
            "pc",
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
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {PROGRAM}"))?;
    let start = Instant::now();
    while start.elapsed() < DEADLINE {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code() == Some(i32::from(EXIT_VALUE) << 1 | 1));
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
