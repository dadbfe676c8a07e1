// SPDX-License-Identifier: GPL-2.0-only
//! `Reviewed-by:` and the like, from replies into patches. A trailer is given
//! for a patch as it was sent, and holds for no other: it goes to patches with
//! the same patch-id. What it says is what its giver wrote.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::context::Cx;
use crate::fsx;
use crate::mail::patch::Patch;
use crate::recipients::Mailbox;
use crate::series::{Series, patch_id, refresh};

use super::checklist::{Checklist, Trailer};
use super::letter::Person;
use super::sent;

/// A trailer and a patch that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `Reviewed-by: Name <address>`
    pub line: String,
    /// For what it was given: `v3 2`, `v3 cover letter`.
    pub given_for: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a trailer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It belongs to this patch file, which does not have it.
    Due(PathBuf),
    /// The patch file has it.
    There(PathBuf),
    /// It is not taken, because ...
    KeptOut(String),
}

/// A patch file as it is now.
struct Current {
    path: PathBuf,
    patch: Patch,
    id: Option<String>,
}

/// Says of each trailer where it belongs.
///
/// # Errors
/// A patch file that cannot be read, no git.
pub fn collect(series: &Series, list: &Checklist) -> Result<Vec<Row>> {
    let mut current = Vec::new();
    for path in &series.patches {
        let patch = Patch::load(path)?;
        let id = patch_id::of(&patch.text)?;
        current.push(Current {
            path: path.clone(),
            patch,
            id,
        });
    }
    let mut rows = Vec::new();
    for trailer in &list.trailer {
        rows.extend(judge(series, list, &current, trailer)?);
    }
    rows.dedup();
    Ok(rows)
}

/// Writes the due ones into the patch files, and returns which ones.
///
/// # Errors
/// A worktree with work of its own, which the files would then contradict.
pub fn insert(cx: &Cx, series: &Series, rows: &[Row]) -> Result<Vec<PathBuf>> {
    refresh::refuse_pending(cx, series)?;
    let mut written = Vec::new();
    for path in &series.patches {
        let due = rows
            .iter()
            .filter(|row| matches!(&row.fate, Fate::Due(file) if file == path));
        let lines: Vec<&str> = due.map(|row| row.line.as_str()).collect();
        if !lines.is_empty() {
            let text = with_trailers(&fsx::read(path)?, Patch::load(path)?, &lines)
                .with_context(|| format!("{} is no mail", path.display()))?;
            fsx::write_atomic(path, text.as_bytes())?;
            written.push(path.clone());
        }
    }
    Ok(written)
}

fn judge(
    series: &Series,
    list: &Checklist,
    current: &[Current],
    trailer: &Trailer,
) -> Result<Vec<Row>> {
    let row = |given_for: String, fate: Fate| Row {
        line: format!("{}: {}", trailer.key, trailer.value),
        given_for,
        fate,
    };
    let about = match trailer.patch {
        Some(0) => format!("v{} cover letter", trailer.version),
        Some(patch) => format!("v{} {patch}", trailer.version),
        None => format!("v{}", trailer.version),
    };
    let out = |why: &str| vec![row(about.clone(), Fate::KeptOut(why.to_owned()))];
    if let Some(why) = fault(list, trailer) {
        return Ok(out(&why));
    }
    let Some(patch) = trailer.patch else {
        return Ok(out("the mail does not say for which patch"));
    };
    let mut sent = sent::of_version(series, list, trailer.version)?;
    sent.retain(|sent| !sent.patch_id.is_empty() && (patch == 0 || sent.patch == patch));
    if sent.is_empty() {
        return Ok(out("nothing says what that patch was when it was sent"));
    }
    let mut rows = Vec::new();
    for sent in &sent {
        let about = match patch {
            0 => format!("v{} {}, by its cover letter", sent.version, sent.patch),
            _ => about.clone(),
        };
        let same = |one: &&Current| one.id.as_ref() == Some(&sent.patch_id);
        let found: Vec<&Current> = current.iter().filter(same).collect();
        if found.is_empty() {
            let why = format!("the patch changed since v{}: {}", sent.version, sent.title);
            rows.push(row(about.clone(), Fate::KeptOut(why)));
        }
        for one in found {
            let fate = if has(&one.patch, trailer) {
                Fate::There(one.path.clone())
            } else {
                Fate::Due(one.path.clone())
            };
            rows.push(row(about.clone(), fate));
        }
    }
    Ok(rows)
}

/// Why a trailer cannot be taken, whatever it is for.
fn fault(list: &Checklist, trailer: &Trailer) -> Option<String> {
    let name = trailer.value.split(" # ").next().unwrap_or_default();
    let giver = Person::of_text(name);
    let Some(source) = list.source(&trailer.letter) else {
        return Some("its mail is not known".to_owned());
    };
    let sender = Person::of_text(&source.from);
    if trailer.value.contains('\n') || trailer.key.contains('\n') {
        Some("it has more than a line".to_owned())
    } else if giver.address.is_none() {
        Some("it has no address, or an archive hides it".to_owned())
    } else if !giver.is(&sender) {
        Some(format!("it stands in a mail of {}", sender.display()))
    } else {
        None
    }
}

