// SPDX-License-Identifier: GPL-2.0-only
//! From a version that was sent to the next one: what was sent is kept in a
//! folder and under a tag of this workspace, `series.toml` counts on, and the
//! cover letter gets a change log: what is known by now, or a mark that has to
//! go before the next version can be sent.

use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, value};

use crate::context::Cx;
use crate::fsx;
use crate::source::archive::hex;
use crate::stop::Stop;

use super::{Series, refresh};

/// What became of the version that was sent.
#[derive(Debug, PartialEq, Eq)]
pub struct Next {
    /// The version that begins.
    pub version: u32,
    /// The tag of the one that was sent.
    pub tag: String,
}

/// Keeps the current version as sent, and begins the next one. `link` is where
/// the one that was sent can be read, `log` what the change log has to say.
///
/// # Errors
/// Work that is not committed to this workspace, or in no patch file.
pub fn next(cx: &Cx, series: &Series, link: &str, log: &[String]) -> Result<Next> {
    let version = series.about.version;
    refresh::refuse_pending(cx, series)?;
    let tag = format!("sent/{}-v{version}", series.name);
    let repo = git2::Repository::open(cx.paths.workspace())
        .context("the workspace is no git repository")?;
    refuse_changes(&repo, cx, series)?;
    let texts = Texts::of(series, link, log)?;

    keep(series, &series.archive(version))?;
    // A tag that is there already is this call, interrupted after it.
    if repo.find_reference(&format!("refs/tags/{tag}")).is_err() {
        let head = repo.head()?.peel(git2::ObjectType::Commit)?;
        repo.tag_lightweight(&tag, &head, false)?;
    }
    if let Some(cover) = &texts.cover {
        fsx::write_atomic(&series.dir.join("cover-letter.md"), cover.as_bytes())?;
    }
    fsx::write_atomic(&series.dir.join("series.toml"), texts.toml.as_bytes())?;
    Ok(Next {
        version: version + 1,
        tag,
    })
}

/// A new change-id: `<date>-<slug>-<hex>`.
pub fn new_change_id(name: &str) -> String {
    let now = jiff::Timestamp::now();
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update(now.as_nanosecond().to_le_bytes());
    let random = hex(&hasher.finalize());
    format!("{}-{name}-{}", now.strftime("%Y%m%d"), &random[..12])
}

/// The tag has to hold what was sent.
fn refuse_changes(repo: &git2::Repository, cx: &Cx, series: &Series) -> Result<()> {
    let inside = series
        .dir
        .strip_prefix(cx.paths.workspace())
        .context("a series is in the workspace")?;
    let mut options = git2::StatusOptions::new();
    options
        .pathspec(inside)
        .include_untracked(true)
        .recurse_untracked_dirs(true);
    let changed = repo.statuses(Some(&mut options))?;
    let archive = inside.join(format!("v{}", series.about.version));
    for entry in changed.iter() {
        let path = entry.path().unwrap_or_default();
        // What an interrupted call left is made again.
        if Path::new(path).starts_with(&archive) {
            continue;
        }
        return Err(Stop::environment(format!(
            "{path} is not committed, and the tag would not hold what was sent"
        ))
        .help(format!(
            "git add {0} && git commit -m '{1}: v{2}' {0}",
            inside.display(),
            series.name,
            series.about.version
        ))
        .into());
    }
    Ok(())
}

/// Copies patches, cover letter and `series.toml`.
fn keep(series: &Series, archive: &Path) -> Result<()> {
    fsx::remove_dir(archive)?;
    fsx::create_dir(archive)?;
    let others = ["cover-letter.md", "series.toml"].map(|name| series.dir.join(name));
    for path in series.patches.iter().chain(&others) {
        let name = path.file_name().context("a file has a name")?;
        if path.is_file() {
            std::fs::copy(path, archive.join(name))
                .map_err(|error| fsx::explain(error, archive))
                .with_context(|| format!("cannot keep {}", path.display()))?;
        }
    }
    Ok(())
}

