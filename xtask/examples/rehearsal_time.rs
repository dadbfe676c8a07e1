// SPDX-License-Identifier: GPL-2.0-only
//! How long the rehearsal of a long series takes on a real kernel, in the build
//! that `cargo xtask` uses:
//!
//!     KERNEL_TREE=~/linux cargo run -p xtask --example rehearsal_time [PATCHES]
//!
//! Without `KERNEL_TREE` it is a base of the tool's cache. The series is made
//! up, of patches to files all over the tree, with a version before it to be
//! compared with.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result};
use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Repository};
use xtask::context::Cx;
use xtask::mail::identity::Identity;
use xtask::mail::journal::{Journal, NAME};
use xtask::mail::rehearse::{Options, rehearse};
use xtask::mail::send::{Sealed, seal};
use xtask::paths::Paths;
use xtask::proc::{self, git};
use xtask::recipients::Mailbox;
use xtask::series::Series;
use xtask::source::{self, Source};
use xtask::ui::Ui;

const ROUNDS: usize = 5;

const TOML: &str = "title = \"all over: say more\"\nbase = \"7.3\"\nversion = 2\n\
    change-id = \"20260101-long-0123456789ab\"\n[[earlier]]\nversion = 1\nlink = \"https://example.com/1\"\n";

fn main() -> Result<()> {
    let count = std::env::args()
        .nth(1)
        .map_or(Ok(100), |text| text.parse())?;
    let kernel = kernel()?;
    let room = tempfile::tempdir()?;
    let workspace = room.path().join("workspace");
    let dir = workspace.join("linux-patches/long");
    std::fs::create_dir_all(dir.join("v1"))?;
    std::fs::create_dir_all(workspace.join(".work"))?;
    std::fs::write(dir.join("series.toml"), TOML)?;
    std::fs::write(
        dir.join("cover-letter.md"),
        "# [PATCH v2 000/100] all over: say more\n\nWhy.\n\nChanges in v2:\n- more\n",
    )?;
    write_patches(&kernel, room.path(), count, "first", &dir.join("v1"))?;
    write_patches(&kernel, room.path(), count, "second", &dir)?;

    let cx = Cx::with(
        Paths::new(workspace, room.path().join("cache")),
        Ui::quiet(),
    );
    let series = Series::load(&dir)?;
    let identity = Identity {
        sender: Mailbox::parse("Dev <dev@dev.example>").context("an address")?,
        to: Vec::new(),
        cc: Vec::new(),
        suppress: Vec::new(),
    };
    for round in 1..=ROUNDS {
        let (start, cpu) = (Instant::now(), cpu_s());
        let options = Options {
            signoff: true,
            public_base: true,
            again: String::new(),
        };
        let rehearsal = rehearse(&cx, &series, &kernel, &identity, options)?;
        let mails = cx.timed("checks of the mails", || seal(&rehearsal.outgoing, None))?;
        cx.timed("journal", || journal(&rehearsal.outgoing.dir, &mails))?;
        println!(
            "round {round}: {:.2} s, {:.2} s of a CPU, for {} mails",
            start.elapsed().as_secs_f64(),
            cpu_s() - cpu,
            rehearsal.letters.len()
        );
    }
    for timing in cx.timings() {
        println!("  {:>6} ms  {}", timing.ms, timing.stage);
    }
    Ok(())
}

/// All that is written when every mail is sent at once.
fn journal(dir: &Path, mails: &[Sealed]) -> Result<()> {
    let mut journal = Journal::begin(dir, "digest", "nowhere", mails.len())?;
    for mail in mails {
        journal.leaving(&mail.id)?;
        journal.sent(&mail.id, "250 2.0.0 Ok: queued")?;
    }
    std::fs::remove_file(dir.join(NAME))?;
    Ok(())
}

/// What this process and those that it ran took: on a busy machine the clock
/// says little.
fn cpu_s() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks: f64 = fields
        .split_whitespace()
        .skip(11)
        .take(4)
        .filter_map(|field| field.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn kernel() -> Result<Source> {
    let repo = match std::env::var_os("KERNEL_TREE") {
        Some(dir) => PathBuf::from(dir),
        None => {
            let cache = Paths::discover()?.bases();
            let mut bases = std::fs::read_dir(&cache)
                .with_context(|| format!("no kernel in {}: set KERNEL_TREE", cache.display()))?;
            let base = bases
                .next()
                .context("no kernel is cached: set KERNEL_TREE")??;
            base.path().join("linux.git")
        }
    };
    let commit = match proc::read(git(&repo).args(["rev-parse", "HEAD^{commit}"])) {
        Ok(commit) => commit,
        Err(_) => proc::read(git(&repo).args(["rev-list", "--all", "--max-count=1"]))?,
    };
    let makefile = proc::read(git(&repo).args(["show", &format!("{commit}:Makefile")]))?;
    Ok(Source {
        release: source::release_of(&makefile).context("no kernel")?,
        origin: "somewhere".to_owned(),
        sha256: String::new(),
        repo: Repository::discover(&repo)?.commondir().to_owned(),
        commit,
    })
}

/// Commits that add a line to a file each, exported.
fn write_patches(kernel: &Source, room: &Path, count: usize, word: &str, to: &Path) -> Result<()> {
    let dir = room.join(word);
    let repo = Repository::init_bare(&dir)?;
    let objects = kernel.repo.join("objects").display().to_string();
    std::fs::write(dir.join("objects/info/alternates"), objects + "\n")?;
    drop(repo);
    let repo = Repository::open(&dir)?;
    let base = Oid::from_str(&kernel.commit)?;
    let files = files(&repo, base, count)?;
    let mut head = base;
    for (index, (path, mode, id)) in files.iter().enumerate() {
        let who = git2::Signature::new(
            "Dev",
            "dev@dev.example",
            &git2::Time::new(1_700_000_000 + index as i64, 0),
        )?;
        let blob = repo.find_blob(*id)?;
        let text = String::from_utf8_lossy(blob.content());
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..20 {
            lines.insert(lines.len() / 2, format!("/* {word} {index} */"));
        }
        let blob = repo.blob((lines.join("\n") + "\n").as_bytes())?;
        let parent = repo.find_commit(head)?;
        let mut update = TreeUpdateBuilder::new();
        let tree = update
            .upsert(path.as_str(), blob, *mode)
            .create_updated(&repo, &parent.tree()?)?;
        let message = format!("{path}: say more\n\nReason number {index}.\n");
        let tree = repo.find_tree(tree)?;
        head = repo.commit(None, &who, &who, &message, &tree, &[&parent])?;
    }
    proc::read(
        git(&dir)
            .args(["format-patch", "--quiet", "--zero-commit", "--no-signature"])
            .args(["--no-numbered", "--abbrev=12", "--stat=76", "-o"])
            .arg(to)
            .arg(format!("{base}..{head}")),
    )?;
    Ok(())
}

/// Sources all over the tree.
fn files(repo: &Repository, base: Oid, count: usize) -> Result<Vec<(String, FileMode, Oid)>> {
    let mut all = Vec::new();
    let tree = repo.find_commit(base)?.tree()?;
    tree.walk(git2::TreeWalkMode::PreOrder, |dir, entry| {
        let name = entry.name().unwrap_or_default();
        if name.ends_with(".c") && entry.filemode() == 0o100_644 {
            all.push((format!("{dir}{name}"), FileMode::Blob, entry.id()));
        }
        git2::TreeWalkResult::Ok
    })?;
    let step = (all.len() / count).max(1);
    Ok(all.into_iter().step_by(step).take(count).collect())
}
