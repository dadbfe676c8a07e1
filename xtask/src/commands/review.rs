// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask review`: what was said about a series, and what became of it.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::context::Cx;
use crate::mail::identity::Identity;
use crate::review::answer::{self, Wish};
use crate::review::changelog;
use crate::review::checklist::{Checklist, Comment, State};
use crate::review::import::{Reader, Summary, import};
use crate::review::letter::{MAX_FILE, Person};
use crate::review::now;
use crate::review::trailers::{self, Fate};
use crate::series::{Series, SeriesArgs};
use crate::stop::{Exit, Stop};

/// Lines of a quotation that `show` prints: the last ones.
const QUOTED: usize = 20;

/// Keeps track of what the list says about the series
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Command {
    /// Read replies into the checklist of the series
    Import {
        #[command(flatten)]
        series: SeriesArgs,
        /// An mbox, a mail, the text of an archive's page, or - for stdin
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The version that they are about (default: as their subjects say)
        #[arg(long, value_name = "N")]
        version: Option<u32>,
    },
    /// Print the comments, and what became of each
    List {
        #[command(flatten)]
        series: SeriesArgs,
        /// Only those in this state
        #[arg(long)]
        state: Option<State>,
    },
    /// Print a comment beside the code as it is now
    Show {
        #[command(flatten)]
        series: SeriesArgs,
        /// Its number
        number: u32,
    },
    /// Say what became of comments
    Mark {
        #[command(flatten)]
        series: SeriesArgs,
        /// Their numbers
        #[arg(required = true)]
        numbers: Vec<u32>,
        /// What became of them
        state: State,
        /// Why, or what was changed: the change log is made of it
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
    /// Write the answer to comments of a mail to outgoing/; it is not sent
    Reply {
        #[command(flatten)]
        series: SeriesArgs,
        /// Their numbers
        #[arg(required = true)]
        numbers: Vec<u32>,
        /// What to answer (default: the reason of each)
        #[arg(long, value_name = "TEXT")]
        text: Option<String>,
        /// Who is answered, where the archive hides the address
        #[arg(long, value_name = "ADDRESS")]
        to: Option<String>,
        /// The Message-ID of the mail, where the archive does not show it
        #[arg(long, value_name = "ID")]
        in_reply_to: Option<String>,
    },
    /// Print the trailers that were given, and where they belong
    Trailers {
        #[command(flatten)]
        series: SeriesArgs,
        /// Write them into the patch files
        #[arg(long)]
        insert: bool,
    },
    /// Print what the change log of the current version has to say
    Changelog {
        #[command(flatten)]
        series: SeriesArgs,
        /// Write it into the cover letter
        #[arg(long)]
        write: bool,
    },
}

/// Runs the command.
///
/// # Errors
/// What is no mail; a comment that there is not.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    match &args.command {
        Command::Import {
            series,
            file,
            version,
        } => take(cx, &Series::select(cx, series)?, file, *version)?,
        Command::List { series, state } => {
            let list = Checklist::load(&Series::select(cx, series)?)?;
            print_list(cx, &list, *state);
        }
        Command::Show { series, number } => {
            let series = Series::select(cx, series)?;
            let list = Checklist::load(&series)?;
            show(cx, &series, &list, list.comment(*number)?)?;
        }
        Command::Mark {
            series,
            numbers,
            state,
            reason,
        } => {
            let series = Series::select(cx, series)?;
            mark(cx, &series, numbers, *state, reason.as_deref())?;
        }
        Command::Reply {
            series,
            numbers,
            text,
            to,
            in_reply_to,
        } => {
            let series = Series::select(cx, series)?;
            let identity = Identity::of_git(cx.paths.workspace())?;
            let wish = Wish {
                numbers: numbers.clone(),
                text: text.clone(),
                to: to.clone(),
                in_reply_to: in_reply_to.clone(),
            };
            let list = Checklist::load(&series)?;
            let path = answer::write(cx, &series, &list, &identity, &wish)?;
            cx.ui.result(&path.display().to_string());
            cx.ui.note("it is not sent");
        }
        Command::Trailers { series, insert } => {
            let series = Series::select(cx, series)?;
            print_trailers(cx, &series, *insert)?;
        }
        Command::Changelog { series, write } => {
            let series = Series::select(cx, series)?;
            let _lock = Checklist::lock(cx)?;
            let mut list = Checklist::load(&series)?;
            let entries = if *write {
                let (path, entries) = changelog::write(&series, &mut list)?;
                if !entries.is_empty() {
                    list.save(&series)?;
                    cx.ui.note(&format!("written to {}", path.display()));
                }
                entries
            } else {
                changelog::draft(&list, series.about.version)
            };
            if entries.is_empty() {
                cx.ui.note("the change log lacks nothing of the review");
            }
            for line in entries.concat().lines() {
                cx.ui.result(line);
            }
        }
    }
    Ok(Exit::Passed)
}

