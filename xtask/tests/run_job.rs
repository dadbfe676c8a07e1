// SPDX-License-Identifier: GPL-2.0-only
//! `xtask run-job` from the outside, with a QEMU that is a shell script: it
//! writes the console to stdout and the results to its stdin's pipe, as the
//! real one is told to, and dies in every way a guest can.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// Scenarios that exist, in their order.
const NAMES: [&str; 3] = ["map_unmap", "partial", "unmap_api"];

struct Job {
    dir: tempfile::TempDir,
}

impl Job {
    /// A job whose QEMU runs `script`. It finds the number of the boot in
    /// `$boot`, and functions for what a guest says.
    fn new(script: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let job = dir.path().join("job");
        std::fs::create_dir(&job).unwrap();
        let machine = serde_json::json!({
            "name": "fake", "about": "", "machine": "q35", "cpu": "max", "cpus": 1, "memory_mib": 64,
            "iommu": null, "cmdline": [], "nvme": [], "numa_nodes": 0,
        });
        let description = serde_json::json!({
            "schema": 1, "variant": "stock", "profile": "release", "release": "7.3.4", "machine": machine,
            "accel": "tcg", "may_fall_back": false, "cmdline": [], "modules": [], "scenarios": NAMES, "isolate": false, "fail_fast": false, "soak_s": 1,
            "limits": {"boot_s": 60, "silence_s": 60, "scenario_s": {"map_unmap": 60, "partial": 60, "unmap_api": 60}},
        });
        std::fs::write(job.join("job.json"), description.to_string()).unwrap();
        std::fs::write(job.join("initramfs.base.cpio"), b"").unwrap();
        std::fs::write(job.join("kernel"), b"").unwrap();
        let qemu = dir.path().join("qemu-system-x86_64");
        let text = format!(
            r#"#!/bin/bash
boot=${{PWD##*/boot-}}
echo $$ >> ../pids
say() {{ echo "$1" > /dev/fd/0; }}
hello() {{ echo "Linux version 7.3.4"; say '{{"event":"hello","release":"7.3.4"}}'; }}
start() {{ say '{{"event":"start","scenario":"'$1'"}}'; }}
end() {{ say '{{"event":"end","scenario":"'$1'","status":"pass","detail":"","duration_ms":1}}'; }}
bye() {{ say '{{"event":"bye"}}'; }}
{script}
"#
        );
        std::fs::write(&qemu, text).unwrap();
        std::fs::set_permissions(&qemu, std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { dir }
    }

    fn path(&self) -> std::path::PathBuf {
        self.dir.path().join("job")
    }

    /// The job as it is written in its folder.
    fn description(&self) -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(self.path().join("job.json")).unwrap()).unwrap()
    }

    fn change(self, change: impl FnOnce(&mut serde_json::Value)) -> Self {
        let mut description = self.description();
        change(&mut description);
        std::fs::write(self.path().join("job.json"), description.to_string()).unwrap();
        self
    }

    /// KVM is on trial.
    fn try_kvm(self) -> Self {
        self.change(|description| {
            description["accel"] = "kvm".into();
            description["may_fall_back"] = true.into();
        })
    }

    /// Waits for a boot this long, not a minute.
    fn boot_s(self, seconds: u64) -> Self {
        self.change(|description| description["limits"]["boot_s"] = seconds.into())
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let path = format!(
            "{}:{}",
            self.dir.path().display(),
            std::env::var("PATH").unwrap()
        );
        command.arg("run-job").arg(self.path()).env("PATH", path);
        command
    }

    /// Starts the job and waits until its guest runs `touch ../running`.
    fn start(&self) -> Child {
        let mut command = self.command();
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        while !self.path().join("running").exists() {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "it ended before the guest ran: {ended:?}");
            std::thread::yield_now();
        }
        child
    }

    fn run(&self) -> (i32, String, String) {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command().output().unwrap();
        (
            status.code().unwrap_or(-1),
            String::from_utf8(stdout).unwrap(),
            String::from_utf8(stderr).unwrap(),
        )
    }

    /// The processes that were QEMU and are still there.
    fn left_over(&self) -> Vec<String> {
        std::fs::read_to_string(self.path().join("pids"))
            .unwrap_or_default()
            .lines()
            .filter(|pid| Path::new("/proc").join(pid).exists())
            .map(str::to_owned)
            .collect()
    }
}

/// The verdict lines of the scenarios.
fn verdicts(stdout: &str) -> Vec<&str> {
    stdout
        .lines()
        .filter(|line| line.starts_with("  ok ") || line.starts_with("  not ok "))
        .collect()
}

#[test]
fn a_guest_that_does_its_work_passes() {
    let job = Job::new(
        "hello; for name in map_unmap partial unmap_api; do start $name; end $name; done; bye",
    );
    let (code, stdout, stderr) = job.run();
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(
        verdicts(&stdout),
        ["  ok 1 map_unmap", "  ok 2 partial", "  ok 3 unmap_api"]
    );
    let result: serde_json::Value =
        serde_json::from_slice(&std::fs::read(job.path().join("result.json")).unwrap()).unwrap();
    assert_eq!(result["boots"], 1);
}

