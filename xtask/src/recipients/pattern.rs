// SPDX-License-Identifier: GPL-2.0-only
//! The patterns of MAINTAINERS. There are about ten thousand `F:` lines and a
//! patch touches few files, so a pattern is compared by its literal beginning
//! and becomes a regular expression only when that fits.

use std::sync::OnceLock;

use anyhow::{Context, Result};
use regex::{Regex, RegexSet};

use super::sections::{Section, Sections};
use super::tree::Tree;

/// `F:` and `X:`: a path with wildcards; a match of its beginning is enough.
pub(super) struct FilePattern {
    /// As a regular expression, as the script would write it.
    value: String,
    literal: String,
    whole: bool,
    regex: OnceLock<Option<Regex>>,
}

/// `N:`: a regular expression anywhere in the path.
pub(super) struct NamePattern(Regex);

impl FilePattern {
    pub(super) fn new(glob: &str, tree: &dyn Tree) -> Self {
        // In this order, "**" with a placeholder: a single star must not touch
        // what a double one became.
        let mut value = glob
            .replace('.', "\\.")
            .replace("**", "\0")
            .replace('*', ".*")
            .replace('?', ".")
            .replace('\0', "(?:.*)");
        // The script asks for the folder by the changed name: one with a dot
        // is no folder to it.
        let plain = value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/_-+,@=".contains(c));
        if plain && !value.ends_with('/') && tree.is_dir(&value) {
            value.push('/');
        }
        let (literal, whole) = literal_of(&value);
        Self {
            value,
            literal,
            whole,
            regex: OnceLock::new(),
        }
    }

    pub(super) fn matches(&self, file: &str) -> bool {
        if !file.starts_with(&self.literal) {
            return false;
        }
        if !self.whole {
            let regex = self
                .regex
                .get_or_init(|| Regex::new(&format!("^{}", self.value)).ok());
            if !regex.as_ref().is_some_and(|regex| regex.is_match(file)) {
                return false;
            }
        }
        self.value.ends_with('/')
            || self.value.contains("(?:")
            || slashes(file) == slashes(&self.value)
    }

    /// How specific the pattern is.
    pub(super) fn depth(&self) -> isize {
        if self.value.starts_with(".*") || self.value.starts_with("(?:.*)") {
            return -1;
        }
        slashes(&self.value) + isize::from(!self.value.ends_with('/'))
    }
}

/// The literal beginning of a pattern, and whether that is all of it.
fn literal_of(value: &str) -> (String, bool) {
    let mut literal = String::new();
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        // What follows may make this character optional.
        let next_is_operator = |next: Option<&char>| next.is_some_and(|c| "*?+{".contains(*c));
        match c {
            '\\' if chars.peek() == Some(&'.') => {
                chars.next();
                if next_is_operator(chars.peek()) {
                    return (literal, false);
                }
                literal.push('.');
            }
            '\\' | '.' | '*' | '?' | '+' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^' | '$' => {
                return (
                    if value.contains('|') {
                        String::new()
                    } else {
                        literal
                    },
                    false,
                );
            }
            _ if next_is_operator(chars.peek()) => {
                return (
                    if value.contains('|') {
                        String::new()
                    } else {
                        literal
                    },
                    false,
                );
            }
            c => literal.push(c),
        }
    }
    (literal, true)
}

fn slashes(text: &str) -> isize {
    isize::try_from(text.matches('/').count()).unwrap_or(isize::MAX)
}

impl NamePattern {
    pub(super) fn new(pattern: &str) -> Result<Self> {
        let regex = Regex::new(&format!("(?x){pattern}"));
        Ok(Self(regex.context("not a regular expression")?))
    }

    pub(super) fn matches(&self, file: &str) -> bool {
        self.0.is_match(file)
    }
}

/// All `K:` patterns: anywhere in the text of a patch, or in what it adds and
/// removes.
pub(super) struct Keywords {
    /// Section and pattern of each.
    list: Vec<(usize, String)>,
    /// The order in which the script adds them: by line, compared as text.
    rank: Vec<String>,
    anywhere: LineSet,
    changed: LineSet,
}

