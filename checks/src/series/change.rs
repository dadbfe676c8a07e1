// SPDX-License-Identifier: GPL-2.0-only
//! The files that a series changes, patch by patch. In: what is changed in a
//! file. Out: its text before and after, if the patch applies to the kernel
//! that there is to ask.

use std::collections::HashMap;

use crate::world::World;

use super::letter::{File, Hunk};

/// Lines that may be compared while looking for the place of hunks.
const STEPS: usize = 20_000_000;

/// A file before and after a patch.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) before: Vec<u8>,
    pub(crate) after: Vec<u8>,
    /// Lines after the patch, and the lines of the mail that show them.
    shown: Vec<(usize, usize)>,
}

/// The kernel as far as the patches have changed it.
pub(crate) struct Trees<'w> {
    world: &'w dyn World,
    /// Files that were changed; without a text where a patch did not apply.
    files: HashMap<String, Option<Vec<u8>>>,
    steps: usize,
}

impl Change {
    /// The line of the mail that shows a line of the file, or the one next to
    /// it.
    pub(crate) fn line_of(&self, line: usize) -> Option<usize> {
        let after = self.shown.partition_point(|shown| shown.0 < line);
        let near = self.shown[after.saturating_sub(1)..].iter().take(2);
        let near = near.min_by_key(|shown| shown.0.abs_diff(line));
        near.map(|shown| shown.1)
    }
}

impl<'w> Trees<'w> {
    pub(crate) fn new(world: &'w dyn World) -> Self {
        Self {
            world,
            files: HashMap::new(),
            steps: STEPS,
        }
    }

    /// Makes a change. Nothing for what is no C and for what does not apply.
    pub(crate) fn apply(&mut self, file: &File<'_>) -> Option<Change> {
        if !file.is_c() {
            return None;
        }
        let before = match &file.old {
            None => Some(Vec::new()),
            Some(path) => match self.files.remove(path) {
                Some(known) => known,
                None => self.world.read(path),
            },
        };
        let applied = before
            .as_deref()
            .and_then(|before| hunks(before, &file.hunks, &mut self.steps));
        let path = file.new.clone()?;
        let Some((after, shown)) = applied else {
            self.files.insert(path, None);
            return None;
        };
        self.files.insert(path, Some(after.clone()));
        Some(Change {
            before: before.unwrap_or_default(),
            after,
            shown,
        })
    }
}

type Applied = (Vec<u8>, Vec<(usize, usize)>);

fn hunks(before: &[u8], hunks: &[Hunk<'_>], steps: &mut usize) -> Option<Applied> {
    let mut lines: Vec<&[u8]> = before.split(|byte| *byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    let (mut after, mut shown) = (Vec::with_capacity(before.len()), Vec::new());
    let (mut done, mut number) = (0, 0);
    let mut put = |line: &[u8]| {
        after.extend_from_slice(line);
        after.push(b'\n');
        number += 1;
        number
    };
    for hunk in hunks {
        let at = place(&lines, done, hunk, steps)?;
        for line in &lines[done..at] {
            put(line);
        }
        done = at;
        for line in &hunk.lines {
            if line.marker != b'-' {
                shown.push((put(line.text), line.number));
            }
            done += usize::from(line.marker != b'+');
        }
    }
    for line in lines.get(done..)? {
        put(line);
    }
    Some((after, shown))
}

/// Where the lines before a hunk stand: as it says, or at the first place from
/// there on, or at the first at all.
fn place(lines: &[&[u8]], done: usize, hunk: &Hunk<'_>, steps: &mut usize) -> Option<usize> {
    let old: Vec<&[u8]> = hunk
        .lines
        .iter()
        .filter(|line| line.marker != b'+')
        .map(|line| line.text)
        .collect();
    if old.is_empty() {
        let at = hunk.old_start;
        return (at >= done && at <= lines.len()).then_some(at);
    }
    if *steps == 0 {
        return None;
    }
    let told = hunk.old_start.saturating_sub(1).max(done);
    let last = lines.len().checked_sub(old.len())?;
    (told..=last).chain(done..told.min(last + 1)).find(|at| {
        if *steps < old.len() {
            *steps = 0;
            return false;
        }
        let same = old.iter().zip(&lines[*at..]).take_while(|(a, b)| a == b);
        let same = same.count();
        *steps -= same.min(old.len()) + usize::from(same < old.len());
        same == old.len()
    })
}

#[cfg(test)]
mod tests {
    use super::super::letter::Letter;
    use super::*;
    use crate::world::Nowhere;

    fn after(before: &[u8], diff: &str) -> Option<Vec<u8>> {
        let mail =
            format!("Subject: x\n\n---\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n{diff}");
        let letter = Letter::parse(mail.as_bytes());
        let mut steps = STEPS;
        hunks(before, &letter.files[0].hunks, &mut steps).map(|applied| applied.0)
    }

    #[test]
    fn a_hunk_is_found_where_lines_have_moved_to() {
        let diff = "@@ -1,2 +1,2 @@\n-b\n+B\n c\n@@ -3,1 +3,2 @@\n d\n+e\n";
        assert_eq!(after(b"a\nb\nc\nd\n", diff).unwrap(), b"a\nB\nc\nd\ne\n");
        assert_eq!(after(b"a\nc\nd\n", diff), None);
    }

    #[test]
    fn patches_build_on_each_other_and_one_that_fails_spoils_its_file() {
        let patch = |hunk: &str| {
            format!("Subject: x\n\n---\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n{hunk}")
        };
        let new = "Subject: x\n\n---\ndiff --git a/a.c b/a.c\nnew file mode 100644\n--- /dev/null\n+++ b/a.c\n@@ -0,0 +1,1 @@\n+a\n";
        let mut trees = Trees::new(&Nowhere);
        let mut apply = |mail: &str| {
            let letter = Letter::parse(mail.as_bytes());
            trees.apply(&letter.files[0]).map(|change| change.after)
        };
        assert_eq!(apply(new).unwrap(), b"a\n");
        assert_eq!(apply(&patch("@@ -1 +1 @@\n-a\n+b\n")).unwrap(), b"b\n");
        assert_eq!(apply(&patch("@@ -1 +1 @@\n-a\n+b\n")), None);
        assert_eq!(apply(&patch("@@ -1 +1 @@\n-b\n+c\n")), None);
    }
}
