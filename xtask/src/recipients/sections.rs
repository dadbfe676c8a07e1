// SPDX-License-Identifier: GPL-2.0-only
//! MAINTAINERS as sections, and the sections of a file: the one whose pattern
//! goes deepest first.

use anyhow::{Context, Result};

use super::pattern::{FilePattern, NamePattern};
use super::tree::Tree;

/// Titles are cut in roles.
const MAX_TITLE: usize = 50;

/// All sections, in the order of the file.
pub(super) struct Sections(pub(super) Vec<Section>);

/// One section.
pub(super) struct Section {
    title: String,
    chief: bool,
    pub(super) entries: Vec<Entry>,
    includes: Vec<Include>,
    excludes: Vec<FilePattern>,
    /// `K:` with the number of the line it stands in, among those that count.
    pub(super) keywords: Vec<(usize, String)>,
}

/// Somebody named in a section.
pub(super) enum Entry {
    /// `M:`
    Maintainer(String),
    /// `R:`
    Reviewer(String),
    /// `L:`, and what is said about the list.
    List { address: String, note: String },
}

enum Include {
    File(FilePattern),
    Name(NamePattern),
}

impl Sections {
    pub(super) fn parse(text: &str, tree: &dyn Tree) -> Result<Self> {
        let mut sections: Vec<Section> = Vec::new();
        let mut title = String::new();
        let mut inside = false;
        let mut number = 0;
        for line in text.lines() {
            if let Some((letter, value)) = tagged(line) {
                if !inside {
                    sections.push(Section::new(std::mem::take(&mut title)));
                    inside = true;
                }
                let section = sections.last_mut().context("one was just pushed")?;
                section
                    .add(letter, value, number, tree)
                    .with_context(|| format!("MAINTAINERS, section {}: {line}", section.title))?;
                number += 1;
            } else if !line.trim().is_empty() && !line.trim_start().starts_with('#') {
                title = line.to_owned();
                inside = false;
                number += 1;
            }
        }
        Ok(Self(sections))
    }

    /// The sections that answer for `file`.
    pub(super) fn of(&self, file: &str) -> Vec<&Section> {
        let mut found: Vec<(isize, &Section)> = self
            .0
            .iter()
            .filter_map(|section| Some((section.depth(file)?, section)))
            .collect();
        found.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
        found.into_iter().map(|(_, section)| section).collect()
    }
}

impl Section {
    fn new(title: String) -> Self {
        Self {
            title,
            chief: false,
            entries: Vec::new(),
            includes: Vec::new(),
            excludes: Vec::new(),
            keywords: Vec::new(),
        }
    }

    fn add(&mut self, letter: char, value: &str, number: usize, tree: &dyn Tree) -> Result<()> {
        match letter {
            'M' => self.entries.push(Entry::Maintainer(value.to_owned())),
            'R' => self.entries.push(Entry::Reviewer(value.to_owned())),
            'L' => {
                let (address, note) = value.split_once(char::is_whitespace).unwrap_or((value, ""));
                self.entries.push(Entry::List {
                    address: address.to_owned(),
                    note: note.trim_start().to_owned(),
                });
            }
            'S' => self.chief = value.eq_ignore_ascii_case("buried alive in reporters"),
            'F' => self
                .includes
                .push(Include::File(FilePattern::new(value, tree))),
            'X' => self.excludes.push(FilePattern::new(value, tree)),
            'N' => self.includes.push(Include::Name(NamePattern::new(value)?)),
            'K' => self.keywords.push((number, value.to_owned())),
            _ => {}
        }
        Ok(())
    }

    /// How deep the last pattern of the section that matches goes.
    fn depth(&self, file: &str) -> Option<isize> {
        let depth = self
            .includes
            .iter()
            .rev()
            .find_map(|include| match include {
                Include::File(pattern) => pattern.matches(file).then(|| pattern.depth()),
                Include::Name(pattern) => pattern.matches(file).then_some(0),
            })?;
        let excluded = self.excludes.iter().any(|pattern| pattern.matches(file));
        (!excluded).then_some(depth)
    }

    pub(super) fn short_title(&self) -> String {
        if self.title.chars().count() <= MAX_TITLE {
            return self.title.clone();
        }
        let cut: String = self.title.chars().take(MAX_TITLE - 3).collect();
        format!("{}...", cut.trim_end())
    }

    pub(super) fn maintainer_role(&self) -> String {
        let role = if self.chief {
            "chief penguin"
        } else {
            "maintainer"
        };
        format!("{role}:{}", self.short_title())
    }
}

/// `X:<blank>value`.
fn tagged(line: &str) -> Option<(char, &str)> {
    let mut chars = line.chars();
    let letter = chars.next().filter(char::is_ascii_uppercase)?;
    (chars.next() == Some(':')).then(|| (letter, chars.as_str().trim_start()))
}

#[cfg(test)]
mod tests {
    use super::super::Folder;
    use super::*;

    fn titles(text: &str, file: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("drivers/net")).unwrap();
        let tree = Folder(dir.path().to_owned());
        let sections = Sections::parse(text, &tree).unwrap();
        let found = sections.of(file).into_iter();
        found.map(|section| section.title.clone()).collect()
    }

    const TEXT: &str = "intro\n\nNET\nM:\ta@x.org\nF:\tdrivers/net\nX:\tdrivers/net/phy/\n\n\
        DEEP\nF:\tdrivers/net/x/\n\nNAMES\nN:\tx[yz]\n\nSTARS\nF:\tdrivers/*/main.c\n\n\
        ANY DEPTH\nF:\tdrivers/**/phy.h\n\nTHE REST\nF:\t*\nF:\t*/\n";

    #[test]
    fn the_deepest_pattern_comes_first_and_the_rest_last() {
        assert_eq!(
            titles(TEXT, "drivers/net/x/y.c"),
            ["DEEP", "NET", "THE REST"]
        );
        assert_eq!(titles(TEXT, "Makefile"), ["THE REST"]);
    }

    #[test]
    fn patterns_exclude_and_match_by_name_and_by_stars() {
        assert_eq!(titles(TEXT, "drivers/net/phy/a.c"), ["THE REST"]);
        assert_eq!(titles(TEXT, "lib/axy.c"), ["NAMES", "THE REST"]);
        assert_eq!(
            titles(TEXT, "drivers/net/main.c"),
            ["STARS", "NET", "THE REST"]
        );
        assert_eq!(
            titles(TEXT, "drivers/a/b/main.c"),
            ["THE REST"],
            "a star does not cross a slash"
        );
        assert_eq!(titles(TEXT, "drivers/a/b/phy.h"), ["ANY DEPTH", "THE REST"]);
    }
}
