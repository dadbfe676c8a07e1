// SPDX-License-Identifier: GPL-2.0-only
//! The rehearsal. In: a series, its base, and who would send it. Out: the mails
//! as files, proof that they are the series, and what is in the way of sending
//! them. Nothing leaves the machine.

use std::collections::BTreeSet;
use std::path::PathBuf;

use anyhow::{Context, Result};
use checks::{Diagnostic, Level};
use sha2::{Digest, Sha256};

use crate::checked;
use crate::context::Cx;
use crate::fsx;
use crate::proc::{self, git};
use crate::recipients::{Commit, Mailbox, Maintainers};
use crate::results;
use crate::results::judge::judge;
use crate::results::letter::{self, Marks};
use crate::series::content::Content;
use crate::series::{Series, refresh};
use crate::source::Source;
use crate::source::archive::hex;
use crate::stop::Stop;
use crate::tree;

use super::cover::{self, Surroundings};
use super::identity::{Identity, is_placeholder};
use super::journal::Journal;
use super::patch::Patch;
use super::thread::{self, Field, Frame, Letter, Reader, Readers};
use super::{Message, Outgoing, Progress};

/// How to rehearse.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Add the sender's sign-off where it is missing.
    pub signoff: bool,
    /// The source is a clone, whose commits others have, too.
    pub public_base: bool,
    /// What commands are to be given so that they take the same base and series.
    pub again: String,
}

/// What a rehearsal found.
#[derive(Debug)]
pub struct Rehearsal {
    /// The mails, on disk.
    pub outgoing: Outgoing,
    /// The thread, with the reason for every reader.
    pub letters: Vec<Letter>,
    /// `git diff --stat` over the series.
    pub diffstat: String,
    /// Hash of the tree that the mails make of the base: that of the patches.
    pub tree: String,
    /// The base, and how old it is.
    pub base: String,
    /// What has to be done before it can be sent.
    pub blockers: Vec<String>,
    /// What is worth to know.
    pub notes: Vec<String>,
}

/// Writes the mails of `series` and tries them.
///
/// # Errors
/// A patch that does not apply, a body that mail would change, mails of an
/// earlier attempt to send that are still there.
pub fn rehearse(
    cx: &Cx,
    series: &Series,
    source: &Source,
    identity: &Identity,
    options: Options,
) -> Result<Rehearsal> {
    let outgoing = Outgoing::folder(cx, series);
    let _journal = refuse_sent(&outgoing, series.about.version)?;
    let head = cx.timed("git am of the patches", || {
        tree::try_apply(cx, source, &series.patches)
    })?;
    let mut patches = load(series, identity, &options)?;
    let mut texts = cover::texts(series)?;
    let mut blockers = Vec::new();
    let mut notes = Vec::new();
    content_blockers(series, identity, &patches, &texts, &mut blockers);
    let repo = cx.paths.work_repo();
    let content = cx.timed("patch-ids", || Content::of(&repo, &source.commit, &head))?;
    let known = results::recall(cx, &series.name, &content);
    judge(&known, &options.again, &mut blockers, &mut notes);
    let found = cx.timed("check", || checked::series(cx, series, source))?;
    add_findings(&found, &options.again, &mut blockers, &mut notes);
    if let Some(text) = &mut texts {
        let (filled, faults) = letter::fill(&text.body, &known, Marks::Drop);
        text.body = filled;
        blockers.extend(faults);
    }
    // The mails are made of the patch files.
    if let Some(src) = cx.timed("worktree", || refresh::pending(cx, series))? {
        blockers.push(format!(
            "{} has work that is in no patch file (cargo xtask series refresh)",
            src.display()
        ));
    }
    let base_commit = base_commit(series, source, &options, &mut blockers);

    let kernel = Commit::open(&repo, &head)?;
    let maintainers = cx.timed("MAINTAINERS", || Maintainers::read(&kernel))?;
    let mut readers = cx.timed("recipients", || {
        Ok(choose(
            series,
            identity,
            &maintainers,
            &kernel,
            &patches,
            &mut notes,
        ))
    })?;
    let union = union(&mut readers);
    if series.about.recipients.whole_series {
        readers = vec![union.clone(); patches.len()];
    }

    let range = format!("{}..{head}", source.commit);
    let diffstat =
        proc::read(git(&repo).args(["diff", "--stat=74", "--summary", "--find-renames", &range]))?;
    let range_diff = cx.timed("range-diff", || {
        range_diff(cx, series, source, &head, &mut notes)
    })?;
    let footer = cover::footer(series, base_commit.as_deref());
    let all: Vec<&Patch> = patches.iter().map(|(patch, _)| patch).collect();
    let cover = texts.map(|text| {
        let surroundings = Surroundings {
            shortlog: thread::shortlog(&all),
            diffstat: &diffstat,
            range_diff: range_diff.as_deref(),
            footer: &footer,
        };
        cover::compose(series, &text, &surroundings, union)
    });
    for ((_, slot), readers) in patches.iter_mut().zip(readers) {
        *slot = readers;
    }

    let time = jiff::Timestamp::now();
    let slug = slug(series, time);
    let frame = Frame {
        sender: &identity.sender,
        prefixes: &series.about.prefixes,
        version: series.about.version,
        slug: &slug,
        random: &random(&slug, time),
        signature: &signature()?,
        time: time.as_second(),
    };
    let letters = thread::build(&frame, cover.as_ref(), &patches, &footer);
    if letters.iter().any(|letter| letter.readers.0.is_empty()) {
        blockers.push(
            "a mail has no recipient: MAINTAINERS names nobody, and neither does series.toml"
                .to_owned(),
        );
    }
    for address in placeholders(&letters, &patches) {
        blockers.push(format!("{address} stands for somebody and reaches nobody"));
    }
    let outgoing = cx.timed("writing", || write(outgoing, &letters))?;
    let tree = cx.timed("git am of the mails", || {
        compare(cx, source, &outgoing, &head, cover.is_some())
    })?;
    Ok(Rehearsal {
        outgoing,
        letters,
        diffstat,
        tree,
        base: age(cx, source, time)?,
        blockers,
        notes,
    })
}

