// SPDX-License-Identifier: GPL-2.0-only
//! Running other programs: their output goes to a log file, line by line past
//! whoever wants to follow; their failure names the program and the log.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use crate::{fsx, interrupt};

/// A line longer than this is cut in the log: output of a build is not trusted
/// to be reasonable. Bytes.
const MAX_LINE: usize = 64 * 1024;

/// Runs `command` with stdout and stderr going, merged, to `log` and to
/// `on_line`. The caller judges the status.
///
/// # Errors
/// When the program cannot be started, the log not written, or the user
/// interrupts.
pub fn run_logged(
    mut command: Command,
    log: &Path,
    mut on_line: impl FnMut(&str),
) -> Result<ExitStatus> {
    if let Some(dir) = log.parent() {
        fsx::create_dir(dir)?;
    }
    let mut file = File::create(log).with_context(|| format!("cannot create {}", log.display()))?;
    let (reader, writer) = std::io::pipe()?;
    command
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = spawn(&mut command)?;
    // The command holds the other ends of the pipe; without this the read
    // below would never see its end.
    drop(command);
    let mut reader = BufReader::new(reader);
    let mut line = Vec::new();
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        line.truncate(MAX_LINE);
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_end_matches(['\n', '\r']);
        if let Err(error) = writeln!(file, "{text}") {
            let _ = child.kill();
            let _ = child.wait();
            return Err(fsx::explain(error, log)).context("cannot write the log");
        }
        on_line(text);
        if interrupt::requested() {
            let _ = child.kill();
        }
    }
    let status = child.wait()?;
    interrupt::check()?;
    Ok(status)
}

/// Starts a program; if it is not there, says which.
///
/// # Errors
/// Names the program.
pub fn spawn(command: &mut Command) -> Result<std::process::Child> {
    command
        .spawn()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))
}

/// Runs a program to its end and returns its stdout without the final newline.
///
/// # Errors
/// When it fails; with what it said on stderr.
pub fn read(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot run {}", command.get_program().to_string_lossy()))?;
    interrupt::check()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("No space left on device") {
            let place = command
                .get_current_dir()
                .map_or_else(PathBuf::new, Path::to_owned);
            return Err(fsx::no_space(&place).into());
        }
        bail!(
            "`{}` failed ({}): {}",
            line_of(command),
            output.status,
            said.trim_end()
        );
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.trim_end_matches('\n').to_owned())
}

/// The command as one would type it.
pub fn line_of(command: &Command) -> String {
    let mut line = command.get_program().to_string_lossy().into_owned();
    for arg in command.get_args() {
        let arg = arg.to_string_lossy();
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,+@%~".contains(c);
        line.push(' ');
        if !arg.is_empty() && arg.chars().all(plain) {
            line.push_str(&arg);
        } else {
            line.push_str(&format!("'{}'", arg.replace('\'', r"'\''")));
        }
    }
    line
}

/// The last `count` lines of a log, for an error message.
pub fn tail(log: &Path, count: usize) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Whether a log says that the disk is full.
pub fn says_no_space(log: &Path) -> bool {
    tail(log, 200).contains("No space left on device")
}

/// git, deaf to the user's configuration: what the tool does must not depend
/// on aliases, hooks or diff settings.
pub fn git(dir: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_COMMITTER_NAME", "kernel-series")
        .env("GIT_COMMITTER_EMAIL", "kernel-series@localhost")
        .env("LC_ALL", "C")
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_streams_reach_log_and_follower_and_the_status_is_the_callers() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("deep/log");
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2; exit 3"]);
        let mut seen = Vec::new();
        let status = run_logged(command, &log, |line| seen.push(line.to_owned())).unwrap();
        seen.sort();
        assert_eq!(seen, ["err", "out"]);
        assert_eq!(status.code(), Some(3));
        assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 2);
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = read(&mut Command::new("no-such-program")).unwrap_err();
        assert!(error.to_string().contains("no-such-program"), "{error}");
    }

    #[test]
    fn a_printed_command_can_be_pasted() {
        let mut command = Command::new("git");
        command.args(["commit", "-m", "it's a $(test)"]);
        assert_eq!(line_of(&command), r"git commit -m 'it'\''s a $(test)'");
    }

    #[test]
    fn a_full_disk_in_a_child_is_recognised() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "echo 'fatal: write error: No space left on device' >&2; exit 128",
        ]);
        let error = read(&mut command).unwrap_err();
        assert_eq!(crate::stop::exit_of(&error), crate::stop::Exit::Environment);
    }
}
