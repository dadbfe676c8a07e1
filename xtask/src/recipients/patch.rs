// SPDX-License-Identifier: GPL-2.0-only
//! What a patch says about itself: the files it touches, and the keywords in
//! its description and in the lines it changes.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::Keywords;

/// What to look up.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Patch {
    pub(super) files: Vec<String>,
    pub(super) keywords: Vec<usize>,
}

pub(super) fn read(text: &str, keywords: &Keywords) -> Patch {
    let mut patch = Patch::default();
    let mut in_diff = false;
    for line in text.split_inclusive('\n') {
        match Line::of(line) {
            Line::Files(files) => patch.files.extend(files),
            Line::Diff(file) => {
                patch.files.push(file);
                in_diff = true;
            }
            Line::Skip => {}
            Line::Text => patch.keywords.extend(keywords.matches(line, in_diff)),
        }
    }
    patch.files.sort();
    patch.files.dedup();
    keywords.sort(&mut patch.keywords);
    patch
}

enum Line {
    Files(Vec<String>),
    /// `+++` or `---`: from here on, only changed lines count.
    Diff(String),
    Skip,
    Text,
}

impl Line {
    fn of(line: &str) -> Self {
        static MODE: LazyLock<Regex> =
            LazyLock::new(|| regex(r"^ mode change [0-7]+ => [0-7]+ (\S+)\s*$"));
        static RENAME: LazyLock<Regex> = LazyLock::new(|| regex(r"^rename (?:from|to) (\S+)\s*$"));
        static GIT: LazyLock<Regex> = LazyLock::new(|| regex(r"^diff --git a/(\S+) b/(\S+)\s*$"));
        static FIXES: LazyLock<Regex> = LazyLock::new(|| regex(r"^Fixes:\s+[0-9a-fA-F]{6,40}"));
        static SIDE: LazyLock<Regex> = LazyLock::new(|| regex(r"^(?:\+\+\+|---)\s+(\S+)"));
        static HUNK: LazyLock<Regex> = LazyLock::new(|| regex(r"^@@ -\d+,\d+"));
        if let Some(found) = MODE.captures(line).or_else(|| RENAME.captures(line)) {
            Self::Files(vec![found[1].to_owned()])
        } else if let Some(found) = GIT.captures(line) {
            Self::Files(vec![found[1].to_owned(), found[2].to_owned()])
        } else if let Some(found) = SIDE.captures(line) {
            // Without "a/" or "b/"; /dev/null loses its first slash to this.
            let path = &found[1];
            Self::Diff(
                path.split_once('/')
                    .map_or(path, |(_, rest)| rest)
                    .to_owned(),
            )
        } else if FIXES.is_match(line) || HUNK.is_match(line) {
            Self::Skip
        } else {
            Self::Text
        }
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}