/// Mails of which one may have left are not replaced. The journal of an attempt
/// that came to nothing is kept from others until new mails are in its place.
fn refuse_sent(dir: &std::path::Path, version: u32) -> Result<Option<Journal>> {
    Err(match Progress::of(dir)? {
        Progress::Nothing(journal) => return Ok(journal),
        Progress::Half(left) => Stop::environment(format!(
            "v{version} is on its way, {left} mails are left: new ones would go out twice"
        ))
        .help("cargo xtask send-series --resume"),
        Progress::All => Stop::environment(format!("v{version} was sent"))
            .help("cargo xtask series next     # begins the next version"),
    }
    .into())
}

fn load(series: &Series, identity: &Identity, options: &Options) -> Result<Vec<(Patch, Readers)>> {
    if series.patches.is_empty() {
        return Err(Stop::failed(format!("{} has no patches", series.name)).into());
    }
    let mut patches = Vec::new();
    for path in &series.patches {
        let mut patch = Patch::load(path)?;
        if is_placeholder(&patch.author.address) {
            patch.author = identity.sender.clone();
        }
        if options.signoff {
            patch.sign_off(&identity.sender);
        }
        patches.push((patch, Readers::default()));
    }
    Ok(patches)
}

fn content_blockers(
    series: &Series,
    identity: &Identity,
    patches: &[(Patch, Readers)],
    cover: &Option<cover::Text>,
    blockers: &mut Vec<String>,
) {
    let sender = &identity.sender;
    if is_placeholder(&sender.address) {
        blockers.push(format!("the sender {sender} is a placeholder"));
    }
    let unsigned: Vec<&str> = patches
        .iter()
        .filter(|(patch, _)| !patch.is_signed_by(sender))
        .map(|(patch, _)| patch.stem.as_str())
        .collect();
    if !unsigned.is_empty() {
        blockers.push(format!(
            "{} of {} patches have no Signed-off-by of {sender}, the first is {} (--signoff adds it)",
            unsigned.len(),
            patches.len(),
            unsigned[0]
        ));
    }
    for (patch, _) in patches {
        if patch.split().0.contains("EDITME") || patch.subject.contains("EDITME") {
            blockers.push(format!("{} has an EDITME mark", patch.stem));
        }
    }
    if series.about.title.contains("EDITME") {
        blockers.push("series.toml has an EDITME mark".to_owned());
    }
    if series.about.change_id.is_none() {
        blockers.push(format!(
            "series.toml has no change-id; add: change-id = \"{}\"",
            crate::series::next::new_change_id(&series.name)
        ));
    }
    cover::blockers(series, cover.as_ref(), patches.len(), blockers);
}

