// SPDX-License-Identifier: GPL-2.0-only
//! The child process: starts QEMU on a job folder, hears it out, and sees to
//! it that no QEMU outlives this program.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use guest::protocol::{Event, MAX_LINE};

use crate::{fsx, interrupt};

use super::machine::Machine;
use super::qemu::{self, Boot, PROGRAM};
use super::watch::{Ending, Heard, Limits, Watch};

/// Name of the console log in a job folder.
pub const CONSOLE_LOG: &str = "console.log";

/// A guest that writes without end does not fill the disk. Bytes.
const MAX_CONSOLE: u64 = 64 << 20;

/// How often deadlines and Ctrl-C are looked at.
const TICK: Duration = Duration::from_millis(50);

/// What a boot gave.
#[derive(Clone, Debug)]
pub struct Booted {
    /// How it ended.
    pub ending: Ending,
    /// From start to [`Event::Hello`].
    pub boot: Option<Duration>,
    /// The whole life of QEMU.
    pub wall: Duration,
}

/// Creates the sparse disks of a machine in its job folder.
///
/// # Errors
/// When the disk does not take them.
pub fn create_disks(dir: &Path, machine: &Machine) -> Result<()> {
    for (index, nvme) in machine.nvme.iter().enumerate() {
        let path = dir.join(qemu::disk(index));
        File::create(&path)
            .and_then(|file| file.set_len(u64::from(nvme.disk_mib) << 20))
            .map_err(|error| fsx::explain(error, &path))?;
    }
    Ok(())
}

/// Runs a VM to its end. `on_event` sees each event as it happens.
///
/// # Errors
/// When QEMU cannot be started or the logs cannot be written; what happens to
/// the guest is a value, not an error.
pub fn run(
    dir: &Path,
    boot: &Boot,
    limits: &Limits,
    mut on_event: impl FnMut(&Event),
) -> Result<Booted> {
    let (console, console_end) = std::io::pipe()?;
    let (results, results_end) = std::io::pipe()?;
    let mut command = command(dir, boot);
    command
        .stdin(results_end)
        .stdout(console_end)
        .stderr(Stdio::piped());
    // Out of the terminal's foreground group: Ctrl-C is this program's to act
    // on, or the debugger's.
    command.process_group(0);
    let start = Instant::now();
    let mut vm = Vm(command
        .spawn()
        .with_context(|| format!("cannot run {PROGRAM}"))?);
    // This process' copies of the pipes' write ends, without which the readers
    // would never see the end.
    drop(command);
    let stderr = vm.0.stderr.take().context("the pipe was asked for")?;

    let (sender, receiver) = mpsc::sync_channel(1024);
    let log = File::create(dir.join(CONSOLE_LOG)).context("cannot create the console log")?;
    let console_sender = sender.clone();
    let console = std::thread::spawn(move || read_console(console, log, &console_sender));
    let results_sender = sender.clone();
    let results = std::thread::spawn(move || read_results(results, &results_sender));
    let stderr = std::thread::spawn(move || {
        let mut said = String::new();
        let _ = stderr.take(64 << 10).read_to_string(&mut said);
        said
    });
    drop(sender);

    let mut watch = Watch::new(limits.clone());
    let mut booted = Booted {
        ending: Ending::Interrupted,
        boot: None,
        wall: Duration::ZERO,
    };
    let mut ended = None;
    while ended.is_none() {
        let heard = match receiver.recv_timeout(TICK) {
            Ok(heard) => heard,
            Err(RecvTimeoutError::Timeout) => Heard::Nothing,
            // Both ports are closed: QEMU is on its way out.
            Err(RecvTimeoutError::Disconnected) => break,
        };
        let now = start.elapsed();
        if let Heard::Event(event) = &heard {
            if matches!(event, Event::Hello { .. }) {
                booted.boot.get_or_insert(now);
            }
            on_event(event);
        }
        ended = watch.hear(now, &heard);
        if interrupt::requested() {
            ended = Some(Ending::Interrupted);
        }
    }
    if ended.is_some() {
        vm.kill();
        // The readers may stand in a full channel.
        while receiver.recv().is_ok() {}
    }
    let status = vm.0.wait()?;
    console.join().expect("the reader does not panic")?;
    results.join().expect("the reader does not panic");
    let stderr = stderr.join().expect("the reader does not panic");
    booted.wall = start.elapsed();
    booted.ending = match ended {
        Some(ending) => ending,
        None => watch
            .hear(
                booted.wall,
                &Heard::Exited {
                    code: status.code(),
                    stderr,
                },
            )
            .context("a VM that is gone has ended")?,
    };
    Ok(booted)
}

