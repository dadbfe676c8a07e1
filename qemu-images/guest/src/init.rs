// SPDX-License-Identifier: GPL-2.0-only
//! Process 1: prepares the system, runs what `/job.json` asks for, reports,
//! powers off. Whatever goes wrong here is sent to the host before the end.

use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use nix::kmod::{self, DeleteModuleFlags, ModuleInitFlags};
use nix::mount::{MsFlags, mount};
use nix::sys::reboot::{RebootMode, reboot};

use crate::channel::{Channel, cut};
use crate::context::{Ctx, Skip, expect_pins};
use crate::protocol::{COMMAND_BEGINS, COMMAND_ENDS, Event, Job, Status};
use crate::scenarios::{ALL, Needs, Scenario};
use crate::{bench, kernel, pci};

/// What a scenario's process returns where it could not try anything.
const EXIT_SKIPPED: i32 = 77;

/// Runs as init. Never returns: process 1 must not end.
pub fn run() -> ! {
    let outcome = std::panic::catch_unwind(|| -> Result<()> {
        mount_all()?;
        let channel = Arc::new(Channel::open()?);
        let outcome = serve(&channel);
        if let Err(error) = &outcome {
            channel.send(&Event::Fatal {
                detail: cut(&format!("{error:#}")),
            });
        }
        channel.drain();
        Ok(())
    });
    if let Ok(Err(error)) = outcome {
        eprintln!("init: {error:#}");
    }
    let _ = reboot(RebootMode::RB_POWER_OFF);
    // Only reached where the power does not go off; the host notices.
    loop {
        std::thread::park();
    }
}

fn serve(channel: &Arc<Channel>) -> Result<()> {
    let job = load_job()?;
    for module in &job.modules {
        load_module(Path::new(module))?;
    }
    for device in pci::nvme_controllers()? {
        pci::bind(&device)?;
    }
    channel.send(&Event::Hello {
        release: kernel::release()?,
    });
    if job.heartbeat_ms > 0 {
        let channel = Arc::clone(channel);
        let period = Duration::from_millis(job.heartbeat_ms);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(period);
                channel.send(&Event::Alive);
            }
        });
    }
    if let Some(command) = &job.command {
        channel.send(&Event::Exited {
            code: run_command(command)?,
        });
    }
    if let Some(orders) = &job.bench {
        bench::run(channel, orders)?;
    }
    for name in &job.scenarios {
        let status = supervise(channel, find(name)?)?;
        if job.fail_fast && status == Status::Fail {
            break;
        }
    }
    channel.send(&Event::Bye);
    Ok(())
}

fn load_job() -> Result<Job> {
    serde_json::from_slice(&std::fs::read("/job.json").context("no /job.json")?)
        .context("cannot read /job.json")
}

fn find(name: &str) -> Result<&'static Scenario> {
    ALL.iter()
        .find(|scenario| scenario.name == name)
        .with_context(|| format!("there is no scenario {name}"))
}

fn mount_all() -> Result<()> {
    for (kind, place) in [
        ("proc", "/proc"),
        ("sysfs", "/sys"),
        ("devtmpfs", "/dev"),
        ("tmpfs", "/tmp"),
        ("debugfs", "/sys/kernel/debug"),
        ("devpts", "/dev/pts"),
    ] {
        std::fs::create_dir_all(place)?;
        mount(
            Some(kind),
            place,
            Some(kind),
            MsFlags::empty(),
            None::<&str>,
        )
        .with_context(|| format!("cannot mount {place}"))?;
    }
    Ok(())
}

/// Loads a module from its file.
///
/// # Errors
/// What the kernel answers.
pub fn load_module(path: &Path) -> Result<()> {
    let file = File::open(path).with_context(|| format!("cannot open {}", path.display()))?;
    kmod::finit_module(&file, c"", ModuleInitFlags::empty())
        .with_context(|| format!("cannot load {}", path.display()))
}

/// Unloads a module by name.
///
/// # Errors
/// What the kernel answers: EBUSY, EWOULDBLOCK for one in use.
pub fn unload_module(name: &str) -> Result<()> {
    let name = std::ffi::CString::new(name)?;
    kmod::delete_module(&name, DeleteModuleFlags::O_NONBLOCK)
        .with_context(|| format!("cannot unload {name:?}"))
}

