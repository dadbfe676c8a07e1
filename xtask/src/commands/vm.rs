// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask vm`: a guest of any variant in one command, for a person or
//! for one program.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::Command as Process;
use std::time::Duration;

use anyhow::{Context, Result};
use guest::protocol::Event;

use crate::boot::accel::{self, AccelArg};
use crate::boot::machine::Machine;
use crate::boot::qemu::{Boot, Ports};
use crate::boot::vm;
use crate::boot::watch::{Ending, Limits};
use crate::build::{self, Kernel, Profile};
use crate::context::Cx;
use crate::job::{self, Ingredients, Job};
use crate::series::{Series, SeriesArgs};
use crate::source::{self, SourceArgs};
use crate::stop::{Exit, Stop};
use crate::toolchain::{Toolchain, requirements};
use crate::tree::{self, Variant};

use super::setup;

/// Programs that make a shell worth having, where no busybox is installed.
const TOOLS: [&str; 16] = [
    "bash", "cat", "dmesg", "echo", "grep", "head", "kill", "ls", "lspci", "mount", "ps", "sed",
    "sleep", "stty", "tail", "umount",
];

/// Boots a guest by hand
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// An interactive shell in the guest (Ctrl-A X ends QEMU)
    Shell {
        #[command(flatten)]
        guest: Guest,
    },
    /// Run one program of this machine in the guest; 0 where it succeeds, 1 where it fails
    Run {
        #[command(flatten)]
        guest: Guest,
        /// The program and its arguments
        #[arg(last = true, required = true, value_name = "CMD")]
        command: Vec<String>,
    },
    /// A guest that waits for gdb, and gdb attached to it (--profile debug has
    /// source lines)
    Gdb {
        #[command(flatten)]
        guest: Guest,
        /// Only print the command that attaches gdb from another terminal
        #[arg(long)]
        wait: bool,
    },
    /// Boot, run nothing, power off; prints how long that takes
    Boot {
        #[command(flatten)]
        guest: Guest,
        /// How often
        #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=100))]
        repeat: u32,
    },
}

#[derive(Clone, Debug, clap::Args)]
struct Guest {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    series: SeriesArgs,
    /// Which kernel
    #[arg(long, value_enum, default_value = "stock")]
    variant: Variant,
    /// Which profile of it
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// The machine, a file in qemu-images/machines/
    #[arg(long, default_value = "q35-vtd")]
    machine: String,
    /// How the guest executes
    #[arg(long, value_enum, default_value_t)]
    accel: AccelArg,
    /// A file of this machine to put into the guest, with the libraries it
    /// needs; repeatable
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// No kernel, no guest, no such program.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    match &args.command {
        Command::Shell { guest } => shell(cx, guest),
        Command::Run { guest, command } => run_command(cx, guest, command),
        Command::Gdb { guest, wait } => gdb(cx, guest, *wait),
        Command::Boot { guest, repeat } => boot(cx, guest, *repeat),
    }
}

/// Files for the guest: path there, path here.
type Files = Vec<(String, PathBuf)>;

/// A job folder for a guest without scenarios.
struct Ready {
    dir: tempfile::TempDir,
    job: Job,
    kernel: Kernel,
    cmdline: [String; 1],
}

impl Ready {
    fn new(cx: &Cx, guest: &Guest, files: &[(String, PathBuf)]) -> Result<Self> {
        let machine = Machine::load(&cx.paths.machines(), &guest.machine)?;
        let series = Series::select(cx, &guest.series)?;
        setup::complete(cx, guest.profile)?;
        let toolchain = Toolchain::find(cx)?;
        let accel = accel::choose(cx, guest.accel, &machine)?;
        let source = source::obtain(cx, &guest.source, &series.about.base)?;
        let _lock = cx.lock_work()?;
        let tree = tree::prepare(cx, &source, &series, guest.variant)?;
        let init = job::build_init(cx)?;
        let kernel = build::kernel(cx, &tree, guest.profile, &toolchain)?;
        let dir = tempfile::Builder::new()
            .prefix("vm-")
            .tempdir_in(cx.paths.work())?;
        let ingredients = Ingredients {
            kernel: &kernel,
            machine: &machine,
            accel,
            may_fall_back: false,
            init: &init,
            selftests: &[],
            scenarios: Vec::new(),
            isolate: false,
            fail_fast: false,
            soak_s: 0,
            extra: files,
        };
        let job = Job::assemble(dir.path(), &ingredients)?;
        // Warnings and worse; the console is the person's.
        let cmdline = ["loglevel=4".to_owned()];
        Ok(Self {
            dir,
            job,
            kernel,
            cmdline,
        })
    }

    fn prepare(&self, command: Option<Vec<String>>) -> Result<PathBuf> {
        let orders = guest::protocol::Job {
            command,
            heartbeat_ms: 0,
            ..self.job.orders(&[])
        };
        self.job.prepare_boot(self.dir.path(), "boot", &orders)
    }

