// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask series`: the patch files, the commits of the worktree, and the
//! ways between them.

use anyhow::Result;

use crate::context::Cx;
use crate::lock::Lock;
use crate::series::refresh::refresh;
use crate::series::{Series, SeriesArgs};
use crate::source::{self, SourceArgs};
use crate::stop::Exit;
use crate::tree::{self, Variant};

/// Moves the series between patch files and the worktree's commits
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Apply the patch files to the worktree, and print where it is
    Apply {
        #[command(flatten)]
        source: SourceArgs,
        #[command(flatten)]
        series: SeriesArgs,
        /// Drop what the worktree has beyond the patch files
        #[arg(long)]
        discard: bool,
    },
    /// Write the worktree's commits back to the patch files
    Refresh {
        #[command(flatten)]
        series: SeriesArgs,
    },
}

/// Runs the command.
///
/// # Errors
/// A patch that does not apply; work that would be lost.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    let lock = || {
        Lock::acquire(
            &cx.ui,
            &cx.paths.work().join("lock"),
            "the worktrees and builds",
        )
    };
    match &args.command {
        Command::Apply {
            source,
            series,
            discard,
        } => {
            let series = Series::select(cx, series)?;
            let source = source::obtain(cx, source, &series.about.base)?;
            let _lock = lock()?;
            if *discard {
                tree::discard(cx, Variant::Series)?;
            }
            let tree = tree::prepare(cx, &source, &series, Variant::Series)?;
            cx.ui.result(&tree.src.display().to_string());
        }
        Command::Refresh { series } => {
            let series = Series::select(cx, series)?;
            let _lock = lock()?;
            let done = refresh(cx, &series, &cx.paths.variant(Variant::Series.name()))?;
            for name in &done.written {
                cx.ui.result(&format!("wrote   {name}"));
            }
            for name in &done.removed {
                cx.ui.result(&format!("removed {name}"));
            }
        }
    }
    Ok(Exit::Passed)
}
