// SPDX-License-Identifier: GPL-2.0-only
//! Finds again what somebody quoted. In: quoted lines, and the texts that they
//! may come from. Out: the line of a text that the last of them is. Pure.
//!
//! Line numbers in a quoted diff say little, because who answers a patch
//! deletes lines of it; and blanks are lost on the way through an archive. So
//! the words of the lines are compared, and the numbers only decide between
//! places that are alike.

use std::collections::HashMap;

use super::hunk::{Spot, Tracker};
use super::letter::words;
use super::quote::Quoted;

/// Places that are looked at for a line that a text has many times.
const MAX_PLACES: usize = 200;
/// Quoted lines that are compared for each of them.
const MAX_LINES: usize = 40;

/// A text to find lines in.
#[derive(Clone, Debug)]
pub struct Text {
    /// As it was split.
    pub lines: Vec<String>,
    /// The place of each line, where it is a diff.
    pub spots: Vec<Option<Spot>>,
    keys: Vec<String>,
    places: HashMap<String, Vec<usize>>,
}

/// Where quoted lines were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// Index of the line that the last quoted one is.
    pub line: usize,
    /// How many lines agree there.
    pub score: usize,
}

impl Text {
    /// A description with a diff.
    pub fn of_patch(text: &str) -> Self {
        let mut tracker = Tracker::default();
        let spots = text.lines().map(|line| tracker.feed(line)).collect();
        Self::new(text, spots)
    }

    /// A file without markup; what is looked for in it is code of a diff.
    pub fn of_code(text: &str) -> Self {
        Self::new(text, Vec::new())
    }

    fn new(text: &str, spots: Vec<Option<Spot>>) -> Self {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let keys: Vec<String> = lines.iter().map(|line| words(line)).collect();
        let mut places: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, key) in keys.iter().enumerate() {
            let list = places.entry(key.clone()).or_default();
            if list.len() < MAX_PLACES {
                list.push(at);
            }
        }
        Self {
            lines,
            spots,
            keys,
            places,
        }
    }

    /// Finds quoted lines of this patch.
    pub fn find(&self, quoted: &[Quoted]) -> Option<Found> {
        let hint = quoted.iter().rev().find_map(|line| line.spot.as_ref());
        let keys: Vec<String> = quoted.iter().map(|line| words(&line.text)).collect();
        self.find_keys(&keys, |at| {
            let (Some(hint), Some(Some(spot))) = (hint, self.spots.get(at)) else {
                return u32::MAX;
            };
            if hint.file == spot.file {
                hint.line.abs_diff(spot.line)
            } else {
                u32::MAX
            }
        })
    }

    /// Finds in this file the code that is quoted from a patch; removed lines
    /// cannot be in it.
    pub fn find_code(&self, quoted: &[Quoted], near: u32) -> Option<Found> {
        let keys: Vec<String> = quoted
            .iter()
            .filter(|line| !line.text.starts_with('-') && !line.text.starts_with("@@"))
            .map(|line| words(line.text.strip_prefix('+').unwrap_or(&line.text)))
            .collect();
        self.find_keys(&keys, |at| {
            near.abs_diff(u32::try_from(at + 1).unwrap_or(u32::MAX))
        })
    }

    /// The place where most lines agree, going up from the last one that says
    /// anything; `distance` decides between equals.
    fn find_keys(&self, keys: &[String], distance: impl Fn(usize) -> u32) -> Option<Found> {
        let keys = &keys[keys.len().saturating_sub(MAX_LINES)..];
        let mut best: Option<(Found, u32)> = None;
        for (anchor, key) in keys.iter().enumerate().rev() {
            if !says_something(key) {
                continue;
            }
            for place in self.places.get(key).into_iter().flatten() {
                let score = self.agreement(&keys[..=anchor], *place);
                let distance = distance(*place);
                let better = best.is_none_or(|(found, before)| {
                    score > found.score || (score == found.score && distance < before)
                });
                if better {
                    let line = self.onward(&keys[anchor + 1..], *place);
                    best = Some((Found { line, score }, distance));
                }
            }
            if best.is_some() {
                break;
            }
        }
        best.map(|(found, _)| found)
    }

    /// How many of `keys` are found going up from `place`, where the last is.
    /// Lines that were left out on either side cost nothing but their own
    /// score.
    fn agreement(&self, keys: &[String], place: usize) -> usize {
        let mut at = place;
        let mut score = 0;
        for key in keys.iter().rev() {
            let window = at.saturating_sub(8)..at + 1;
            let Some(found) = window.rev().find(|at| self.keys[*at] == *key) else {
                continue;
            };
            score += usize::from(says_something(key));
            if found == 0 {
                break;
            }
            at = found - 1;
        }
        score
    }

    /// Follows lines that say nothing, to a brace but not to an empty one.
    fn onward(&self, keys: &[String], place: usize) -> usize {
        let next = keys.iter().zip(&self.keys[place + 1..]);
        let same = next.take_while(|(quoted, own)| quoted == own);
        let last = same
            .enumerate()
            .filter(|(_, (_, own))| !is_blank(own))
            .last();
        place + last.map_or(0, |(index, _)| index + 1)
    }
}

