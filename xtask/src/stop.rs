// SPDX-License-Identifier: GPL-2.0-only
//! Why the tool stops, in a form that decides the exit code.
//!
//! Any error may carry a [`Stop`] in its chain: it names whose turn it is, and
//! what to type next. An error without one is the infrastructure's.

use std::fmt;
use std::process::ExitCode;

/// Exit codes, as documented in the README and in `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything passed.
    Passed = 0,
    /// Something under test failed.
    Failed = 1,
    /// The command line, or something missing on this machine.
    Environment = 2,
    /// There was nothing to test: no source, no kernel, no guest.
    Infrastructure = 3,
    /// Ctrl-C or SIGTERM, as shells count it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A reason to stop that its reader can do something about.
#[derive(Debug)]
pub struct Stop {
    exit: Exit,
    message: String,
    help: Vec<String>,
}

impl Stop {
    fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            help: Vec::new(),
        }
    }

    /// The user's command line or machine has to change.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(Exit::Environment, message)
    }

    /// What is under test is at fault.
    pub fn failed(message: impl Into<String>) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// There is no kernel or no guest to test.
    pub fn infrastructure(message: impl Into<String>) -> Self {
        Self::new(Exit::Infrastructure, message)
    }

    /// The user interrupted the run.
    pub fn interrupted() -> Self {
        Self::new(Exit::Interrupted, "interrupted")
    }

    /// Adds a line that says what to do next, best a command to paste.
    #[must_use]
    pub fn help(mut self, line: impl Into<String>) -> Self {
        self.help.push(line.into());
        self
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        for line in &self.help {
            write!(f, "\n  help: {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Stop {}

/// The exit code an error asks for.
pub fn exit_of(error: &anyhow::Error) -> Exit {
    error
        .downcast_ref::<Stop>()
        .map_or(Exit::Infrastructure, |stop| stop.exit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn the_exit_code_survives_context() {
        let stop = Err::<(), _>(Stop::environment("no qemu").help("apt-get install qemu"));
        let error = stop.context("cannot boot stock").unwrap_err();
        assert_eq!(exit_of(&error), Exit::Environment);
        assert!(format!("{error:#}").contains("help: apt-get install qemu"));
    }

    #[test]
    fn an_unclassified_error_is_the_infrastructures() {
        assert_eq!(exit_of(&anyhow::anyhow!("boom")), Exit::Infrastructure);
    }
}
