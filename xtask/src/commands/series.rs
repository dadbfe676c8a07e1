// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask series`: the patch files, the commits of the worktree, and the
//! ways between them; the versions of a series.

use std::process::Command as Process;

use anyhow::Result;

use crate::context::Cx;
use crate::fsx;
use crate::lock::Lock;
use crate::mail::patch::Patch;
use crate::mail::{Outgoing, Progress};
use crate::proc;
use crate::results::letter::{self, Marks};
use crate::results::{self, judge};
use crate::review::changelog;
use crate::review::checklist::Checklist;
use crate::series::content::Content;
use crate::series::refresh::{pending, refresh};
use crate::series::{self, Series, SeriesArgs, diff, next};
use crate::source::{self, Source, SourceArgs};
use crate::stop::{Exit, Stop};
use crate::tree::{self, Tree, Variant};

/// Moves the series between patch files and the worktree's commits
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Print every series: name, version, number of patches, base, title
    List,
    /// Print what is known of a series, and its patches
    Show {
        #[command(flatten)]
        series: SeriesArgs,
    },
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
    /// Apply the patch files, and start `git rebase --interactive` on them
    Edit {
        #[command(flatten)]
        source: SourceArgs,
        #[command(flatten)]
        series: SeriesArgs,
    },
    /// Write the worktree's commits back to the patch files
    Refresh {
        #[command(flatten)]
        series: SeriesArgs,
    },
    /// Keep this version as sent (folder and tag), and begin the next one
    Next {
        #[command(flatten)]
        series: SeriesArgs,
        /// Where the version that was sent can be read (default: by its Message-ID on lore.kernel.org)
        #[arg(long, value_name = "URL")]
        link: Option<String>,
        /// Go on although comments of the review are open; they stay so
        #[arg(long, value_name = "REASON")]
        keep_open: Option<String>,
    },
    /// Print what is remembered of runs with exactly the patch files
    Results {
        #[command(flatten)]
        source: SourceArgs,
        #[command(flatten)]
        series: SeriesArgs,
        /// Put the results into cover-letter.md, where it has marks for them
        #[arg(long)]
        write: bool,
    },
    /// Print the range-diff from a version that was sent to the patch files
    Diff {
        #[command(flatten)]
        source: SourceArgs,
        #[command(flatten)]
        series: SeriesArgs,
        /// The version to compare with (default: the last that was sent)
        #[arg(long, value_name = "N")]
        against: Option<u32>,
    },
}

/// Runs the command.
///
/// # Errors
/// A patch that does not apply; work that would be lost.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    match &args.command {
        Command::List => list(cx)?,
        Command::Show { series } => show(cx, &Series::select(cx, series)?)?,
        Command::Apply {
            source,
            series,
            discard,
        } => {
            let (tree, _lock) = prepare(cx, source, series, *discard)?;
            cx.ui.result(&tree.src.display().to_string());
        }
        Command::Edit { source, series } => return edit(cx, source, series),
        Command::Refresh { series } => {
            let series = Series::select(cx, series)?;
            let _lock = cx.lock_work()?;
            let done = refresh(cx, &series, &cx.paths.variant(Variant::Series.name()))?;
            for name in &done.written {
                cx.ui.result(&format!("wrote   {name}"));
            }
            for name in &done.removed {
                cx.ui.result(&format!("removed {name}"));
            }
        }
        Command::Results {
            source,
            series,
            write,
        } => return show_results(cx, source, series, *write),
        Command::Next {
            series,
            link,
            keep_open,
        } => begin_next(cx, series, link.as_deref(), keep_open.as_deref())?,
        Command::Diff {
            source,
            series,
            against,
        } => {
            let series = Series::select(cx, series)?;
            let against = version_to_compare(&series, *against)?;
            let source = source::obtain(cx, source, &series.about.base)?;
            let _lock = cx.lock_work()?;
            let head = tree::try_apply(cx, &source, &series.patches)?;
            cx.ui
                .result(&diff::range_diff(cx, &series, &source, against, &head)?);
        }
    }
    Ok(Exit::Passed)
}

