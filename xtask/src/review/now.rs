// SPDX-License-Identifier: GPL-2.0-only
//! The code that a comment is about, as it is now: in the worktree, if it holds
//! this series, and in the patch files otherwise.

use std::path::Path;

use anyhow::Result;

use crate::context::Cx;
use crate::series::Series;
use crate::tree::Variant;
use crate::tree::state::Applied;

use super::checklist::Comment;
use super::hunk::is_plain;
use super::place::{Found, Text, says_something};
use super::quote::{Quoted, quoted_lines};
use super::sent;

/// Lines that are shown on either side.
const AROUND: usize = 6;
/// A file of a kernel that is read, in bytes; the largest has 20 MB.
const MAX_FILE: u64 = 32 << 20;

/// Some lines of the series.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file or patch that they are of.
    pub place: String,
    /// With their numbers, where they have any; the one in question is marked.
    pub lines: Vec<String>,
}

/// Finds the lines that `comment` quotes.
///
/// # Errors
/// A patch file that cannot be read.
pub fn find(cx: &Cx, series: &Series, comment: &Comment) -> Result<Option<Excerpt>> {
    let quoted = quoted_lines(&comment.quoted);
    let dir = cx.paths.variant(Variant::Series.name());
    let digest = series.digest()?;
    if Applied::load(&dir).is_some_and(|applied| applied.patches == digest)
        && let Some(file) = &comment.file
        && let Some(excerpt) = in_worktree(&dir.join("src"), file, comment, &quoted)
    {
        return Ok(Some(excerpt));
    }
    in_patches(series, comment, &quoted)
}

fn in_worktree(src: &Path, file: &str, comment: &Comment, quoted: &[Quoted]) -> Option<Excerpt> {
    // The name comes out of a mail, and the tree has symbolic links.
    let path = is_plain(file)
        .then(|| src.join(file))?
        .canonicalize()
        .ok()?;
    let inside = path.starts_with(src.canonicalize().ok()?);
    let size = path.metadata().ok()?.len();
    if !inside || !path.is_file() || size > MAX_FILE {
        return None;
    }
    let text = Text::of_code(&String::from_utf8_lossy(&std::fs::read(&path).ok()?));
    let found = text.find_code(quoted, comment.line.unwrap_or(1))?;
    let lines = is_convincing(found, quoted).then(|| around(&text, found, true))?;
    Some(Excerpt {
        place: format!("{file} in the worktree"),
        lines,
    })
}

fn in_patches(series: &Series, comment: &Comment, quoted: &[Quoted]) -> Result<Option<Excerpt>> {
    let mut best: Option<(Excerpt, (usize, bool))> = None;
    for (original, path) in sent::on_disk(series, series.about.version)?
        .iter()
        .zip(&series.patches)
    {
        let text = Text::of_patch(&original.text);
        let Some(found) = text
            .find(quoted)
            .filter(|found| is_convincing(*found, quoted))
        else {
            continue;
        };
        let rank = (found.score, original.title == comment.title);
        if best.as_ref().is_none_or(|(_, before)| rank > *before) {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let spot = text.spots[found.line].as_ref();
            let at = spot.map(|spot| format!(", {}:{}", spot.file, spot.line));
            let excerpt = Excerpt {
                place: format!("{name}{}", at.unwrap_or_default()),
                lines: around(&text, found, false),
            };
            best = Some((excerpt, rank));
        }
    }
    Ok(best.map(|(excerpt, _)| excerpt))
}

/// One line alone is found in places that have nothing to do with it.
fn is_convincing(found: Found, quoted: &[Quoted]) -> bool {
    let lines = quoted.iter().filter(|line| says_something(&line.text));
    found.score >= lines.count().min(2)
}

fn around(text: &Text, found: Found, numbered: bool) -> Vec<String> {
    let from = found.line.saturating_sub(AROUND);
    let to = (found.line + AROUND + 1).min(text.lines.len());
    // Of a patch, code is shown beside code.
    let is_code = |at: usize| matches!(text.spots.get(at), None | Some(Some(_)));
    let only_code = is_code(found.line);
    let shown = text.lines[from..to].iter().enumerate();
    shown
        .filter(|(index, _)| !only_code || is_code(from + index))
        .map(|(index, line)| {
            let at = from + index;
            let mark = if at == found.line { '>' } else { ' ' };
            let line: String = line
                .chars()
                .map(|c| {
                    if c.is_control() && c != '\t' {
                        '\u{fffd}'
                    } else {
                        c
                    }
                })
                .collect();
            if numbered {
                format!("{mark}{:>6} {line}", at + 1)
            } else {
                format!("{mark} {line}")
            }
        })
        .collect()
}