fn take(cx: &Cx, series: &Series, file: &Path, version: Option<u32>) -> Result<()> {
    let bytes = read(file)?;
    let _lock = Checklist::lock(cx)?;
    let mut list = Checklist::load(series)?;
    let reader = Reader {
        // Reading a review needs no identity; it only tells own mails apart.
        me: Identity::of_git(cx.paths.workspace())
            .ok()
            .map(|identity| Person {
                name: identity.sender.name,
                address: Some(identity.sender.address),
            }),
        version,
    };
    let summary = import(cx, series, &mut list, &bytes, &reader)
        .with_context(|| format!("cannot import {}", file.display()))?;
    list.save(series)?;
    print_summary(cx, &list, &summary);
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    // One byte more than is read at all, so that it is noticed.
    let limit = MAX_FILE as u64 + 1;
    if file == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(limit).read_to_end(&mut bytes))
    }
    .map_err(|error| Stop::environment(format!("cannot read {}: {error}", file.display())))?;
    Ok(bytes)
}

fn print_summary(cx: &Cx, list: &Checklist, summary: &Summary) {
    for number in &summary.comments {
        if let Ok(comment) = list.comment(*number) {
            cx.ui.result(&line_of(comment));
        }
    }
    let mut parts = vec![
        count(summary.read, "reply read", "replies read"),
        count(summary.comments.len(), "new comment", "new comments"),
        count(summary.trailers, "new trailer", "new trailers"),
    ];
    for (number, what) in [
        (summary.known, "known already"),
        (summary.own, "of your own"),
        (summary.originals, "the series itself"),
        (summary.passed_over.len(), "about something else"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    cx.ui.stage("review", &parts.join(", "));
    for line in &summary.passed_over {
        cx.ui.stage("", &format!("passed over: {line}"));
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn line_of(comment: &Comment) -> String {
    format!(
        "#{:<3} {:<8}  v{} {}  {}: {}",
        comment.number,
        comment.state.name(),
        comment.version,
        comment.place(),
        comment.author,
        comment.summary()
    )
}

fn print_list(cx: &Cx, list: &Checklist, state: Option<State>) {
    let wanted = |comment: &&Comment| state.is_none_or(|state| comment.state == state);
    for comment in list.comment.iter().filter(wanted) {
        cx.ui.result(&line_of(comment));
        if !comment.note.is_empty() {
            cx.ui.result(&format!("               {}", comment.note));
        }
    }
    let open = list.open().count();
    let all = count(list.comment.len(), "comment", "comments");
    cx.ui.stage("review", &format!("{all}, {open} open"));
}

fn show(cx: &Cx, series: &Series, list: &Checklist, comment: &Comment) -> Result<()> {
    let say = |line: &str| cx.ui.result(line);
    let field = |name: &str, value: &str| {
        if !value.is_empty() {
            cx.ui.result(&format!("{name:<9}{value}"));
        }
    };
    say(&format!(
        "#{} v{} {}",
        comment.number,
        comment.version,
        comment.place()
    ));
    field("patch", &comment.title);
    field("by", &comment.author);
    if let Some(source) = list.source(&comment.letter) {
        field("date", &source.date);
        if !source.id.is_empty() {
            field("mail", &format!("https://lore.kernel.org/r/{}", source.id));
        }
    }
    field("state", comment.state.name());
    field("reason", &comment.note);
    say("");
    let quoted: Vec<&str> = comment.quoted.lines().collect();
    for line in &quoted[quoted.len().saturating_sub(QUOTED)..] {
        say(line);
    }
    say("");
    say(&comment.text);
    say("");
    match now::find(cx, series, comment)? {
        Some(excerpt) => {
            say(&format!("now, {}:", excerpt.place));
            for line in &excerpt.lines {
                say(line);
            }
        }
        None if quoted.is_empty() => {}
        None => say("now: the series has no such lines any more"),
    }
    Ok(())
}

fn mark(
    cx: &Cx,
    series: &Series,
    numbers: &[u32],
    state: State,
    reason: Option<&str>,
) -> Result<()> {
    let reason = reason.map(str::trim).filter(|reason| !reason.is_empty());
    let _lock = Checklist::lock(cx)?;
    let mut list = Checklist::load(series)?;
    for number in numbers {
        let comment = list.comment_mut(*number)?;
        comment.mark(state, reason, series.about.version)?;
    }
    list.save(series)?;
    for number in numbers {
        cx.ui.result(&line_of(list.comment(*number)?));
    }
    Ok(())
}

fn print_trailers(cx: &Cx, series: &Series, insert: bool) -> Result<()> {
    let rows = trailers::collect(series, &Checklist::load(series)?)?;
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    for row in &rows {
        let fate = match &row.fate {
            Fate::Due(path) => format!("for      {}", name(path)),
            Fate::There(path) => format!("is in    {}", name(path)),
            Fate::KeptOut(why) => format!("kept out {why}"),
        };
        cx.ui.result(&format!("{}  ({})", row.line, row.given_for));
        cx.ui.result(&format!("    {fate}"));
    }
    if insert {
        for path in trailers::insert(cx, series, &rows)? {
            cx.ui.result(&format!("wrote    {}", name(&path)));
        }
    }
    Ok(())
}