fn prepare(
    cx: &Cx,
    source: &SourceArgs,
    series: &SeriesArgs,
    discard: bool,
) -> Result<(Tree, Lock)> {
    let series = Series::select(cx, series)?;
    let source: Source = source::obtain(cx, source, &series.about.base)?;
    let lock = cx.lock_work()?;
    if discard {
        tree::discard(cx, Variant::Series)?;
    }
    Ok((tree::prepare(cx, &source, &series, Variant::Series)?, lock))
}

fn list(cx: &Cx) -> Result<()> {
    let patches = cx.paths.patches();
    for name in series::names(&patches)? {
        let series = Series::load(&patches.join(&name))?;
        cx.ui.result(&format!(
            "{name}  v{}  {} patches on {}  {}",
            series.about.version,
            series.patches.len(),
            series.about.base,
            series.about.title
        ));
    }
    Ok(())
}

fn show(cx: &Cx, series: &Series) -> Result<()> {
    let about = &series.about;
    let say = |name: &str, value: &str| cx.ui.result(&format!("{name:<12}{value}"));
    say("title", &about.title);
    say("version", &about.version.to_string());
    say("base", &about.base);
    for (name, value) in [
        ("base-commit", &about.base_commit),
        ("change-id", &about.change_id),
    ] {
        if let Some(value) = value {
            say(name, value);
        }
    }
    if !about.prefixes.is_empty() {
        say("prefixes", &about.prefixes.join(" "));
    }
    for (name, list) in [
        ("to", &about.recipients.to),
        ("cc", &about.recipients.cc),
        ("drop", &about.recipients.drop),
    ] {
        for address in list {
            say(name, address);
        }
    }
    let kept = series.archived();
    for version in 1..about.version {
        let link = series.link(version).unwrap_or("no link");
        let kept = if kept.contains(&version) {
            "kept"
        } else {
            "not kept"
        };
        say(&format!("v{version}"), &format!("{kept}, {link}"));
    }
    for (index, path) in series.patches.iter().enumerate() {
        let patch = Patch::load(path)?;
        say(
            &format!("{}/{}", index + 1, series.patches.len()),
            &format!("{}  ({})", patch.subject, patch.author),
        );
    }
    if let Some(src) = pending(cx, series)? {
        say(
            "worktree",
            &format!("{} has work that is in no patch file", src.display()),
        );
    }
    Ok(())
}

