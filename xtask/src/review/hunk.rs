// SPDX-License-Identifier: GPL-2.0-only
//! Where a line of a diff is in its file. In: lines of a diff one by one,
//! perhaps as a mail quotes them. Out: the place of each.

use std::sync::Arc;

/// A line of a file, as of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spot {
    /// The file, without `a/` or `b/`.
    pub file: Arc<str>,
    /// Counted from 1, in the file after the patch.
    pub line: u32,
}

/// Follows a diff.
#[derive(Debug, Default)]
pub struct Tracker {
    file: Option<Arc<str>>,
    old_file: Option<Arc<str>>,
    line: u32,
    old_left: u32,
    new_left: u32,
}

impl Tracker {
    /// Takes the next line, without its quotation marks. A removed line is
    /// where the one that follows it is.
    pub fn feed(&mut self, line: &str) -> Option<Spot> {
        if line.starts_with("diff --git ") {
            *self = Self::default();
            return None;
        }
        if let Some((new, old_left, new_left)) = hunk_header(line) {
            (self.line, self.old_left, self.new_left) = (new, old_left, new_left);
            return self.spot();
        }
        // A header inside of a hunk: lines of the hunk were left out.
        if let Some(name) = line.strip_prefix("+++ ")
            && (!self.in_hunk() || self.old_file.is_some())
        {
            self.file = file_name(name, "b/").or(self.old_file.take());
            (self.old_left, self.new_left) = (0, 0);
            return None;
        }
        self.old_file = line
            .strip_prefix("--- ")
            .and_then(|name| file_name(name, "a/"));
        if !self.in_hunk() {
            return None;
        }
        if is_gap(line) {
            (self.old_left, self.new_left) = (0, 0);
            return None;
        }
        let spot = self.spot();
        match line.as_bytes().first() {
            Some(b'-') => self.old_left = self.old_left.saturating_sub(1),
            Some(b'+') => self.step(),
            Some(b'\\') => return None,
            // Archives cut the blank that marks context.
            _ => {
                self.old_left = self.old_left.saturating_sub(1);
                self.step();
            }
        }
        spot
    }

    fn in_hunk(&self) -> bool {
        self.old_left > 0 || self.new_left > 0
    }

    fn step(&mut self) {
        self.new_left = self.new_left.saturating_sub(1);
        self.line = self.line.saturating_add(1);
    }

    fn spot(&self) -> Option<Spot> {
        Some(Spot {
            file: self.file.clone()?,
            line: self.line,
        })
    }
}

/// Whether somebody says here that they left out lines.
fn is_gap(line: &str) -> bool {
    let bare = line.trim().trim_matches(['[', ']', '<', '>', '(', ')']);
    ["...", "…", "snip", "cut", "skip"].contains(&bare)
}

/// `@@ -a,b +c,d @@` to c, b, d.
fn hunk_header(line: &str) -> Option<(u32, u32, u32)> {
    let (ranges, _) = line.strip_prefix("@@ -")?.split_once(" @@")?;
    let (old, new) = ranges.split_once(" +")?;
    let count = |range: &str| match range.split_once(',') {
        Some((from, count)) => Some((from.parse().ok()?, count.parse().ok()?)),
        None => Some((range.parse().ok()?, 1)),
    };
    let ((_, old_left), (from, new_left)): ((u32, u32), (u32, u32)) = (count(old)?, count(new)?);
    Some((from.max(1), old_left, new_left))
}

fn file_name(text: &str, prefix: &str) -> Option<Arc<str>> {
    let name = text.split('\t').next().unwrap_or_default().trim_end();
    let name = name.strip_prefix(prefix)?;
    is_plain(name).then(|| Arc::from(name))
}

/// Whether a name stays below the folder that it is joined to.
pub fn is_plain(name: &str) -> bool {
    let path = std::path::Path::new(name);
    !name.is_empty()
        && name.len() <= 512
        && !name.contains(|c: char| c.is_control())
        && path
            .components()
            .all(|part| matches!(part, std::path::Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(diff: &str) -> Vec<Option<(String, u32)>> {
        let mut tracker = Tracker::default();
        diff.lines()
            .map(|line| {
                tracker
                    .feed(line)
                    .map(|spot| (spot.file.to_string(), spot.line))
            })
            .collect()
    }

    #[test]
    fn lines_are_counted_in_the_new_file() {
        let found = places(
            "diff --git a/x.c b/x.c\n--- a/x.c\n+++ b/x.c\n@@ -3,3 +7,3 @@ f\n a\n-b\n+c\n d\n-- \n2.0\n",
        );
        let lines: Vec<_> = found
            .into_iter()
            .map(|place| place.map(|(_, line)| line))
            .collect();
        let at = Some;
        assert_eq!(
            lines,
            [
                None,
                None,
                None,
                at(7),
                at(7),
                at(8),
                at(8),
                at(9),
                None,
                None
            ]
        );
    }

    #[test]
    fn context_without_its_blank_is_context() {
        let found = places("+++ b/x.c\n@@ -1,3 +1,4 @@\nint a;\n+int b;\n\nint c;\nnot this\n");
        assert_eq!(found[5], Some(("x.c".to_owned(), 4)));
        assert_eq!(found[6], None);
    }

    #[test]
    fn after_a_gap_nothing_is_certain() {
        let found = places("+++ b/x.c\n@@ -1,9 +1,9 @@\n a\n[...]\n b\n@@ -20 +20,2 @@\n c\n");
        assert_eq!(found[2], Some(("x.c".to_owned(), 1)));
        assert_eq!(found[4], None);
        assert_eq!(found[6], Some(("x.c".to_owned(), 20)));
        // The rest of a hunk was left out without a word.
        let found =
            places("+++ b/x.c\n@@ -1,9 +1,9 @@\n a\n--- a/y.c\n+++ b/y.c\n@@ -5 +6 @@\n-b\n");
        assert_eq!(found[6], Some(("y.c".to_owned(), 6)));
    }

    #[test]
    fn removed_files_have_a_name_and_no_name_leads_elsewhere() {
        let found = places("--- a/x.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n");
        assert_eq!(found[3], Some(("x.c".to_owned(), 1)));
        for name in ["../x", "/etc/passwd", "a/../../x", "a\u{1b}b"] {
            assert!(!is_plain(name), "{name}");
            let found = places(&format!("+++ b/{name}\n@@ -1 +1 @@\n+a\n"));
            assert_eq!(found.last(), Some(&None), "{name}");
        }
    }
}