/// Errors are in the way; what may be otherwise is for a person to decide.
fn add_findings(
    found: &[(String, Diagnostic)],
    again: &str,
    blockers: &mut Vec<String>,
    notes: &mut Vec<String>,
) {
    for (level, what, list) in [
        (Level::Error, "errors", blockers),
        (Level::Warning, "warnings", notes),
    ] {
        let mut of_level = found.iter().filter(|(_, finding)| finding.level == level);
        if let Some((place, first)) = of_level.next() {
            list.push(format!(
                "check finds {} {what}, the first at {place}: {}: {} (cargo xtask check{again})",
                of_level.count() + 1,
                first.kind,
                first.message
            ));
        }
    }
}

fn base_commit(
    series: &Series,
    source: &Source,
    options: &Options,
    blockers: &mut Vec<String>,
) -> Option<String> {
    let told = series.about.base_commit.clone();
    if options.public_base {
        if told.as_ref().is_some_and(|told| *told != source.commit) {
            blockers.push(format!(
                "series.toml names another base-commit than {}, on which this was tried",
                source.commit
            ));
        }
        return Some(source.commit.clone());
    }
    if told.is_none() {
        blockers.push(
            "the base is an archive, not a commit that others have: \
             rehearse with --linux DIR --base REF, or name base-commit in series.toml"
                .to_owned(),
        );
    }
    told
}

/// Who gets each patch.
fn choose(
    series: &Series,
    identity: &Identity,
    maintainers: &Maintainers,
    kernel: &Commit,
    patches: &[(Patch, Readers)],
    notes: &mut Vec<String>,
) -> Vec<Readers> {
    let corrections = &series.about.recipients;
    let dropped: Vec<String> = corrections
        .drop
        .iter()
        .map(|text| Mailbox::parse(text).map_or_else(|| text.to_lowercase(), |box_| box_.key()))
        .collect();
    let mut chosen = Vec::new();
    for (patch, _) in patches {
        let mut wanted: Vec<(String, Field, String)> = Vec::new();
        for found in maintainers.of_patch(kernel, &patch_text(patch)) {
            let asked = found.role.starts_with("maintainer:") || found.role.contains("in file");
            let field = if asked { Field::To } else { Field::Cc };
            wanted.push((found.address, field, found.role));
        }
        for (list, field, why) in [
            (&corrections.to, Field::To, "series.toml"),
            (&corrections.cc, Field::Cc, "series.toml"),
            (&identity.to, Field::To, "git config"),
            (&identity.cc, Field::Cc, "git config"),
        ] {
            wanted.extend(
                list.iter()
                    .map(|text| (text.clone(), field, why.to_owned())),
            );
        }
        if !identity.suppresses("author") {
            wanted.push((patch.author.to_string(), Field::Cc, "author".to_owned()));
        }
        wanted.extend(from_trailers(patch, identity, maintainers));

        let mut readers = Readers::default();
        for (text, field, why) in wanted {
            let Some(mailbox) = Mailbox::parse(&text) else {
                notes.push(format!(
                    "{}: `{text}` ({why}) is no mail address",
                    patch.stem
                ));
                continue;
            };
            let key = mailbox.key();
            if key != identity.sender.key() && !dropped.contains(&key) {
                readers.add(Reader {
                    mailbox,
                    field,
                    why,
                });
            }
        }
        readers.settle();
        chosen.push(readers);
    }
    chosen
}

/// The patch as get_maintainer.pl would be given it.
fn patch_text(patch: &Patch) -> String {
    format!("Subject: [PATCH] {}\n\n{}", patch.subject, patch.text)
}

fn from_trailers(
    patch: &Patch,
    identity: &Identity,
    maintainers: &Maintainers,
) -> Vec<(String, Field, String)> {
    let mut found = Vec::new();
    for trailer in patch.trailers() {
        let key = trailer.key.to_lowercase();
        let kind = match key.as_str() {
            "signed-off-by" => "sob",
            "cc" => "bodycc",
            // Of tools, as `Assisted-by:` names them, nobody reads mail.
            key if key.ends_with("-by") && trailer.value.contains('@') => "misc-by",
            _ => continue,
        };
        let value = trailer.value.split(" # ").next().unwrap_or_default();
        let mailbox = maintainers.today(value);
        if identity.suppresses(kind) || (kind != "bodycc" && maintainers.ignores(&mailbox)) {
            continue;
        }
        found.push((mailbox, Field::Cc, trailer.key.clone()));
    }
    found
}

/// Everybody who gets any of the patches.
fn union(all: &mut [Readers]) -> Readers {
    let mut union = Readers::default();
    for readers in all {
        for reader in &readers.0 {
            union.add(reader.clone());
        }
    }
    union.settle();
    union
}