/// What is known of the patch files, what they lack, and their cover letter.
fn show_results(cx: &Cx, args: &SourceArgs, chosen: &SeriesArgs, write: bool) -> Result<Exit> {
    let series = Series::select(cx, chosen)?;
    let source = source::obtain(cx, args, &series.about.base)?;
    let _lock = cx.lock_work()?;
    let head = tree::try_apply(cx, &source, &series.patches)?;
    let content = Content::of(&cx.paths.work_repo(), &source.commit, &head)?;
    let known = results::recall(cx, &series.name, &content);
    for entry in &known.entries {
        cx.ui.result(&entry.line());
    }
    let (mut lacks, mut notes) = (Vec::new(), Vec::new());
    judge::judge(
        &known,
        &(args.again() + &chosen.again()),
        &mut lacks,
        &mut notes,
    );
    let path = series.dir.join("cover-letter.md");
    let mut filled = None;
    if path.is_file() {
        let (text, faults) = letter::fill(&fsx::read(&path)?, &known, Marks::Keep);
        // Numbers that are there are not replaced by none.
        filled = faults.is_empty().then_some(text);
        lacks.extend(faults);
    }
    for lack in &lacks {
        cx.ui.result(&format!("blocks  {lack}"));
    }
    if let (true, Some(text)) = (write, filled) {
        let written = fsx::write_if_changed(&path, format!("{text}\n").as_bytes())?;
        let what = if written { "wrote" } else { "is as it was:" };
        cx.ui.result(&format!("{what} {}", path.display()));
    }
    Ok(if lacks.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

/// Opens the commits to the developer, in their own editor and with their own
/// configuration.
fn edit(cx: &Cx, source: &SourceArgs, series: &SeriesArgs) -> Result<Exit> {
    let (tree, lock) = prepare(cx, source, series, false)?;
    // An editor may stay open while the commits are being tested.
    drop(lock);
    let mut rebase = Process::new("git");
    rebase
        .arg("-C")
        .arg(&tree.src)
        .args(["rebase", "--interactive", "--autosquash", &tree.base]);
    if !cx.ui.is_terminal() {
        cx.ui.result(&proc::line_of(&rebase));
        return Ok(Exit::Passed);
    }
    let status = proc::spawn(&mut rebase)?.wait()?;
    if !status.success() {
        return Err(Stop::failed("git rebase has not ended")
            .help(format!("git -C {} rebase --continue", tree.src.display()))
            .into());
    }
    cx.ui
        .note("cargo xtask series refresh     # when it is done");
    Ok(Exit::Passed)
}

/// Begins the next version. Its change log is what became of the review.
fn begin_next(
    cx: &Cx,
    series: &SeriesArgs,
    link: Option<&str>,
    keep_open: Option<&str>,
) -> Result<()> {
    let series = Series::select(cx, series)?;
    let _lock = cx.lock_work()?;
    if let Progress::Half(left) = Progress::of(&Outgoing::folder(cx, &series))? {
        return Err(Stop::environment(format!(
            "v{} is on its way, {left} mails are left",
            series.about.version
        ))
        .help("cargo xtask send-series --resume")
        .into());
    }
    let _review = Checklist::lock(cx)?;
    let mut review = Checklist::load(&series)?;
    let before = review.clone();
    review.pass_open(keep_open)?;
    let link = link_of(cx, &series, link)?;
    let version = series.about.version.saturating_add(1);
    let log = changelog::draft(&review, version);
    let next = next::next(cx, &series, &link, &log)?;
    changelog::mark_logged(&mut review, version);
    if review != before {
        review.save(&series)?;
    }
    cx.ui.result(&format!("kept    {} ({link})", next.tag));
    cx.ui.result(&format!("begun   v{}", next.version));
    if log.is_empty() {
        cx.ui
            .note("fill in the change log of cover-letter.md where it says EDITME");
    } else {
        cx.ui.note(&format!(
            "the change log of cover-letter.md has {} of the review",
            log.len()
        ));
    }
    Ok(())
}

/// Where the version was sent to: as told, or by the Message-ID of its first mail.
fn link_of(cx: &Cx, series: &Series, told: Option<&str>) -> Result<String> {
    let version = series.about.version;
    if let Some(link) = told.or_else(|| series.link(version)) {
        return Ok(link.to_owned());
    }
    let sent = Outgoing::load(&Outgoing::folder(cx, series)).ok();
    let id = sent.and_then(|sent| Some(sent.messages.first()?.message_id.clone()));
    match id {
        Some(id) => Ok(format!(
            "https://lore.kernel.org/r/{}",
            id.trim_matches(['<', '>'])
        )),
        None => Err(Stop::environment(format!(
            "nothing says where v{version} of {} can be read",
            series.name
        ))
        .help("cargo xtask series next --link https://lore.kernel.org/r/...")
        .into()),
    }
}

fn version_to_compare(series: &Series, told: Option<u32>) -> Result<u32> {
    told.or_else(|| series.archived().pop()).ok_or_else(|| {
        Stop::environment(format!("{} keeps no earlier version", series.name))
            .help("cargo xtask series next keeps one when it was sent")
            .into()
    })
}
