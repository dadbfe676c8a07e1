// SPDX-License-Identifier: GPL-2.0-only
//! What a version was when it was sent. In: the mails of its thread, the
//! rehearsed mails, the folder that keeps it. Out: its patches.

use std::path::PathBuf;

use anyhow::Result;

use crate::context::Cx;
use crate::mail::Outgoing;
use crate::mail::patch::Patch;
use crate::series::{Series, patch_files, patch_id};

use super::checklist::{Checklist, Sent};
use super::letter::{self, Letter, Tags, bare_title};

/// A patch or a cover letter of some version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Original {
    /// From 1; the cover letter is 0.
    pub patch: u32,
    /// Subject without tags.
    pub title: String,
    /// Message-ID without brackets; empty where it is not known.
    pub id: String,
    /// Description and diff.
    pub text: String,
}

impl Original {
    /// The patch or cover letter that a mail is, and its version.
    pub fn of_letter(letter: &Letter) -> Option<(u32, Self)> {
        let tags = Tags::of(&letter.subject).filter(|_| !letter.is_reply())?;
        let has_diff =
            letter.body.starts_with("diff --git ") || letter.body.contains("\ndiff --git ");
        let patch = match tags.number {
            Some((0, _)) => 0,
            Some((number, _)) if has_diff => number,
            None if has_diff => 1,
            _ => return None,
        };
        let original = Self {
            patch,
            title: bare_title(&letter.subject),
            id: letter.id.clone(),
            text: letter.body.clone(),
        };
        Some((tags.version, original))
    }

    fn of_file(number: usize, patch: Patch) -> Self {
        Self {
            patch: u32::try_from(number).unwrap_or(u32::MAX),
            title: letter::words(&patch.subject),
            id: String::new(),
            text: patch.text,
        }
    }
}

/// What the rehearsal wrote for a version; it was not necessarily sent.
pub fn rehearsed(cx: &Cx, series: &Series, version: u32) -> Vec<Original> {
    // Whatever is wrong with these mails, reading a review goes on without.
    let Ok(outgoing) = Outgoing::load(&Outgoing::folder_of(cx, series, version)) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for message in &outgoing.messages {
        let letters = std::fs::read(&message.path).map(|bytes| letter::read(&bytes));
        for letter in letters.into_iter().flatten().flatten() {
            found.extend(Original::of_letter(&letter).map(|(_, original)| original));
        }
    }
    found
}

/// The patches that are kept of a version; those of today, where it is the
/// current one.
///
/// # Errors
/// A patch file that cannot be read.
pub fn on_disk(series: &Series, version: u32) -> Result<Vec<Original>> {
    if version == series.about.version {
        return files(&series.patches);
    }
    kept(series, version)
}

fn kept(series: &Series, version: u32) -> Result<Vec<Original>> {
    let archive = series.archive(version);
    if version == series.about.version || !archive.is_dir() {
        return Ok(Vec::new());
    }
    files(&patch_files(&archive)?)
}

fn files(paths: &[PathBuf]) -> Result<Vec<Original>> {
    let numbered = paths.iter().enumerate();
    numbered
        .map(|(index, path)| Ok(Original::of_file(index + 1, Patch::load(path)?)))
        .collect()
}

/// What is remembered of `originals`: the cover letter has no patch-id.
///
/// # Errors
/// When git cannot be run.
pub fn records(version: u32, originals: &[Original]) -> Result<Vec<Sent>> {
    let mut records = Vec::new();
    for original in originals {
        records.push(Sent {
            version,
            patch: original.patch,
            id: original.id.clone(),
            title: original.title.clone(),
            patch_id: match original.patch {
                0 => String::new(),
                _ => patch_id::of(&original.text)?.unwrap_or_default(),
            },
        });
    }
    Ok(records)
}

/// The patches of a version as they were sent: as the list has them, and what
/// is missing there as this workspace keeps them.
///
/// # Errors
/// A patch file that cannot be read, no git.
pub fn of_version(series: &Series, list: &Checklist, version: u32) -> Result<Vec<Sent>> {
    let on_list = list.sent.iter().filter(|sent| sent.version == version);
    let mut all: Vec<Sent> = on_list.filter(|sent| sent.patch > 0).cloned().collect();
    for sent in records(version, &kept(series, version)?)? {
        if !all.iter().any(|known| known.patch == sent.patch) {
            all.push(sent);
        }
    }
    all.sort_by_key(|sent| sent.patch);
    Ok(all)
}