    fn boot(&self, ports: Ports) -> Boot<'_> {
        Boot {
            machine: &self.job.machine,
            accel: self.job.accel,
            ports,
            gdb: None,
            cmdline: &self.cmdline,
            replay_seed: None,
            profiler: None,
        }
    }
}

fn shell(cx: &Cx, guest: &Guest) -> Result<Exit> {
    if !std::io::stdin().is_terminal() {
        return Err(Stop::environment("a shell needs a terminal")
            .help("cargo xtask vm run -- CMD")
            .into());
    }
    let (command, mut files) = a_shell()?;
    files.extend(with_libraries(&guest.with)?);
    let ready = Ready::new(cx, guest, &files)?;
    cx.ui.note("Ctrl-A X ends the guest");
    interactive(&ready, command)
}

/// Runs `command` on the user's terminal.
fn interactive(ready: &Ready, command: Vec<String>) -> Result<Exit> {
    let dir = ready.prepare(Some(command))?;
    let ports = Ports::Interactive {
        results: "results".into(),
    };
    vm::run_interactive(&dir, &ready.boot(ports), || Ok(()))?;
    Ok(Exit::Passed)
}

/// What to start, and the files it takes: busybox if there is a static one,
/// else the host's own shell and tools with their libraries.
fn a_shell() -> Result<(Vec<String>, Files)> {
    if let Some(busybox) = requirements::on_path("busybox")
        && with_libraries(std::slice::from_ref(&busybox))?.len() == 1
    {
        let inside = "/bin/busybox".to_owned();
        let start = format!("{inside} --install -s /bin; export PATH=/bin; exec {inside} sh -l");
        return Ok((
            vec![inside.clone(), "sh".into(), "-c".into(), start],
            vec![(inside, busybox)],
        ));
    }
    let tools: Vec<PathBuf> = TOOLS
        .iter()
        .filter_map(|name| requirements::on_path(name))
        .collect();
    let bash = requirements::on_path("bash").ok_or_else(|| {
        Stop::environment("there is neither busybox nor bash here")
            .help("apt-get install busybox-static")
    })?;
    Ok((
        vec![bash.display().to_string(), "--norc".into(), "-i".into()],
        with_libraries(&tools)?,
    ))
}

/// A command that keeps a guest alive without a terminal.
fn a_rest() -> Result<(Vec<String>, Files)> {
    let sleep = requirements::on_path("sleep").context("there is no `sleep` here")?;
    Ok((
        vec![sleep.display().to_string(), "infinity".into()],
        with_libraries(&[sleep])?,
    ))
}

fn run_command(cx: &Cx, guest: &Guest, command: &[String]) -> Result<Exit> {
    let program = &command[0];
    let path = if program.contains('/') {
        Some(PathBuf::from(program))
    } else {
        requirements::on_path(program)
    };
    let path = path
        .filter(|path| path.is_file())
        .ok_or_else(|| Stop::environment(format!("there is no program `{program}` here")))?;
    let path = std::path::absolute(path)?;
    let mut files = vec![path.clone()];
    files.extend(guest.with.iter().cloned());
    let ready = Ready::new(cx, guest, &with_libraries(&files)?)?;
    let mut argv = command.to_vec();
    argv[0] = path.display().to_string();
    let dir = ready.prepare(Some(argv))?;
    let mut code = None;
    let limits = Limits {
        boot_s: ready.job.limits.boot_s,
        ..Limits::default()
    };
    let booted = vm::run(&dir, &ready.boot(Ports::Supervised), &limits, |event| {
        if let Event::Exited { code: exit } = event {
            code = Some(*exit);
        }
    })?;
    for line in said(&dir.join(vm::CONSOLE_LOG)) {
        cx.ui.result(&line);
    }
    match (booted.ending, code) {
        (Ending::Interrupted, _) => Err(Stop::interrupted().into()),
        (Ending::Completed, Some(0)) => Ok(Exit::Passed),
        (Ending::Completed, Some(code)) => {
            cx.ui.note(&format!("{program} exited with {code}"));
            Ok(Exit::Failed)
        }
        (ending, _) => Err(Stop::infrastructure(ending.describe()).into()),
    }
}

