// SPDX-License-Identifier: GPL-2.0-only
//! The cover letter: `cover-letter.md` below its heading, then what can be
//! computed: shortlog, diffstat, range-diff, base.

use anyhow::Result;

use crate::fsx;
use crate::series::Series;

use super::patch::bare_subject;
use super::thread::{Cover, Readers};

/// `cover-letter.md`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its heading, where it has one.
    pub heading: Option<String>,
    /// The rest.
    pub body: String,
}

/// What is added to a cover letter.
pub struct Surroundings<'a> {
    /// Patches by author.
    pub shortlog: String,
    /// Files and lines.
    pub diffstat: &'a str,
    /// Against the version before.
    pub range_diff: Option<&'a str>,
    /// Base and change-id.
    pub footer: &'a str,
}

/// Reads the cover letter of a series, if it has one.
///
/// # Errors
/// When it cannot be read.
pub fn texts(series: &Series) -> Result<Option<Text>> {
    let path = series.dir.join("cover-letter.md");
    if !path.is_file() {
        return Ok(None);
    }
    Ok(Some(parse(&fsx::read(&path)?)))
}

fn parse(text: &str) -> Text {
    match text.split_once('\n') {
        Some((first, rest)) if first.starts_with("# ") => Text {
            heading: Some(first[2..].trim().to_owned()),
            body: rest.trim_matches('\n').to_owned(),
        },
        _ => Text {
            heading: None,
            body: text.trim_matches('\n').to_owned(),
        },
    }
}

/// What is missing in the cover letter, or contradicts `series.toml`.
pub fn blockers(series: &Series, text: Option<&Text>, patches: usize, blockers: &mut Vec<String>) {
    let version = series.about.version;
    let Some(text) = text else {
        if patches > 1 {
            blockers.push("there is no cover-letter.md".to_owned());
        }
        return;
    };
    if text.body.contains("EDITME") {
        blockers.push("cover-letter.md has an EDITME mark".to_owned());
    }
    if let Some(heading) = &text.heading {
        let title = bare_subject(heading);
        if title != series.about.title {
            blockers.push(format!(
                "cover-letter.md is headed `{title}`, series.toml says `{}`",
                series.about.title
            ));
        }
        let said = heading.starts_with('[').then(|| version_of(heading));
        if said.is_some_and(|said| said != version) {
            blockers.push(format!(
                "cover-letter.md is headed `{heading}`, series.toml is at version {version}"
            ));
        }
    }
    if version > 1 {
        if change_log(&text.body, version).is_none() {
            blockers.push(format!("cover-letter.md has no `Changes in v{version}`"));
        }
        let link = format!("Link to v{}:", version - 1);
        if series.link(version - 1).is_none() && !text.body.contains(&link) {
            blockers.push(format!(
                "series.toml does not say where v{0} is; add: [[earlier]] version = {0}, link = \"https://...\"",
                version - 1
            ));
        }
    }
}

fn version_of(heading: &str) -> u32 {
    let tags = heading
        .trim_start_matches('[')
        .split(']')
        .next()
        .unwrap_or_default();
    let mut words = tags.split_whitespace();
    words
        .find_map(|word| word.strip_prefix('v')?.parse().ok())
        .unwrap_or(1)
}

/// Puts a cover letter together.
pub fn compose(
    series: &Series,
    text: &Text,
    surroundings: &Surroundings,
    readers: Readers,
) -> Cover {
    let mut out = with_link(series, &text.body);
    out = out.trim_end_matches('\n').to_owned();
    out += "\n\n";
    out += &surroundings.shortlog;
    out += surroundings.diffstat.trim_end_matches('\n');
    out += "\n\n";
    if let Some(range_diff) = surroundings.range_diff {
        out += &format!("Range-diff against v{}:\n", series.about.version - 1);
        out += range_diff.trim_end_matches('\n');
        out += "\n\n";
    }
    out += surroundings.footer;
    Cover {
        subject: series.about.title.clone(),
        text: out,
        readers,
    }
}

/// `base-commit`, prerequisites and `change-id`.
pub fn footer(series: &Series, base_commit: Option<&str>) -> String {
    let mut out = String::new();
    if let Some(commit) = base_commit {
        out += &format!("base-commit: {commit}\n");
    }
    for id in &series.about.prerequisite_patch_ids {
        out += &format!("prerequisite-patch-id: {id}\n");
    }
    if let Some(id) = &series.about.change_id {
        out += &format!("change-id: {id}\n");
    }
    out
}

/// The text with `Link to vN-1` at the end of its change log.
fn with_link(series: &Series, body: &str) -> String {
    let version = series.about.version;
    let Some(before) = version.checked_sub(1).filter(|before| *before > 0) else {
        return body.to_owned();
    };
    let label = format!("Link to v{before}:");
    let (Some(link), false) = (series.link(before), body.contains(&label)) else {
        return body.to_owned();
    };
    let (head, tail) = match change_log(body, version) {
        Some((_, end)) => body.split_at(end),
        None => (body, ""),
    };
    let head = head.trim_end_matches('\n');
    let tail = tail.trim_start_matches('\n');
    let gap = if tail.is_empty() { "" } else { "\n" };
    format!("{head}\n- {label} {link}\n{gap}{tail}")
}

/// Where the change log of a version begins and ends, in bytes.
pub fn change_log(body: &str, version: u32) -> Option<(usize, usize)> {
    let wanted = format!("Changes in v{version}");
    let mut at = 0;
    let mut begin = None;
    for line in body.split_inclusive('\n') {
        let bare = line.trim_start_matches('#').trim().trim_end_matches(':');
        if bare == wanted {
            begin = Some(at);
        } else if let Some(begin) = begin
            && (line.starts_with('#') || bare.starts_with("Changes in v") || line == "---\n")
        {
            return Some((begin, at));
        }
        at += line.len();
    }
    begin.map(|begin| (begin, body.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_link_ends_the_change_log_of_this_version() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(
            dir.path().join("series.toml"),
            "title = \"t\"\nbase = \"7.3\"\nversion = 3\n[[earlier]]\nversion = 2\nlink = \"https://x.org/2\"\n",
        )
        .unwrap();
        let series = Series::load(dir.path()).unwrap();
        let body = "Blurb.\n\nChanges in v3:\n- a\n\nChanges in v2:\n- b\n";
        assert_eq!(
            with_link(&series, body),
            "Blurb.\n\nChanges in v3:\n- a\n- Link to v2: https://x.org/2\n\nChanges in v2:\n- b\n"
        );
        let said = "Changes in v3:\n- Link to v2: https://y.org\n";
        assert_eq!(with_link(&series, said), said);
    }

    #[test]
    fn the_heading_is_the_subject_and_not_part_of_the_text() {
        let text = parse("# [PATCH v3 00/14] x: y\n\nBlurb.\n");
        assert_eq!(text.heading.as_deref(), Some("[PATCH v3 00/14] x: y"));
        assert_eq!(text.body, "Blurb.");
        assert_eq!(version_of("[PATCH v3 00/14] x: y"), 3);
        assert_eq!(version_of("[PATCH 0/2] v9: y"), 1);
    }
}
