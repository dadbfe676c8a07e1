// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask check`: what tools have to say about the series, before a
//! maintainer does.

use anyhow::Result;

use crate::build::Profile;
use crate::context::Cx;
use crate::deep;
use crate::lock::Lock;
use crate::report::Base;
use crate::results::{self, Checked, Entry, Found, Shown};
use crate::series::{Series, SeriesArgs};
use crate::source::{self, SourceArgs};
use crate::stop::Exit;
use crate::toolchain::Toolchain;
use crate::tree::{self, Variant};

use super::setup;

/// Checks the series with the kernel's own tools
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 no finding, 1 findings, 2 usage or environment.")]
pub struct Args {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    series: SeriesArgs,
    /// W=1, sparse, coccicheck and checkpatch.pl --strict on what it touches
    #[arg(long, required = true)]
    deep: bool,
}

/// Runs the command.
///
/// # Errors
/// A tool that is missing, a patch that does not apply.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    let series = Series::select(cx, &args.series)?;
    setup::complete(cx, Profile::Release)?;
    let toolchain = Toolchain::find(cx)?;
    let source = source::obtain(cx, &args.source, &series.about.base)?;
    let _lock = Lock::acquire(
        &cx.ui,
        &cx.paths.work().join("lock"),
        "the worktrees and builds",
    )?;
    let tree = tree::prepare(cx, &source, &series, Variant::Series)?;
    let content = results::content(cx, &tree)?;
    let mut exit = Exit::Passed;
    let mut tools = Vec::new();
    for findings in deep::check(cx, &tree, &toolchain)? {
        for message in &findings.messages {
            cx.ui.result(&format!("{}: {message}", findings.tool));
            exit = Exit::Failed;
        }
        cx.ui.stage(
            "check",
            &format!("{}: {} findings", findings.tool, findings.messages.len()),
        );
        tools.push((findings.tool.to_owned(), findings.messages.len()));
    }
    if let Some(content) = content {
        let command = Shown::new("check --deep", &args.source);
        let found = Found::Check(Checked { tools });
        let entry = Entry::new(&command, &Base::from(&source), &content, found);
        results::remember(cx, &series.name, &entry)?;
    }
    Ok(exit)
}
