// SPDX-License-Identifier: GPL-2.0-only
//! What became of the comments, as entries of a change log: `- … (name)`.

use std::path::PathBuf;

use anyhow::Result;

use crate::fsx;
use crate::mail::cover::change_log;
use crate::series::Series;
use crate::stop::Stop;

use super::checklist::{Checklist, Comment, State};
use super::letter::words;

/// Columns of the change log.
const WIDTH: usize = 72;

/// The entries for `version` that are not in its change log yet, each ended by
/// a newline.
pub fn draft(list: &Checklist, version: u32) -> Vec<String> {
    let mut entries: Vec<(String, Vec<&str>)> = Vec::new();
    for comment in list.comment.iter().filter(|one| is_due(one, version)) {
        let text = text_of(comment);
        let name = comment.author.as_str();
        match entries.iter_mut().find(|(known, _)| *known == text) {
            Some((_, names)) if names.contains(&name) => {}
            Some((_, names)) => names.push(name),
            None => entries.push((text, vec![name])),
        }
    }
    let entries = entries.into_iter();
    entries
        .map(|(text, names)| wrap(&format!("{text} ({})", names.join(", "))))
        .collect()
}

/// Remembers that [`draft`] has been written.
pub fn mark_logged(list: &mut Checklist, version: u32) {
    for comment in &mut list.comment {
        comment.logged |= is_due(comment, version);
    }
}

/// Writes the draft into the cover letter; returns where, and what.
///
/// # Errors
/// No cover letter, or one without a change log of the current version.
pub fn write(series: &Series, list: &mut Checklist) -> Result<(PathBuf, Vec<String>)> {
    let version = series.about.version;
    let path = series.dir.join("cover-letter.md");
    let entries = draft(list, version);
    if entries.is_empty() {
        return Ok((path, entries));
    }
    let text = fsx::read(&path)?;
    let text = insert(&text, version, &entries.concat()).ok_or_else(|| {
        Stop::environment(format!("{} has no `Changes in v{version}`", path.display()))
    })?;
    fsx::write_atomic(&path, text.as_bytes())?;
    mark_logged(list, version);
    Ok((path, entries))
}

fn is_due(comment: &Comment, version: u32) -> bool {
    let decided = matches!(comment.state, State::Done | State::Wont);
    let fixed_in = comment
        .fixed_in
        .unwrap_or(comment.version.saturating_add(1));
    decided && !comment.logged && fixed_in == version
}

fn text_of(comment: &Comment) -> String {
    let note = words(&comment.note);
    let note = note.trim_end_matches('.');
    match (comment.state, note.is_empty()) {
        (State::Wont, _) => format!("unchanged, {}: {note}", comment.place()),
        (_, false) => note.to_owned(),
        // Nobody is to read the reviewer's words as the author's.
        (_, true) => format!("EDITME {}: {}", comment.place(), words(&comment.summary())),
    }
}

fn wrap(text: &str) -> String {
    let mut out = String::new();
    let mut line = "-".to_owned();
    for word in text.split(' ') {
        if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != "-" {
            out += &format!("{line}\n");
            line = " ".to_owned();
        }
        line += &format!(" {word}");
    }
    out + &line + "\n"
}

/// Puts entries at the end of the change log of a version, above its link.
fn insert(text: &str, version: u32, entries: &str) -> Option<String> {
    let (begin, end) = change_log(text, version)?;
    let section = &text[begin..end];
    if let Some(at) = section.find("\n- EDITME\n") {
        let (head, tail) = (begin + at + 1, begin + at + "\n- EDITME\n".len());
        return Some(format!("{}{entries}{}", &text[..head], &text[tail..]));
    }
    let link = section.find("\n- Link to v");
    let at = begin + link.unwrap_or(section.trim_end_matches('\n').len());
    let (head, tail) = text.split_at(at);
    let tail = tail.strip_prefix('\n').unwrap_or(tail);
    let gap = if head.ends_with(':') || section.contains("\n- ") {
        ""
    } else {
        "\n"
    };
    Some(format!("{head}\n{gap}{entries}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::super::checklist::tests::comment;
    use super::*;

    #[test]
    fn what_was_done_is_said_once_with_the_names_of_those_who_asked() {
        let mut list = Checklist::default();
        list.comment.push(comment(1, State::Done, "use b."));
        list.comment.push(Comment {
            author: "Q Other".to_owned(),
            ..comment(2, State::Done, "use b")
        });
        list.comment.push(comment(3, State::Done, ""));
        list.comment.push(comment(4, State::Wont, "a is shorter"));
        list.comment.push(comment(5, State::Answered, "see there"));
        list.comment.push(comment(6, State::Open, ""));
        list.comment.push(Comment {
            fixed_in: Some(4),
            ..comment(7, State::Done, "later")
        });
        assert_eq!(
            draft(&list, 2),
            [
                "- use b (R Viewer, Q Other)\n",
                "- EDITME patch 2 x.c:3: Use b. (R Viewer)\n",
                "- unchanged, patch 2 x.c:3: a is shorter (R Viewer)\n",
            ]
        );
        mark_logged(&mut list, 2);
        assert_eq!(draft(&list, 2), [""; 0]);
        assert_eq!(draft(&list, 4), ["- later (R Viewer)\n"]);
    }

    #[test]
    fn long_entries_are_wrapped_and_long_words_are_not_cut() {
        let text = format!("{} {}", "word ".repeat(20).trim(), "x".repeat(100));
        let wrapped = wrap(&text);
        let lines: Vec<&str> = wrapped.lines().collect();
        assert!(lines[0].starts_with("- word") && lines[1].starts_with("  word"));
        assert!(lines[0].len() <= WIDTH);
        assert_eq!(lines.last().unwrap().len(), 102);
        assert_eq!(words(&wrapped), format!("- {text}"));
    }

    #[test]
    fn entries_join_the_change_log_of_their_version() {
        let new = "- new (R)\n";
        for (old, wanted) in [
            (
                "B.\n\nChanges in v3:\n- EDITME\n\nChanges in v2:\n- EDITME\n",
                "B.\n\nChanges in v3:\n- new (R)\n\nChanges in v2:\n- EDITME\n",
            ),
            (
                "## Changes in v3\n\n- a\n- Link to v2: x\n\n## Changes in v2\n",
                "## Changes in v3\n\n- a\n- new (R)\n- Link to v2: x\n\n## Changes in v2\n",
            ),
            ("## Changes in v3\n", "## Changes in v3\n\n- new (R)\n"),
            ("Changes in v3:\n- a", "Changes in v3:\n- a\n- new (R)\n"),
        ] {
            assert_eq!(insert(old, 3, new).unwrap(), wanted);
        }
        assert_eq!(insert("Changes in v2:\n", 3, new), None);
    }
}
