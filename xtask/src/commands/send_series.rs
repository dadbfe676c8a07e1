// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask send-series`: a rehearsal of what would leave the machine, and
//! the sending of just that.

use std::time::Duration;

use anyhow::Result;

use crate::context::Cx;
use crate::interrupt;
use crate::mail::Outgoing;
use crate::mail::identity::{self, Identity};
use crate::mail::journal::Journal;
use crate::mail::rehearse::{Options, Rehearsal, rehearse};
use crate::mail::send::{self, Carrier, Sealed};
use crate::mail::sign::Signer;
use crate::mail::smtp;
use crate::mail::thread::{Field, Letter};
use crate::review::changelog;
use crate::review::checklist::Checklist;
use crate::series::{Series, SeriesArgs};
use crate::source::{self, SourceArgs};
use crate::stop::{Exit, Stop};

/// Writes the series as mails, says what is in the way of sending them, and
/// sends them when told to
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 ready to be sent, or sent; 1 something is in the way, or was refused; 2 usage or environment."
)]
pub struct Args {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    series: SeriesArgs,
    /// Add your Signed-off-by to each patch that has none; nothing else does
    #[arg(long)]
    signoff: bool,
    /// Send what was rehearsed, if nothing is in the way and you say yes
    #[arg(long)]
    send: bool,
    /// Send it to this address and nobody else, whatever is in the way
    #[arg(long, value_name = "ME", conflicts_with = "send")]
    reflect: Option<String>,
    /// Go on with what an earlier --send did not finish
    #[arg(long, conflicts_with_all = ["send", "reflect", "signoff"])]
    resume: bool,
    /// What became of the mail of which only its readers know
    #[arg(long, value_enum, requires = "resume")]
    doubtful: Option<Found>,
    /// Wait between two mails, so that they arrive in order
    #[arg(long, value_name = "SECONDS", default_value_t = 1,
          value_parser = clap::value_parser!(u64).range(..=60))]
    pace: u64,
}

/// What somebody found out about a mail in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Found {
    /// It arrived
    Arrived,
    /// It did not, and is sent again
    Lost,
}

/// Runs the command.
///
/// # Errors
/// A patch that does not apply, a mail that cannot be written or is refused.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    let series = Series::select(cx, &args.series)?;
    if args.resume {
        return resume(cx, args, &series);
    }
    let workspace = cx.paths.workspace();
    let identity = Identity::of_git(workspace)?;
    // A fault of the configuration is said before the slow part.
    let carrier = (args.send || args.reflect.is_some())
        .then(|| smtp::carrier(workspace))
        .transpose()?;
    let signer = Signer::of_git(workspace)?;
    let rehearsal = try_out(cx, args, &series, &identity)?;
    if let Some(signer) = &signer {
        signer.sign(&rehearsal.outgoing)?;
    }
    print(cx, &rehearsal);
    if let Some(signer) = &signer {
        let line = format!("signed   by the {}", signer.name());
        cx.ui.result(&printable(&line));
    }
    match (carrier, &args.reflect) {
        (None, _) if rehearsal.blockers.is_empty() => Ok(Exit::Passed),
        (None, _) => Ok(Exit::Failed),
        (Some(mut carrier), Some(me)) => {
            let mails = send::seal(&rehearsal.outgoing, Some(me))?;
            deliver(cx, args, &mails, &mut Journal::scratch()?, &mut *carrier)
        }
        (Some(mut carrier), None) => {
            if !rehearsal.blockers.is_empty() {
                return Err(Stop::failed(format!(
                    "nothing was sent: {} in the way",
                    match rehearsal.blockers.len() {
                        1 => "one thing is".to_owned(),
                        count => format!("{count} things are"),
                    }
                ))
                .into());
            }
            let mails = send::seal(&rehearsal.outgoing, None)?;
            confirm(cx, &mails, &*carrier)?;
            let digest = send::digest(&mails);
            let dir = &rehearsal.outgoing.dir;
            let mut journal = Journal::begin(dir, &digest, &carrier.name(), mails.len())?;
            // Another rehearsal may have replaced them before the answer; none
            // does from now on.
            if send::digest(&send::seal(&rehearsal.outgoing, None)?) != digest {
                return Err(Stop::failed("nothing was sent: the mails have changed").into());
            }
            deliver(cx, args, &mails, &mut journal, &mut *carrier)
        }
    }
}

fn try_out(cx: &Cx, args: &Args, series: &Series, identity: &Identity) -> Result<Rehearsal> {
    let source = source::obtain(cx, &args.source, &series.about.base)?;
    let _lock = cx.lock_work()?;
    let options = Options {
        signoff: args.signoff,
        public_base: args.source.linux.is_some(),
        again: args.source.again() + &args.series.again(),
    };
    let mut rehearsal = rehearse(cx, series, &source, identity, options)?;
    review(series, &mut rehearsal)?;
    Ok(rehearsal)
}

