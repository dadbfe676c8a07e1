// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask send-series`: a rehearsal of what would leave the machine.

use anyhow::Result;

use crate::context::Cx;
use crate::lock::Lock;
use crate::mail::identity::Identity;
use crate::mail::rehearse::{Options, Rehearsal, rehearse};
use crate::mail::thread::{Field, Letter};
use crate::series::{Series, SeriesArgs};
use crate::source::{self, SourceArgs};
use crate::stop::Exit;

/// Writes the series as mails, and says what is in the way of sending them
#[derive(Clone, Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 ready to be sent, 1 something is in the way, 2 usage or environment."
)]
pub struct Args {
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    series: SeriesArgs,
    /// Add your Signed-off-by to each patch that has none; nothing else does
    #[arg(long)]
    signoff: bool,
}

/// Runs the command.
///
/// # Errors
/// A patch that does not apply, a mail that cannot be written.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    let series = Series::select(cx, &args.series)?;
    let identity = Identity::of_git(cx.paths.workspace())?;
    let source = source::obtain(cx, &args.source, &series.about.base)?;
    let _lock = Lock::acquire(
        &cx.ui,
        &cx.paths.work().join("lock"),
        "the worktrees and builds",
    )?;
    let options = Options {
        signoff: args.signoff,
        public_base: args.source.linux.is_some(),
        again: args.source.again() + &args.series.again(),
    };
    let rehearsal = rehearse(cx, &series, &source, &identity, options)?;
    print(cx, &rehearsal);
    Ok(if rehearsal.blockers.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    })
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