/// Whether a line of a diff has nothing but its mark.
pub(super) fn is_blank(line: &str) -> bool {
    line.chars()
        .all(|c| c.is_whitespace() || c == '+' || c == '-')
}

/// Braces and the like are everywhere, and the head of a file or hunk is near
/// the wrong lines, too.
pub(super) fn says_something(key: &str) -> bool {
    let heads = ["+++ ", "--- ", "@@ ", "diff --git ", "index "];
    key.chars().filter(|c| c.is_alphanumeric()).count() >= 3
        && !heads.iter().any(|head| key.starts_with(head))
}

#[cfg(test)]
mod tests {
    use super::super::quote::{self, Remark};
    use super::*;
    use crate::review::letter::Person;

    const PATCH: &str = "Why it is\ndone.\n---\n x.c | 9 +\n\ndiff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n\
        @@ -10,3 +10,7 @@ f\n \tint a;\n+\tret = call(1);\n+\tif (ret)\n+\t\treturn ret;\n+\t}\n \tint c;\n\
        @@ -50,2 +54,4 @@ g\n+\tret = call(2);\n+\tif (ret)\n+\t\treturn ret;\n \tint d;\n";

    fn remark(body: &str) -> Remark {
        let mut remarks = quote::read(body, &Person::default()).remarks;
        remarks.remove(0)
    }

    fn line_of(body: &str) -> Option<u32> {
        let text = Text::of_patch(PATCH);
        let found = text.find(&remark(body).quoted)?;
        text.spots[found.line].as_ref().map(|spot| spot.line)
    }

    #[test]
    fn lines_around_decide_between_equal_lines() {
        assert_eq!(
            line_of("> +\tret = call(1);\n> +\tif (ret)\n> +\t\treturn ret;\nx\n"),
            Some(13)
        );
        assert_eq!(
            line_of("> +\tret = call(2);\n> +\tif (ret)\n> +\t\treturn ret;\nx\n"),
            Some(56)
        );
        // Only the number of the hunk tells them apart.
        let hunk = "> +++ b/x.c\n> @@ -50,2 +55,4 @@ g\n> +\t\treturn ret;\nx\n";
        assert_eq!(line_of(hunk), Some(56));
    }

    #[test]
    fn blanks_do_not_count_and_a_brace_belongs_to_what_is_above() {
        assert_eq!(
            line_of("> + ret = call(1);\n> + if (ret)\n> + return ret;\n> + }\nx\n"),
            Some(14)
        );
        assert_eq!(line_of("> int c;\nx\n"), Some(15));
    }

    #[test]
    fn the_description_has_no_line_and_foreign_text_no_place() {
        let text = Text::of_patch(PATCH);
        let found = text.find(&remark("> Why it is\nx\n").quoted).unwrap();
        assert_eq!(text.spots[found.line], None);
        assert_eq!(text.find(&remark("> something else\nx\n").quoted), None);
        assert_eq!(text.find(&remark("> +\t}\nx\n").quoted), None);
    }

    #[test]
    fn code_is_found_where_it_moved() {
        let code = "int a;\n\nint moved;\nif (ret)\n\treturn ret;\n";
        let quoted = remark("> -\tif (old)\n> +\tif (ret)\n> +\t\treturn ret;\nx\n").quoted;
        let found = Text::of_code(code).find_code(&quoted, 1).unwrap();
        assert_eq!(found.line, 4);
    }
}