/// Runs a VM on the user's terminal and returns QEMU's exit code.
///
/// # Errors
/// When QEMU cannot be started.
pub fn run_interactive(
    dir: &Path,
    boot: &Boot,
    companion: impl FnOnce() -> Result<()>,
) -> Result<Option<i32>> {
    let mut command = command(dir, boot);
    let mut vm = Vm(command
        .spawn()
        .with_context(|| format!("cannot run {PROGRAM}"))?);
    companion()?;
    while !interrupt::requested() {
        if let Some(status) = vm.0.try_wait()? {
            return Ok(status.code());
        }
        std::thread::sleep(TICK);
    }
    Ok(None)
}

fn command(dir: &Path, boot: &Boot) -> Command {
    let mut command = Command::new(PROGRAM);
    command.args(qemu::arguments(boot)).current_dir(dir);
    // SAFETY: between fork and exec only prctl(2) is called, which is
    // async-signal-safe and touches no memory of the parent.
    unsafe {
        command.pre_exec(|| {
            // Should this program be killed without a chance to clean up, the
            // kernel ends QEMU with it.
            nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)?;
            Ok(())
        });
    }
    command
}

/// A QEMU that dies with its owner.
struct Vm(Child);

impl Vm {
    fn kill(&mut self) {
        let _ = self.0.kill();
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        self.kill();
        let _ = self.0.wait();
    }
}

/// Copies the console to its log and passes the lines on.
fn read_console(reader: impl Read, mut log: File, sender: &SyncSender<Heard>) -> Result<()> {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    let mut written = 0;
    loop {
        line.clear();
        let count = (&mut reader)
            .take(MAX_LINE as u64)
            .read_until(b'\n', &mut line)?;
        if count == 0 {
            return Ok(());
        }
        if written < MAX_CONSOLE {
            log.write_all(&line)
                .map_err(|error| fsx::explain(error, Path::new(CONSOLE_LOG)))?;
            written += count as u64;
        }
        let text = String::from_utf8_lossy(&line).trim_end().to_owned();
        if sender.send(Heard::Console(text)).is_err() {
            return Ok(());
        }
    }
}

/// Turns the lines of the result channel into events.
fn read_results(reader: impl Read, sender: &SyncSender<Heard>) {
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        match (&mut reader)
            .take(MAX_LINE as u64)
            .read_until(b'\n', &mut line)
        {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        if line.ends_with(b"\n") && line.trim_ascii().is_empty() {
            continue;
        }
        if sender.send(parse(&line)).is_err() {
            return;
        }
    }
}

fn parse(line: &[u8]) -> Heard {
    match serde_json::from_slice(line) {
        Ok(event) if line.ends_with(b"\n") => Heard::Event(event),
        _ => {
            let text = String::from_utf8_lossy(line);
            Heard::Garbage(text.trim_end().chars().take(200).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_an_event_only_whole() {
        assert_eq!(
            parse(b"{\"event\":\"alive\"}\n"),
            Heard::Event(Event::Alive)
        );
        assert!(
            matches!(parse(b"{\"event\":\"alive\"}"), Heard::Garbage(_)),
            "cut off"
        );
        assert!(matches!(parse(b"hello\n"), Heard::Garbage(_)));
        assert!(
            matches!(parse(&[0xff; 1000]), Heard::Garbage(text) if text.chars().count() <= 200)
        );
    }

    #[test]
    fn an_endless_line_is_cut_and_refused() {
        let (sender, receiver) = mpsc::sync_channel(64);
        read_results(&vec![b'x'; MAX_LINE * 3][..], &sender);
        drop(sender);
        assert!(
            receiver
                .iter()
                .all(|heard| matches!(heard, Heard::Garbage(_)))
        );
    }
}