#[test]
fn after_a_crash_the_rest_goes_on_in_a_fresh_boot() {
    let job = Job::new(
        "hello; if [ $boot = 1 ]; then start map_unmap; end map_unmap; start partial; echo 'BUG: Bad page state'; exec sleep 60; fi
         start unmap_api; end unmap_api; bye",
    );
    let (code, stdout, _) = job.run();
    assert_eq!(code, 1, "{stdout}");
    assert_eq!(
        verdicts(&stdout),
        [
            "  ok 1 map_unmap",
            "  not ok 2 partial # ERROR BUG: BUG: Bad page state",
            "  ok 3 unmap_api"
        ]
    );
    assert_eq!(job.left_over(), Vec::<String>::new());
    assert!(
        std::fs::read_to_string(job.path().join("boot-1/console.log"))
            .unwrap()
            .contains("Bad page state")
    );
}

#[test]
fn a_scenario_that_hangs_is_a_timeout_with_its_name() {
    let job = Job::new(
        "hello; if [ $boot = 1 ]; then start map_unmap; end map_unmap; start partial; exec sleep 60; fi
         start unmap_api; end unmap_api; bye",
    )
    .change(|description| description["limits"]["scenario_s"]["partial"] = 1.into());
    let (code, stdout, _) = job.run();
    assert_eq!(code, 1, "{stdout}");
    assert!(
        verdicts(&stdout)[1]
            .starts_with("  not ok 2 partial # TIMEOUT partial took longer than 1 s"),
        "{stdout}"
    );
    assert_eq!(job.left_over(), Vec::<String>::new());
}

#[test]
fn a_guest_that_goes_away_is_no_pass() {
    let job = Job::new(
        "hello; if [ $boot = 1 ]; then start map_unmap; end map_unmap; start partial; exit 0; fi
         start unmap_api; end unmap_api; bye",
    );
    let (code, stdout, _) = job.run();
    assert_eq!(code, 1, "{stdout}");
    assert!(
        verdicts(&stdout)
            .iter()
            .any(|line| line.contains("not ok") && line.contains("the guest went away")),
        "{stdout}"
    );
}

#[test]
fn a_guest_that_hangs_in_boot_shows_its_last_lines() {
    let job = Job::new("echo 'Linux version 7.3.4'; echo 'waiting for root device'; exec sleep 60")
        .boot_s(2);
    let (code, _, stderr) = job.run();
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("did not boot within 2 s") && stderr.contains("waiting for root device"),
        "{stderr}"
    );
    assert_eq!(job.left_over(), Vec::<String>::new());
}

#[test]
fn a_guest_that_hangs_under_kvm_is_emulated() {
    let job = Job::new(
        "case \"$*\" in *kvm*) exec sleep 60;; esac
         hello; for name in map_unmap partial unmap_api; do start $name; end $name; done; bye",
    )
    .try_kvm()
    .boot_s(5);
    let (code, stdout, stderr) = job.run();
    assert_eq!(code, 0, "{stdout}{stderr}");
    assert_eq!(verdicts(&stdout).len(), 3);
    // Nor will the next run of the folder try it again.
    let description = job.description();
    assert_eq!(description["accel"], "tcg");
    assert_eq!(description["may_fall_back"], false);
    assert_eq!(job.left_over(), Vec::<String>::new());
}

#[test]
fn qemu_that_refuses_says_why() {
    let job = Job::new("echo 'qemu: could not allocate memory' >&2; exit 1");
    let (code, _, stderr) = job.run();
    assert_eq!(code, 3, "{stderr}");
    assert!(
        stderr.contains("QEMU does not start: qemu: could not allocate memory"),
        "{stderr}"
    );
}

#[test]
fn a_guest_that_talks_nonsense_is_ended() {
    let job = Job::new(
        "hello; if [ $boot = 1 ]; then start map_unmap; say 'this is no event'; exec sleep 60; fi
         for name in partial unmap_api; do start $name; end $name; done; bye",
    );
    let (code, stdout, _) = job.run();
    assert_eq!(code, 1, "{stdout}");
    assert!(stdout.contains("is no event"), "{stdout}");
    assert_eq!(job.left_over(), Vec::<String>::new());
}

#[test]
fn a_guest_that_runs_something_else_does_not_go_on_for_ever() {
    let job = Job::new("hello; start map_unmap; end map_unmap; bye");
    let (code, _, stderr) = job.run();
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("the guest ran nothing"), "{stderr}");
}

#[test]
fn ctrl_c_leaves_no_qemu_behind() {
    let job = Job::new("hello; start map_unmap; touch ../running; exec sleep 60");
    let child = job.start();
    let pid = nix::unistd::Pid::from_raw(i32::try_from(child.id()).unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    assert_eq!(job.left_over(), Vec::<String>::new());
}

#[test]
fn a_tool_that_is_killed_takes_qemu_with_it() {
    let job = Job::new("hello; start map_unmap; touch ../running; exec sleep 60");
    let mut child = job.start();
    child.kill().unwrap();
    child.wait().unwrap();
    let start = std::time::Instant::now();
    while !job.left_over().is_empty() {
        assert!(
            start.elapsed().as_secs() < 10,
            "QEMU lives on: {:?}",
            job.left_over()
        );
        std::thread::yield_now();
    }
}
