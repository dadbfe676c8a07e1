// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask cache`: what takes how much room, and a way to get it back.
//! Nothing that a person made is ever in what `clean` removes.

use std::path::PathBuf;

use anyhow::Result;
use indicatif::HumanBytes;

use crate::build::Profile;
use crate::context::Cx;
use crate::fsx;
use crate::lock::Lock;
use crate::stop::Exit;
use crate::tree::Variant;

/// Shows what the caches hold, and frees them
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Sizes and places
    List,
    /// Remove what can be fetched or built again
    Clean {
        /// What to remove [default: everything]
        #[arg(value_enum)]
        what: Vec<Part>,
    },
}

/// A part that can be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Kernel tarballs and apt's lists
    Downloads,
    /// Imported base trees (the worktrees need them: the next run imports them again)
    Bases,
    /// The compiler cache
    Ccache,
    /// bindgen, where it was built here
    Tools,
    /// Kernel builds of this clone
    Builds,
    /// Run folders and logs of this clone
    Runs,
}

impl Part {
    const ALL: [Self; 6] = [
        Self::Downloads,
        Self::Bases,
        Self::Ccache,
        Self::Tools,
        Self::Builds,
        Self::Runs,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Downloads => "downloads",
            Self::Bases => "bases",
            Self::Ccache => "ccache",
            Self::Tools => "tools",
            Self::Builds => "builds",
            Self::Runs => "runs",
        }
    }

    fn folders(self, cx: &Cx) -> Vec<PathBuf> {
        let paths = &cx.paths;
        match self {
            Self::Downloads => vec![paths.downloads(), paths.apt()],
            Self::Bases => vec![paths.bases()],
            Self::Ccache => vec![paths.ccache()],
            Self::Tools => vec![paths.tools()],
            Self::Builds => Variant::ALL
                .iter()
                .flat_map(|variant| {
                    Profile::ALL.map(|profile| {
                        paths
                            .variant(variant.name())
                            .join(format!("build-{}", profile.name()))
                    })
                })
                .collect(),
            Self::Runs => vec![paths.runs(), paths.work().join("logs")],
        }
    }
}

/// Runs the command.
///
/// # Errors
/// A folder that cannot be removed.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    match &args.command {
        Command::List => {
            for part in Part::ALL {
                for folder in part.folders(cx).iter().filter(|folder| folder.exists()) {
                    line(cx, part.name(), folder);
                }
            }
            for variant in Variant::ALL {
                let src = cx.paths.variant(variant.name()).join("src");
                if src.exists() {
                    line(cx, "worktree", &src);
                }
            }
        }
        Command::Clean { what } => {
            let _cache = Lock::acquire(&cx.ui, &cx.paths.cache().join("lock"), "the kernel cache")?;
            let _work = cx.lock_work()?;
            let what = if what.is_empty() {
                &Part::ALL[..]
            } else {
                what
            };
            for part in what {
                for folder in part.folders(cx).iter().filter(|folder| folder.exists()) {
                    line(cx, part.name(), folder);
                    fsx::remove_dir(folder)?;
                }
            }
            cx.ui.note("removed; worktrees are kept: they may hold work of yours (git worktree remove does it)");
        }
    }
    Ok(Exit::Passed)
}

fn line(cx: &Cx, what: &str, folder: &std::path::Path) {
    cx.ui.result(&format!(
        "{what:<10} {:>12}  {}",
        HumanBytes(fsx::disk_usage(folder)).to_string(),
        folder.display()
    ));
}