/// Runs the command on the console, as the leader of a session of its own, so
/// that a shell has job control.
fn run_command(command: &[String]) -> Result<i32> {
    let (program, args) = command.split_first().context("an empty command")?;
    let console = File::options().read(true).write(true).open("/dev/ttyS0")?;
    println!("{COMMAND_BEGINS}");
    let mut child = Command::new(program);
    child
        .args(args)
        .env_clear()
        .env("PATH", "/bin:/usr/bin:/sbin:/usr/sbin")
        .env("HOME", "/tmp")
        .env("TERM", "vt100");
    child
        .stdin(console.try_clone()?)
        .stdout(console.try_clone()?)
        .stderr(console);
    // SAFETY: between fork and exec only setsid(2) and ioctl(2) are called,
    // which are async-signal-safe.
    unsafe { child.pre_exec(take_terminal) };
    let status = child
        .status()
        .with_context(|| format!("cannot run {program}"))?;
    println!("{COMMAND_ENDS}");
    Ok(status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0)))
}

/// Makes the caller the leader of a session whose terminal is its stdin.
fn take_terminal() -> std::io::Result<()> {
    nix::unistd::setsid()?;
    // SAFETY: the request takes a number and touches no memory.
    nix::errno::Errno::result(unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) })?;
    Ok(())
}

/// Runs a scenario in a process of its own and judges what it leaves behind.
fn supervise(channel: &Channel, scenario: &Scenario) -> Result<Status> {
    channel.send(&Event::Start {
        scenario: scenario.name.to_owned(),
    });
    let start = Instant::now();
    let (status, detail) = match missing(&scenario.needs)? {
        Some(reason) => (Status::Skip, reason),
        None => observe(scenario)?,
    };
    channel.send(&Event::End {
        scenario: scenario.name.to_owned(),
        status,
        detail: cut(&detail),
        duration_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    });
    Ok(status)
}

/// What the machine lacks for a scenario.
fn missing(needs: &Needs) -> Result<Option<String>> {
    for (size_kib, count, name) in [
        (kernel::HUGE_2M_KIB, needs.huge_2m, "2 MiB"),
        (kernel::HUGE_1G_KIB, needs.huge_1g, "1 GiB"),
    ] {
        if count > 0 {
            kernel::grow_pool(size_kib, count)?;
            let free = kernel::free_huge(size_kib)?;
            if free < count {
                return Ok(Some(format!(
                    "needs {count} huge pages of {name}, {free} are free"
                )));
            }
        }
    }
    let devices = pci::nvme_controllers()?.len();
    Ok((devices < needs.devices as usize)
        .then(|| format!("needs {} devices, there are {devices}", needs.devices)))
}

fn observe(scenario: &Scenario) -> Result<(Status, String)> {
    let pins = kernel::pins()?;
    let complaints = kernel::complaints()?;
    let output = Command::new("/proc/self/exe")
        .args(["scenario", scenario.name])
        .stdin(Stdio::null())
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr)
        .trim_end()
        .to_owned();
    let (status, mut detail) = match output.status.code() {
        Some(0) => (Status::Pass, String::new()),
        Some(EXIT_SKIPPED) => (Status::Skip, said),
        Some(_) => (Status::Fail, said),
        None => (
            Status::Fail,
            format!(
                "its process was ended by signal {}: {said}",
                output.status.signal().unwrap_or(0)
            ),
        ),
    };
    let mut faults = Vec::new();
    if let Err(error) = expect_pins(pins) {
        faults.push(format!("after its process is gone {error:#}"));
    }
    let new = kernel::complaints()? & !complaints;
    if new != 0 {
        faults.push(format!("the kernel is newly tainted ({new:#x})"));
    }
    if faults.is_empty() {
        return Ok((status, detail));
    }
    if !detail.is_empty() {
        faults.insert(0, std::mem::take(&mut detail));
    }
    Ok((Status::Fail, faults.join("; ")))
}

/// Runs one scenario, in the process that [`observe`] started for it.
pub fn run_scenario(name: &str) -> ! {
    let outcome = || -> Result<Status> {
        let scenario = find(name)?;
        let channel = Channel::open()?;
        let job = load_job()?;
        let mut ctx = Ctx::new(&channel, &job, pci::nvme_controllers()?)?;
        (scenario.run)(&mut ctx)?;
        let (status, detail) = ctx.verdict();
        ensure!(status != Status::Fail, "{detail}");
        Ok(status)
    };
    let code = match outcome() {
        Ok(_) => 0,
        Err(error) if error.is::<Skip>() => {
            eprintln!("{error}");
            EXIT_SKIPPED
        }
        Err(error) => {
            eprintln!("{error:#}");
            1
        }
    };
    std::process::exit(code)
}

/// Measures one cell, in the process that [`bench::run`] started for it.
pub fn run_cell(index: &str) -> ! {
    let outcome = || -> Result<()> {
        let orders = load_job()?.bench.context("there is nothing to measure")?;
        bench::run_cell(&Channel::open()?, &orders, index.parse()?)
    };
    let code = match outcome() {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("{error:#}");
            1
        }
    };
    std::process::exit(code)
}