/// Patterns of a line. The engine that knows word boundaries between letters
/// that are not ASCII takes a third of a millisecond for a line, so it is asked
/// only if the line would match with any boundaries.
struct LineSet {
    exact: RegexSet,
    coarse: RegexSet,
}

impl LineSet {
    fn new(prefix: &str, keywords: &[(usize, String)]) -> Result<Self> {
        // The prefix binds to the first alternative only, as in the script.
        let patterns = || keywords.iter().map(|(_, keyword)| keyword);
        let exact = RegexSet::new(patterns().map(|keyword| format!("(?x){prefix}{keyword}")));
        let coarse = RegexSet::new(
            patterns().map(|keyword| format!("(?x){prefix}{}", without_boundaries(keyword))),
        );
        let why = "a K: line of MAINTAINERS is no regular expression";
        Ok(Self {
            exact: exact.context(why)?,
            coarse: coarse.context(why)?,
        })
    }

    fn matches(&self, line: &str) -> impl Iterator<Item = usize> + use<> {
        let hopeless = !line.is_ascii() && !self.coarse.is_match(line);
        (!hopeless)
            .then(|| self.exact.matches(line))
            .into_iter()
            .flatten()
    }
}

/// A pattern that matches at least what `pattern` does.
fn without_boundaries(pattern: &str) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match (c, chars.clone().next()) {
            ('\\', Some('b' | 'B')) => {
                chars.next();
                // An empty group, so that nothing before it is repeated by
                // what follows it.
                out += "(?:)";
            }
            ('\\', Some(next)) => {
                chars.next();
                out.push(c);
                out.push(next);
            }
            _ => out.push(c),
        }
    }
    out
}

impl Keywords {
    pub(super) fn of(sections: &Sections) -> Result<Self> {
        let mut list = Vec::new();
        let mut rank = Vec::new();
        for (index, section) in sections.0.iter().enumerate() {
            for (line, keyword) in &section.keywords {
                list.push((index, keyword.clone()));
                rank.push(line.to_string());
            }
        }
        Ok(Self {
            anywhere: LineSet::new("", &list)?,
            changed: LineSet::new("^[+-].*", &list)?,
            list,
            rank,
        })
    }

    /// The keywords in a line: of the description, or of the diff.
    pub(super) fn matches(&self, line: &str, in_diff: bool) -> impl Iterator<Item = usize> + use<> {
        let set = if in_diff {
            &self.changed
        } else {
            &self.anywhere
        };
        set.matches(line)
    }

    /// Brings keywords into the order in which they are added, each once.
    pub(super) fn sort(&self, keywords: &mut Vec<usize>) {
        keywords.sort_by(|a, b| self.rank[*a].cmp(&self.rank[*b]));
        keywords.dedup();
    }

    pub(super) fn section<'a>(
        &'a self,
        sections: &'a Sections,
        keyword: usize,
    ) -> (&'a Section, &'a str) {
        let (section, pattern) = &self.list[keyword];
        (&sections.0[*section], pattern)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries_between_any_letters_count() {
        let keywords = [
            (0, r"\brust\b".to_owned()),
            (1, r"(?:\b|_)bpf|x".to_owned()),
        ];
        let set = LineSet::new("^[+-].*", &keywords).unwrap();
        let found = |line: &str| set.matches(line).collect::<Vec<_>>();
        assert_eq!(found("+ü rust"), [0]);
        assert!(found("+ürustü").is_empty(), "these are letters");
        assert!(found(" ü rust").is_empty(), "not changed");
        assert_eq!(found(" ü x"), [1], "the second alternative stands alone");
    }

    #[test]
    fn the_literal_beginning_never_promises_too_much() {
        for (value, literal, whole) in [
            (r"mm/gup\.c", "mm/gup.c", true),
            (r"mm/", "mm/", true),
            (r"drivers/net/.*\.c", "drivers/net/", false),
            (r"drivers/x\.[ch]", "drivers/x.", false),
            (r"a/b+c", "a/", false),
            (r".*", "", false),
            (r"a/b|c", "", false),
        ] {
            assert_eq!(literal_of(value), (literal.to_owned(), whole), "{value}");
        }
    }
}
