// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask check`: what tools have to say about the series, before a
//! maintainer does.

use std::collections::HashSet;
use std::io::{IsTerminal, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::Result;
use checks::{Level, Options, Rule};
use comfy_table::{Table, presets};

use crate::build::Profile;
use crate::checked::codespell;
use crate::checked::format::{Counts, Format, Printer};
use crate::checked::input::{self, Names, Origin, Source};
use crate::checked::judge::Judge;
use crate::checked::parity::{self, Parity, Script};
use crate::checked::whole::{self, Mail};
use crate::checked::world::Kernel;
use crate::checked::{self};
use crate::context::Cx;
use crate::deep;
use crate::fsx;
use crate::report::Base;
use crate::results::{self, Checked, Entry, Found, Shown};
use crate::series::{Series, SeriesArgs};
use crate::source::{self, SourceArgs};
use crate::stop::{Exit, Stop};
use crate::toolchain::Toolchain;
use crate::tree::{self, Variant};

use super::setup;

/// Checks patches and sources with the rules of checkpatch.pl, or with all tools
#[derive(Clone, Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 no finding, 1 findings, 2 usage or environment.")]
pub struct Args {
    /// Patches, mailboxes, folders of them, commits (main..HEAD, HEAD), - for
    /// standard input (default: the series)
    #[arg(value_name = "PATH|COMMIT")]
    paths: Vec<String>,
    /// Files, whatever they are called
    #[arg(value_name = "PATH", last = true)]
    files: Vec<String>,
    /// The paths are sources of the kernel, or folders of them
    #[arg(short = 'f', long = "file")]
    file: bool,
    /// Matters of taste as well
    #[arg(long, alias = "subjective")]
    strict: bool,
    /// How to print
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Leave out these types
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    ignore: Vec<String>,
    /// Only these types
    #[arg(long, value_name = "TYPE", value_delimiter = ',')]
    types: Vec<String>,
    /// Only what is not in this earlier output of --format json
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// What the sure rules found first
    #[arg(long)]
    rank: bool,
    /// A kernel tree to ask (default: that of the current folder, else the base
    /// of the series, if it was fetched)
    #[arg(long, value_name = "DIR")]
    tree: Option<PathBuf>,
    /// Ask no kernel tree, but for the words on its lists, if one was fetched
    #[arg(long)]
    no_tree: bool,
    /// A repository to look commits up in, also those to check (default for
    /// these: that of the current folder)
    #[arg(long, value_name = "DIR")]
    git_dir: Option<PathBuf>,
    /// The misspellings of codespell as well (default: the dictionary that is
    /// installed)
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    codespell: Option<Option<PathBuf>>,
    /// Show as a diff what can be mended by blanks alone
    #[arg(long, conflicts_with_all = ["parity", "deep"])]
    fix: bool,
    /// Write what --fix shows
    #[arg(long, requires = "fix")]
    write: bool,
    /// Print the rules
    #[arg(long, conflicts_with_all = ["explain", "parity", "deep", "paths", "files"])]
    list: bool,
    /// The rules as a page
    #[arg(long, requires = "list")]
    markdown: bool,
    /// Print what a type means, and what to do
    #[arg(long, value_name = "TYPE", conflicts_with_all = ["parity", "deep", "paths", "files"])]
    explain: Option<String>,
    /// Compare with the kernel's own checkpatch.pl on the same inputs
    #[arg(long, conflicts_with = "deep")]
    parity: bool,
    /// Compare on sources of the kernel that this number draws
    #[arg(long, value_name = "N", requires = "parity", conflicts_with_all = ["paths", "files", "file"])]
    seed: Option<u64>,
    /// How many sources to draw
    #[arg(long, value_name = "N", requires = "seed", default_value_t = 40)]
    draw: usize,
    /// Say how long each took
    #[arg(long, requires = "parity")]
    time: bool,
    #[command(flatten)]
    source: SourceArgs,
    #[command(flatten)]
    series: SeriesArgs,
    /// W=1, sparse, coccicheck and checkpatch.pl --strict on what it touches
    #[arg(long, conflicts_with_all = ["paths", "files"])]
    deep: bool,
}

impl Args {
    /// Whether the user named what to check.
    fn names(&self) -> bool {
        !self.paths.is_empty() || !self.files.is_empty()
    }
}

/// Runs the command.
///
/// # Errors
/// A tool or file that is missing, a patch that does not apply.
pub fn run(cx: &Cx, args: &Args) -> Result<Exit> {
    if args.markdown {
        cx.ui.result(checks::rules_page().trim_end());
        return Ok(Exit::Passed);
    }
    if args.list {
        return Ok(list(cx));
    }
    if let Some(name) = &args.explain {
        return explain(cx, name);
    }
    if args.deep {
        return deep(cx, args);
    }
    let world = world(cx, args)?;
    let inputs = inputs(cx, args, &world)?;
    let options = options(args)?;
    if args.fix {
        return fix(cx, args, &inputs, &options, &world);
    }
    if args.parity {
        return compare(cx, args, &inputs, &options);
    }
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let judge = judge(cx, args)?;
    let mut counts = Counts::default();
    let mut printer = Printer::new(args.format, colour);
    // A reader that went away is no reason to fail, but one to end.
    let put = |text: &str| match std::io::stdout().lock().write_all(text.as_bytes()) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    let _ = put(&printer.head());
    let cover = cover(cx, args)?;
    checked::check_whole(&inputs, cover, &options, &world, &judge, |mut checked| {
        if args.rank {
            checked.diagnostics.sort_by_key(|found| found.certainty);
        }
        counts.add(&checked);
        put(&printer.print(&checked))
    })?;
    let _ = put(printer.foot());
    let what = match (args.file, inputs.len()) {
        (true, 1) => "source",
        (true, _) => "sources",
        (false, 1) => "patch",
        (false, _) => "patches",
    };
    cx.ui.stage(
        "check",
        &format!("{} {what}: {}", inputs.len(), counts.line()),
    );
    Ok(if counts.is_empty() {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

/// What was decided about findings.
fn judge(cx: &Cx, args: &Args) -> Result<Judge> {
    let judge = Judge::read(&cx.paths.patches().join("checks.toml"))?;
    match &args.baseline {
        Some(path) => judge.with_baseline(path),
        None => Ok(judge),
    }
}

/// Checks the project's own series, as `cargo xtask ci` does.
///
/// # Errors
/// As [`run`].
pub fn own_series(cx: &Cx) -> Result<Exit> {
    use clap::Parser;
    #[derive(Parser)]
    struct Own {
        #[command(flatten)]
        args: Args,
    }
    run(cx, &Own::parse_from(["check"]).args)
}

fn list(cx: &Cx) -> Exit {
    let rows: Vec<(&str, String, String, String)> = checks::RULES
        .iter()
        .map(|rule| {
            let text = rule.section("What it does");
            (rule.name, levels(rule), rule.certainty.to_string(), text)
        })
        .collect();
    let width = |of: fn(&(&str, String, String, String)) -> usize| rows.iter().map(of).max();
    let name = width(|row| row.0.len()).unwrap_or(0);
    let levels = width(|row| row.1.len()).unwrap_or(0);
    let certainty = width(|row| row.2.len()).unwrap_or(0);
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            format!(
                " {:name$}  {:levels$}  {:certainty$}  {}",
                row.0, row.1, row.2, row.3
            )
        })
        .collect();
    cx.ui.result(&lines.join("\n"));
    Exit::Passed
}

fn levels(rule: &Rule) -> String {
    let names: Vec<String> = rule.levels.iter().map(Level::to_string).collect();
    names.join("/").to_lowercase()
}

fn explain(cx: &Cx, name: &str) -> Result<Exit> {
    let rule = checks::rule(name).ok_or_else(|| {
        Stop::environment(format!("there is no rule `{name}`")).help("cargo xtask check --list")
    })?;
    cx.ui.result(&format!(
        "{} ({}, {})\n\n{}",
        rule.name,
        levels(rule),
        rule.certainty,
        rule.documentation().trim_end()
    ));
    Ok(Exit::Passed)
}

fn options(args: &Args) -> Result<Options> {
    Ok(Options {
        strict: args.strict,
        ignore: types(&args.ignore)?,
        only: types(&args.types)?,
        // Nobody signs off what is still in the works.
        sign_off: args.names(),
        ..Options::default()
    })
}

fn types(names: &[String]) -> Result<HashSet<String>> {
    let known = |name: &String| checks::rule(name).is_some() || name == "C99_COMMENT_TOLERANCE";
    let names: HashSet<String> = names.iter().map(|name| name.to_uppercase()).collect();
    match names.iter().find(|name| !known(name)) {
        Some(name) => Err(Stop::environment(format!("there is no rule `{name}`"))
            .help("cargo xtask check --list")
            .into()),
        None => Ok(names),
    }
}

/// The kernel to ask: the user's, else that of the current folder, else the base
/// of the series if it is there already. Nothing is fetched to check a few lines.
fn world(cx: &Cx, args: &Args) -> Result<Kernel> {
    let kernel = if args.no_tree {
        without_tree(cx, args)?
    } else if let Some(dir) = &args.tree {
        Kernel::folder(dir)?
    } else if args.source.linux.is_some() || args.source.tarball.is_some() || args.source.update {
        let series = Series::select(cx, &args.series)?;
        Kernel::commit(&source::obtain(cx, &args.source, &series.about.base)?)?
    } else if let Some(kernel) = Kernel::around() {
        kernel?
    } else {
        let series = Series::select(cx, &args.series)?;
        match source::cached(cx, &series.about.base) {
            Some(source) => Kernel::commit(&source)?,
            None => {
                cx.ui.note(
                    "warning: no kernel was fetched yet, so rules that ask it are silent\n  help: cargo xtask setup && cargo xtask series apply",
                );
                Kernel::none()
            }
        }
    };
    let kernel = kernel.with_seeds(cx.paths.bases().join("camelcase"));
    let kernel = match &args.git_dir {
        Some(dir) => kernel.with_history(dir),
        None => kernel,
    };
    Ok(match &args.codespell {
        Some(file) => kernel.with_spelling(codespell::dictionary(file.as_deref())?),
        None => kernel,
    })
}

/// No kernel to ask. The lists that checkpatch.pl reads all the same are those
/// of the kernel that is compared with, or of the base of the series.
fn without_tree(cx: &Cx, args: &Args) -> Result<Kernel> {
    if let Some(dir) = &args.tree {
        if !args.parity {
            return Err(Stop::environment("--tree and --no-tree do not go together").into());
        }
        return Ok(Kernel::none().with_lists_of(Kernel::folder(dir)?));
    }
    let series = Series::select(cx, &args.series).ok();
    let source = series.and_then(|series| source::cached(cx, &series.about.base));
    Ok(match source {
        Some(source) => Kernel::none().with_lists_of(Kernel::commit(&source)?),
        None => Kernel::none(),
    })
}

fn inputs(cx: &Cx, args: &Args, world: &Kernel) -> Result<Vec<Source>> {
    if args.names() {
        return input::select(&Names {
            any: &args.paths,
            files: &args.files,
            sources: args.file,
            tree: world.dir(),
            git_dir: args.git_dir.as_deref(),
        });
    }
    if args.file {
        return Err(Stop::environment("-f needs a file or folder")
            .help("cargo xtask check -f mm/gup.c")
            .into());
    }
    let series = Series::select(cx, &args.series)?;
    let here = std::env::current_dir().unwrap_or_default();
    Ok(series
        .patches
        .iter()
        .map(|path| Source::patch(path.strip_prefix(&here).unwrap_or(path)))
        .collect())
}

/// The cover letter of the series, if that is what is checked.
fn cover(cx: &Cx, args: &Args) -> Result<Option<Mail>> {
    match args.names() {
        true => Ok(None),
        false => whole::cover(&Series::select(cx, &args.series)?),
    }
}

/// Shows, and perhaps writes, the lines as they should be.
fn fix(cx: &Cx, args: &Args, inputs: &[Source], options: &Options, world: &Kernel) -> Result<Exit> {
    let mut count = 0;
    for source in inputs {
        crate::interrupt::check()?;
        let text = source.read()?;
        let (fixed, changes) = checked::fix::fix(source, &text, options, world);
        if changes.is_empty() {
            continue;
        }
        count += changes.len();
        cx.ui.result(&checked::format::diff(&source.name, &changes));
        match &source.origin {
            Origin::File(_) if args.write && text.decoded => {
                return Err(Stop::environment(format!("{} is encoded", source.name))
                    .help("mend the commit, and send it as plain text")
                    .into());
            }
            Origin::File(path) if args.write => fsx::write_atomic(path, &fixed)?,
            _ if args.write => {
                return Err(Stop::environment(format!("{} is no file", source.name))
                    .help("cargo xtask check --fix shows what to change")
                    .into());
            }
            _ => {}
        }
    }
    let done = if args.write { "mended" } else { "to mend" };
    cx.ui.stage("check", &format!("{count} lines {done}"));
    Ok(Exit::Passed)
}

/// Differences that are named.
const SHOWN: usize = 50;

fn compare(cx: &Cx, args: &Args, inputs: &[Source], options: &Options) -> Result<Exit> {
    let dir = match &args.tree {
        Some(dir) => dir.clone(),
        None => {
            let series = Series::select(cx, &args.series)?;
            let source = source::obtain(cx, &args.source, &series.about.base)?;
            let _lock = cx.lock_work()?;
            tree::prepare(cx, &source, &series, Variant::Stock)?.src
        }
    };
    let kernel = Kernel::folder(&dir)?;
    let world = match args.no_tree {
        true => Kernel::none().with_lists_of(kernel),
        false => kernel.with_seeds(cx.paths.bases().join("camelcase")),
    };
    let world = match &args.git_dir {
        Some(dir) => world.with_history(dir),
        None => world,
    };
    let script = Script {
        tree: &dir,
        no_tree: args.no_tree,
        git_dir: args.git_dir.as_deref(),
    };
    let drawn = match args.seed {
        Some(seed) => Some(input::draw(&dir, seed, args.draw)?),
        None => None,
    };
    let inputs = drawn.as_deref().unwrap_or(inputs);
    let bar = cx.ui.bar(
        "check",
        "asking checkpatch.pl",
        inputs.len() as u64,
        "inputs",
    );
    let options = Options {
        sign_off: true,
        ..options.clone()
    };
    let parity = parity::compare(inputs, &options, &world, &script, |done| {
        bar.set(done as u64)
    })?;
    drop(bar);
    cx.ui.result(&table(&parity));
    for (index, line, kind, more) in parity.differences.iter().take(SHOWN) {
        let side = if *more > 0 { "here" } else { "there" };
        let name = &inputs[*index].name;
        cx.ui.result(&format!("only {side}: {name}:{line}: {kind}"));
    }
    if args.time {
        cx.ui.result(&times(&parity, world.case()));
    }
    let total = parity.total();
    Ok(if total.ours + total.theirs + parity.levels == 0 {
        Exit::Passed
    } else {
        Exit::Failed
    })
}

fn table(parity: &Parity) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "type",
        "both",
        "only here",
        "only there",
        "precision",
        "recall",
    ]);
    let mut rows: Vec<(String, parity::Row)> = parity.types.clone().into_iter().collect();
    rows.sort_by_key(|(_, row)| std::cmp::Reverse(row.both + row.theirs));
    rows.push(("all".to_owned(), parity.total()));
    for (name, row) in rows {
        table.add_row([
            name,
            row.both.to_string(),
            row.ours.to_string(),
            row.theirs.to_string(),
            format!("{:.4}", row.precision()),
            format!("{:.4}", row.recall()),
        ]);
    }
    format!("{}\n{} levels differ", table.trim_fmt(), parity.levels)
}

/// How long each took, and what was measured.
fn times(parity: &Parity, case: &str) -> String {
    let line = |what: &str, time: parity::Time| {
        format!(
            "{what:<14}{:>9.3} s, {:.3} s of processors",
            time.elapsed.as_secs_f64(),
            time.processors.as_secs_f64()
        )
    };
    let (elapsed, processors) = parity.ours.ratios(&parity.theirs);
    format!(
        "{}\n{}\n{elapsed:.0} times as fast, {processors:.0} times by processor, {case}",
        line("here", parity.ours),
        line("checkpatch.pl", parity.theirs)
    )
}

fn deep(cx: &Cx, args: &Args) -> Result<Exit> {
    let series = Series::select(cx, &args.series)?;
    setup::complete(cx, Profile::Release)?;
    let toolchain = Toolchain::find(cx)?;
    let source = source::obtain(cx, &args.source, &series.about.base)?;
    let _lock = cx.lock_work()?;
    let tree = tree::prepare(cx, &source, &series, Variant::Series)?;
    let content = results::content(cx, &tree)?;
    let mut exit = Exit::Passed;
    let mut tools = Vec::new();
    for findings in deep::check(cx, &tree, &judge(cx, args)?, &toolchain)? {
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