/// What the command wrote: the console after the line that init draws.
fn said(console: &Path) -> Vec<String> {
    let text = std::fs::read(console).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .map(|line| line.trim_end_matches('\r'))
        .collect();
    let begin = lines
        .iter()
        .position(|line| *line == guest::protocol::COMMAND_BEGINS)
        .map_or(0, |at| at + 1);
    let end = lines
        .iter()
        .rposition(|line| *line == guest::protocol::COMMAND_ENDS)
        .unwrap_or(lines.len());
    lines[begin..end.max(begin)]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

fn gdb(cx: &Cx, guest: &Guest, wait: bool) -> Result<Exit> {
    let debugger = requirements::on_path("gdb");
    if debugger.is_none() && !wait {
        return Err(Stop::environment("there is no gdb here")
            .help("apt-get install gdb     # or: vm gdb --wait")
            .into());
    }
    // gdb gets this terminal, unless it comes from another: then the guest's
    // shell does.
    let (command, mut files) = if wait { a_shell()? } else { a_rest()? };
    files.extend(with_libraries(&guest.with)?);
    let ready = Ready::new(cx, guest, &files)?;
    let dir = ready.prepare(Some(command))?;
    let socket = dir.join("gdb.sock");
    let mut attach = Process::new(debugger.unwrap_or_else(|| "gdb".into()));
    attach
        .arg(&ready.kernel.vmlinux)
        .args([
            "-iex",
            &format!("add-auto-load-safe-path {}", ready.kernel.dir.display()),
        ])
        // Relative to the folder: the path of a socket is limited to 107 bytes.
        .args(["-ex", "target remote gdb.sock"])
        .current_dir(&dir);
    let mut boot = ready.boot(Ports::Supervised);
    boot.gdb = Some("gdb.sock");
    if wait {
        cx.ui.result(&format!(
            "cd {} && {}",
            dir.display(),
            crate::proc::line_of(&attach)
        ));
        boot.ports = Ports::Interactive {
            results: "results".into(),
        };
        vm::run_interactive(&dir, &boot, || Ok(()))?;
        return Ok(Exit::Passed);
    }
    // gdb has the terminal; the guest's console is a file beside it.
    cx.ui.note(&format!(
        "the guest's console: tail -f {}",
        dir.join(vm::CONSOLE_LOG).display()
    ));
    crate::interrupt::pass_on();
    std::thread::scope(|scope| {
        let guest = scope.spawn(|| {
            vm::run(
                &dir,
                &boot,
                &Limits {
                    boot_s: u64::from(u32::MAX),
                    ..Limits::default()
                },
                |_| (),
            )
        });
        while !socket.exists() && !guest.is_finished() {
            std::thread::sleep(Duration::from_millis(20));
        }
        let status = attach.status().context("cannot run gdb");
        // Detached from gdb the guest would run on: end it with its debugger.
        crate::interrupt::request();
        let _ = guest.join();
        status.map(|_| Exit::Passed)
    })
}

fn boot(cx: &Cx, guest: &Guest, repeat: u32) -> Result<Exit> {
    let ready = Ready::new(cx, guest, &[])?;
    let mut walls = Vec::new();
    for _ in 0..repeat {
        let dir = ready.prepare(None)?;
        let booted = vm::run(
            &dir,
            &ready.boot(Ports::Supervised),
            &ready.job.limits,
            |_| (),
        )?;
        match booted.ending {
            Ending::Completed => {}
            Ending::Interrupted => return Err(Stop::interrupted().into()),
            other => return Err(Stop::infrastructure(other.describe()).into()),
        }
        let hello = booted.boot.unwrap_or_default();
        cx.ui.result(&format!(
            "hello after {:.2} s, off after {:.2} s",
            hello.as_secs_f64(),
            booted.wall.as_secs_f64()
        ));
        walls.push(booted.wall);
    }
    walls.sort();
    cx.ui.result(&format!(
        "median of {repeat}: {:.2} s",
        walls[walls.len() / 2].as_secs_f64()
    ));
    Ok(Exit::Passed)
}

/// The files, each with the libraries that it loads, as they lie here.
fn with_libraries(files: &[PathBuf]) -> Result<Files> {
    let analyzer = lddtree::DependencyAnalyzer::new(PathBuf::from("/"));
    let mut all = Files::new();
    for file in files {
        let file = std::path::absolute(file)?;
        all.push((file.display().to_string(), file.clone()));
        // Not an ELF file (a script, data): it needs no library.
        let Ok(tree) = analyzer.clone().analyze(&file) else {
            continue;
        };
        if let Some(interpreter) = &tree.interpreter {
            all.push((interpreter.clone(), PathBuf::from(interpreter)));
        }
        for (name, library) in &tree.libraries {
            let path = library
                .realpath
                .clone()
                .with_context(|| format!("{} needs {name}, which is not here", file.display()))?;
            all.push((library.path.display().to_string(), path));
        }
    }
    all.sort();
    all.dedup();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_command_wrote_is_shown() {
        let dir = tempfile::tempdir().unwrap();
        let console = dir.path().join("c");
        let text = format!(
            "[ 0.1] boot\n{}\r\nhello\r\nworld\r\n{}\r\nreboot: Power down\n",
            guest::protocol::COMMAND_BEGINS,
            guest::protocol::COMMAND_ENDS
        );
        std::fs::write(&console, text).unwrap();
        assert_eq!(said(&console), ["hello", "world"]);
    }

    #[test]
    fn a_dynamic_program_brings_its_loader_and_libraries() {
        let me = std::env::current_exe().unwrap();
        let files = with_libraries(&[me]).unwrap();
        assert!(
            files.iter().any(|(inside, _)| inside.contains("ld-linux")),
            "{files:?}"
        );
        assert!(
            files.iter().any(|(inside, _)| inside.contains("libc.so")),
            "{files:?}"
        );
    }
}