fn range_diff(
    cx: &Cx,
    series: &Series,
    source: &Source,
    head: &str,
    notes: &mut Vec<String>,
) -> Result<Option<String>> {
    let version = series.about.version;
    if version < 2 {
        return Ok(None);
    }
    match crate::series::diff::range_diff(cx, series, source, version - 1, head) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.downcast_ref::<Stop>().is_some() => {
            notes.push(format!("no range-diff against v{}: {error}", version - 1));
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

fn slug(series: &Series, time: jiff::Timestamp) -> String {
    let slug = match &series.about.change_id {
        Some(id) => id
            .rsplit_once('-')
            .map_or(id.as_str(), |(slug, _)| slug)
            .to_owned(),
        None => format!("{}-{}", time.strftime("%Y%m%d"), series.name),
    };
    slug.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '-'
            }
        })
        .collect()
}

fn random(slug: &str, time: jiff::Timestamp) -> String {
    let mut hasher = Sha256::new();
    hasher.update(slug);
    hasher.update(time.as_nanosecond().to_le_bytes());
    hasher.update(std::process::id().to_le_bytes());
    hex(&hasher.finalize())[..12].to_owned()
}

/// The version of git, as git itself signs patches.
fn signature() -> Result<String> {
    let said = proc::read(std::process::Command::new("git").arg("--version"))?;
    Ok(said.trim_start_matches("git version ").to_owned())
}

/// Those who are named but do not exist: as recipients, or only in a trailer
/// that makes nobody one.
fn placeholders(letters: &[Letter], patches: &[(Patch, Readers)]) -> BTreeSet<String> {
    let readers = letters.iter().flat_map(|letter| &letter.readers.0);
    let readers = readers.map(|reader| (reader.mailbox.clone(), reader.why.clone()));
    let trailers = patches.iter().flat_map(|(patch, _)| patch.trailers());
    let trailers =
        trailers.filter_map(|trailer| Some((Mailbox::parse(&trailer.value)?, trailer.key)));
    readers
        .chain(trailers)
        .filter(|(mailbox, _)| is_placeholder(&mailbox.address))
        .map(|(mailbox, why)| format!("{mailbox} ({why})"))
        .collect()
}

fn write(dir: PathBuf, letters: &[Letter]) -> Result<Outgoing> {
    // All are made before the first is written, and before the old ones go.
    let mut rendered = Vec::new();
    for letter in letters {
        rendered.push(letter.draft.render()?);
    }
    fsx::remove_dir(&dir)?;
    fsx::create_dir(&dir)?;
    let mut messages = Vec::new();
    for (letter, bytes) in letters.iter().zip(rendered) {
        let path = dir.join(format!("{}.eml", letter.stem));
        std::fs::write(&path, bytes)
            .map_err(|error| fsx::explain(error, &path))
            .with_context(|| format!("cannot write {}", path.display()))?;
        let readers = letter.readers.0.iter();
        messages.push(Message {
            path,
            message_id: format!("<{}>", letter.draft.id),
            from: letter.draft.from.address.clone(),
            recipients: readers
                .map(|reader| reader.mailbox.address.clone())
                .collect(),
            subject: letter.draft.subject.clone(),
        });
    }
    let outgoing = Outgoing { dir, messages };
    outgoing.save()?;
    Ok(outgoing)
}

/// What `git am` makes of the mails is what the patch files make of the base.
fn compare(
    cx: &Cx,
    source: &Source,
    outgoing: &Outgoing,
    head: &str,
    has_cover: bool,
) -> Result<String> {
    let mails: Vec<PathBuf> = outgoing
        .messages
        .iter()
        .skip(usize::from(has_cover))
        .map(|message| message.path.clone())
        .collect();
    let got = tree::try_tree(cx, source, &mails).context("the mails are not the series")?;
    let wanted =
        proc::read(git(&cx.paths.work_repo()).args(["rev-parse", &format!("{head}^{{tree}}")]))?;
    if wanted != got {
        return Err(Stop::failed(format!(
            "the mails make the tree {got} of the base, the patch files {wanted}"
        ))
        .into());
    }
    Ok(got)
}

fn age(cx: &Cx, source: &Source, now: jiff::Timestamp) -> Result<String> {
    let when = proc::read(git(&cx.paths.work_repo()).args([
        "show",
        "--no-patch",
        "--format=%ct",
        &source.commit,
    ]))?;
    let days = (now.as_second() - when.trim().parse::<i64>()?) / 86_400;
    let days = if days == 1 {
        "1 day".to_owned()
    } else {
        format!("{days} days")
    };
    Ok(format!(
        "Linux {} of {days} ago, {}",
        source.release, source.origin
    ))
}