/// Whether a patch has it already, whatever else is said in that line.
fn has(patch: &Patch, trailer: &Trailer) -> bool {
    let who = |value: &str| {
        let value = value.split(" # ").next().unwrap_or_default();
        Mailbox::parse(value).map(|mailbox| mailbox.key())
    };
    let wanted = who(&trailer.value);
    patch
        .trailers()
        .iter()
        .any(|one| one.key.eq_ignore_ascii_case(&trailer.key) && who(&one.value) == wanted)
}

/// The patch file with more trailers, as `git format-patch` would write it.
fn with_trailers(text: &str, mut patch: Patch, lines: &[&str]) -> Option<String> {
    let headers = text.strip_suffix(patch.text.as_str())?;
    let headers = headers.strip_suffix("\n\n")?;
    for line in lines {
        patch.add_trailer(line);
    }
    let is_declared = headers
        .lines()
        .any(|line| line.to_ascii_lowercase().starts_with("content-type:"));
    let mime = if patch.split().0.is_ascii() || is_declared {
        ""
    } else {
        "\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit"
    };
    Some(format!("{headers}{mime}\n\n{}", patch.text))
}

#[cfg(test)]
mod tests {
    use super::super::checklist::{Sent, Source};
    use super::*;

    const DIFF: &str = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

    struct Room {
        _dir: tempfile::TempDir,
        series: Series,
        list: Checklist,
    }

    /// A series of two patches; version 1 was sent with another second one.
    fn room() -> Room {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(
            at("series.toml"),
            "title = \"t\"\nbase = \"7.3\"\nversion = 2\n",
        )
        .unwrap();
        let second = DIFF.replace("/x", "/y");
        for (name, diff) in [("0001-a.patch", DIFF), ("0002-b.patch", second.as_str())] {
            let text = format!(
                "From: A <a@x.example>\nDate: Tue, 14 Nov 2023 22:13:20 +0000\n\
                 Subject: [PATCH] {name}\n\nWhy.\n---\n{diff}"
            );
            std::fs::write(at(name), text).unwrap();
        }
        let mut list = Checklist::default();
        let sent = [DIFF, "", &second.replace("+b", "+c")];
        for (number, text) in [(1, sent[0]), (2, sent[2])] {
            list.sent.push(Sent {
                version: 1,
                patch: number,
                id: String::new(),
                title: "t".to_owned(),
                patch_id: patch_id::of(text).unwrap().unwrap(),
            });
        }
        list.letter.push(Source {
            digest: "d".to_owned(),
            id: String::new(),
            from: "R Ünit <r@x.example>".to_owned(),
            date: String::new(),
            subject: String::new(),
            to: Vec::new(),
            cc: Vec::new(),
            references: Vec::new(),
            version: 1,
            patch: None,
        });
        Room {
            series: Series::load(dir.path()).unwrap(),
            _dir: dir,
            list,
        }
    }

    fn give(room: &mut Room, patch: Option<u32>, value: &str) -> Vec<Fate> {
        room.list.trailer = vec![Trailer {
            key: "Reviewed-by".to_owned(),
            value: value.to_owned(),
            version: 1,
            patch,
            letter: "d".to_owned(),
        }];
        let rows = collect(&room.series, &room.list).unwrap();
        rows.into_iter().map(|row| row.fate).collect()
    }

    fn why(fates: &[Fate]) -> &str {
        match fates.last() {
            Some(Fate::KeptOut(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    const WHO: &str = "R Ünit <r@x.example>";

    #[test]
    fn a_trailer_goes_to_the_patch_that_was_reviewed_and_to_no_changed_one() {
        let mut room = room();
        let first = room.series.patches[0].clone();
        assert_eq!(give(&mut room, Some(1), WHO), [Fate::Due(first.clone())]);
        assert!(why(&give(&mut room, Some(2), WHO)).contains("changed since v1"));
        let all = give(&mut room, Some(0), WHO);
        assert_eq!(all[0], Fate::Due(first));
        assert!(why(&all).contains("changed since v1"));
    }

    #[test]
    fn what_is_not_certain_is_kept_out() {
        let mut room = room();
        for (patch, value, part) in [
            (Some(1), "R Ünit <r@xxxxxxxx>", "no address"),
            (Some(1), "R Ünit", "no address"),
            (Some(1), "Boss <boss@x.example>", "in a mail of R Ünit"),
            (None, WHO, "for which patch"),
            (Some(3), WHO, "nothing says what"),
        ] {
            let fates = give(&mut room, patch, value);
            assert!(why(&fates).contains(part), "{value}: {fates:?}");
        }
        room.list.letter.clear();
        assert!(why(&give(&mut room, Some(1), WHO)).contains("not known"));
    }

    #[test]
    fn it_is_written_once_as_it_was_given() {
        let mut room = room();
        let path = room.series.patches[0].clone();
        give(&mut room, Some(1), "R Ünit <r@x.example> # arm64");
        let rows = collect(&room.series, &room.list).unwrap();
        let text = fsx::read(&path).unwrap();
        let new = with_trailers(&text, Patch::load(&path).unwrap(), &[&rows[0].line]).unwrap();
        assert!(
            new.contains(
                "8bit\n\nWhy.\n\nReviewed-by: R Ünit <r@x.example> # arm64\n---\ndiff --git"
            ),
            "{new}"
        );
        std::fs::write(&path, new).unwrap();
        assert_eq!(give(&mut room, Some(1), WHO), [Fate::There(path)]);
    }
}