/// The files of the next version.
struct Texts {
    toml: String,
    cover: Option<String>,
}

impl Texts {
    fn of(series: &Series, link: &str, log: &[String]) -> Result<Self> {
        let version = series.about.version;
        let toml = fsx::read(&series.dir.join("series.toml"))?;
        let cover = series.dir.join("cover-letter.md");
        let cover = cover.is_file().then(|| fsx::read(&cover)).transpose()?;
        Ok(Self {
            toml: next_toml(&toml, series, link)?,
            cover: cover.map(|text| next_cover(&text, version, &log.concat())),
        })
    }
}

fn next_toml(text: &str, series: &Series, link: &str) -> Result<String> {
    let version = series.about.version;
    let mut toml: DocumentMut = text.parse().context("series.toml does not parse")?;
    toml["version"] = value(i64::from(version + 1));
    if series.about.change_id.is_none() {
        toml["change-id"] = value(new_change_id(&series.name));
    }
    if series.link(version).is_none() {
        let mut earlier = Table::new();
        earlier["version"] = value(i64::from(version));
        earlier["link"] = value(link);
        let list = toml
            .entry("earlier")
            .or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        list.as_array_of_tables_mut()
            .context("`earlier` in series.toml is written as [[earlier]]")?
            .push(earlier);
    }
    Ok(toml.to_string())
}

/// The cover letter with the number of the next version, and its change log
/// above that of the last one.
fn next_cover(text: &str, version: u32, entries: &str) -> String {
    let next = version + 1;
    let old = format!("Changes in v{version}");
    let is_log = |line: &str| line.trim_start_matches('#').trim().trim_end_matches(':') == old;
    let log = text.lines().find(|line| is_log(line));
    let heading = match log {
        Some(line) => line.replace(&old, &format!("Changes in v{next}")),
        None if text.contains("\n## ") => format!("## Changes in v{next}"),
        None => format!("Changes in v{next}:"),
    };
    let gap = if heading.starts_with('#') { "\n" } else { "" };
    let entries = if entries.is_empty() {
        "- EDITME\n"
    } else {
        entries
    };
    let entry = format!("{heading}\n{gap}{entries}");

    let mut out = String::new();
    let mut added = false;
    for (index, line) in text.lines().enumerate() {
        if index == 0 && line.starts_with("# [") {
            out += &next_heading(line, version);
        } else {
            if !added && is_log(line) {
                out += &format!("{entry}\n");
                added = true;
            }
            out += line;
        }
        out.push('\n');
    }
    if !added {
        out = format!("{}\n\n{entry}", out.trim_end_matches('\n'));
    }
    out
}

fn next_heading(line: &str, version: u32) -> String {
    let Some((tags, title)) = line.split_once(']') else {
        return line.to_owned();
    };
    let mut words: Vec<String> = tags.split(' ').map(str::to_owned).collect();
    let (old, new) = (format!("v{version}"), format!("v{}", version + 1));
    if let Some(word) = words.iter_mut().find(|word| **word == old) {
        *word = new;
    } else if let Some(at) = words.iter().position(|word| word.ends_with("PATCH")) {
        words.insert(at + 1, new);
    }
    format!("{}]{title}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_change_log_opens_in_the_style_of_the_letter() {
        assert_eq!(
            next_cover(
                "# [PATCH v3 00/14] x\n\nBlurb.\n\n## Changes in v3\n\n- a\n",
                3,
                ""
            ),
            "# [PATCH v4 00/14] x\n\nBlurb.\n\n## Changes in v4\n\n- EDITME\n\n## Changes in v3\n\n- a\n"
        );
        assert_eq!(
            next_cover("# [PATCH 0/2] x\n\nBlurb.\n", 1, "- a (R)\n"),
            "# [PATCH v2 0/2] x\n\nBlurb.\n\nChanges in v2:\n- a (R)\n"
        );
        assert_eq!(next_heading("# [RFC PATCH] x", 1), "# [RFC PATCH v2] x");
    }
}
