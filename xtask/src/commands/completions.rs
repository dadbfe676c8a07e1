// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask completions SHELL`.

use anyhow::Result;
use clap_complete::Shell;

use crate::context::Cx;
use crate::stop::Exit;

/// Prints the completions for a shell (for the program `xtask`)
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// bash, zsh, fish, …
    pub shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// None.
pub fn run(_: &Cx, args: &Args, mut command: clap::Command) -> Result<Exit> {
    clap_complete::generate(args.shell, &mut command, "xtask", &mut std::io::stdout());
    Ok(Exit::Passed)
}