/// The list was confirmed when sending began, and cannot have changed since.
fn resume(cx: &Cx, args: &Args, series: &Series) -> Result<Exit> {
    let mut carrier = smtp::carrier(cx.paths.workspace())?;
    let outgoing = Outgoing::load(&Outgoing::folder(cx, series))?;
    let mails = send::seal(&outgoing, None)?;
    let mut journal = Journal::resume(&outgoing.dir, &send::digest(&mails))?;
    match (args.doubtful, send::doubtful(&mails, &journal)) {
        (Some(found), Some(mail)) => journal.settle(&mail.id, found == Found::Arrived)?,
        (Some(_), None) => {
            return Err(Stop::environment("no mail is in doubt")
                .help("cargo xtask send-series --resume")
                .into());
        }
        (None, _) => {}
    }
    deliver(cx, args, &mails, &mut journal, &mut *carrier)
}

fn deliver(
    cx: &Cx,
    args: &Args,
    mails: &[Sealed],
    journal: &mut Journal,
    carrier: &mut dyn Carrier,
) -> Result<Exit> {
    let pace = Duration::from_secs(args.pace);
    let sent = send::send(&cx.ui, mails, journal, carrier, pace).inspect_err(|_| {
        if interrupt::requested() && args.reflect.is_none() {
            cx.ui.note("the rest: cargo xtask send-series --resume");
        }
    })?;
    match (&args.reflect, sent) {
        (Some(me), _) => {
            let line = format!("sent     {sent} mails to {me}, and to nobody else");
            cx.ui.result(&printable(&line));
        }
        (None, 0) => cx.ui.result("sent     all of them, before"),
        (None, _) => {
            cx.ui
                .result(&format!("sent     {sent} mails through {}", carrier.name()));
            cx.ui.note("keep what was sent: cargo xtask series next");
        }
    }
    Ok(Exit::Passed)
}

/// Shows everybody who will get something, and asks.
fn confirm(cx: &Cx, mails: &[Sealed], carrier: &dyn Carrier) -> Result<()> {
    let readers = send::readers(mails);
    cx.ui.result("");
    for (address, count) in &readers {
        let count = match *count {
            count if count == mails.len() => "all mails".to_owned(),
            count => format!("{count} of {}", mails.len()),
        };
        cx.ui
            .result(&printable(&format!("sends    {address}  ({count})")));
    }
    let question = format!(
        "send {} mails to these {} addresses through {}? Type yes:",
        mails.len(),
        readers.len(),
        carrier.name()
    );
    if !identity::wants_to_confirm(cx.paths.workspace()) {
        return Ok(());
    }
    cx.ui.note(&question);
    let mut answer = String::new();
    // An end of input is no yes either.
    std::io::stdin().read_line(&mut answer)?;
    interrupt::check()?;
    if matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Stop::failed("nothing was sent: the answer was not yes").into())
    }
}

/// What the review of earlier versions has to say about sending.
fn review(series: &Series, rehearsal: &mut Rehearsal) -> Result<()> {
    let list = Checklist::load(series)?;
    rehearsal.blockers.extend(list.blockers());
    let entries = changelog::draft(&list, series.about.version);
    if !entries.is_empty() {
        rehearsal.notes.push(format!(
            "the change log lacks {} of the review (cargo xtask review changelog --write)",
            entries.len()
        ));
    }
    Ok(())
}

fn print(cx: &Cx, rehearsal: &Rehearsal) {
    let say = |line: &str| cx.ui.result(&printable(line));
    for (index, letter) in rehearsal.letters.iter().enumerate() {
        let last = index + 1 == rehearsal.letters.len();
        for line in branch(letter, index == 0, last) {
            say(&line);
        }
    }
    say("");
    for line in rehearsal.diffstat.lines() {
        say(line);
    }
    say("");
    say(&format!("base     {}", rehearsal.base));
    say(&format!(
        "git am   the mails make the tree {} of it, as the patches do",
        rehearsal.tree
    ));
    say(&format!(
        "written  {} mails to {}",
        rehearsal.letters.len(),
        rehearsal.outgoing.dir.display()
    ));
    for note in &rehearsal.notes {
        say(&format!("note     {note}"));
    }
    for blocker in &rehearsal.blockers {
        say(&format!("blocks   {blocker}"));
    }
    if rehearsal.blockers.is_empty() {
        say("ready    nothing is in the way of sending it");
    }
}

/// A mail and its readers as a branch of the thread.
fn branch(letter: &Letter, root: bool, last: bool) -> Vec<String> {
    let (first, rest) = match (root, last) {
        (true, _) => ("", ""),
        (false, false) => ("├─ ", "│  "),
        (false, true) => ("└─ ", "   "),
    };
    let mut lines = vec![format!("{first}{}", letter.draft.subject)];
    for reader in &letter.readers.0 {
        let field = match reader.field {
            Field::To => "To",
            Field::Cc => "Cc",
        };
        // The root's readers stand beside the trunk of the tree.
        let rest = if root && !last { "│  " } else { rest };
        lines.push(format!(
            "{rest}  {field} {}  ({})",
            reader.mailbox, reader.why
        ));
    }
    lines
}

/// Patches are written by others: what they contain must not steer a terminal.
fn printable(line: &str) -> String {
    line.chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect()
}
