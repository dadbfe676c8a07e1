// SPDX-License-Identifier: GPL-2.0-only
//! What only shows when a series is looked at as one. In: its mails in order,
//! perhaps with a cover letter. Out: findings, each with the mail that it is
//! about. A rule is a file, as elsewhere.

mod change;
mod letter;
mod names;

pub(crate) mod kernel_doc_excess;
pub(crate) mod kernel_doc_missing;
pub(crate) mod kernel_doc_name;
pub(crate) mod kernel_doc_return;
pub(crate) mod series_fixes_elsewhere;
pub(crate) mod series_fixes_late;
pub(crate) mod series_no_base;
pub(crate) mod series_no_change_log;
pub(crate) mod series_no_cover;
pub(crate) mod series_no_recipient;
pub(crate) mod series_numbers;
pub(crate) mod series_too_long;
pub(crate) mod series_trailer_twice;
pub(crate) mod series_undone;
pub(crate) mod series_unused_function;
pub(crate) mod series_unused_static;
pub(crate) mod series_used_too_early;

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::Range;

use crate::diagnostic::{Diagnostic, Level};
use crate::kernel_doc::{self, Fault, Kind};
use crate::options::Options;
use crate::rule::Rule;
use crate::rules;
use crate::text;
use crate::world::World;
use change::{Change, Trees};
use letter::Letter;
use names::Names;

/// How a rule looks at a series.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Check {
    /// Once, at all of it.
    Whole(fn(&mut Cx<'_>)),
    /// At what a patch makes of the kernel-doc comments of a file.
    KernelDoc(Kind),
}

/// The context of a check.
pub(crate) struct Cx<'a> {
    /// The cover letter and the patches, in the order that they were given in.
    pub(crate) letters: &'a [Letter<'a>],
    pub(crate) options: &'a Options,
    pub(crate) world: &'a dyn World,
    names: OnceCell<Names>,
    rule: &'static Rule,
    found: Vec<(usize, Diagnostic)>,
}

/// A line of a mail of the series, and of the file that it changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'p> {
    pub(crate) letter: usize,
    /// Line of the mail, from 1.
    pub(crate) line: usize,
    pub(crate) file: &'p str,
    /// Line of the file after the patch; 0 for none.
    pub(crate) file_line: usize,
    /// What it is about, if that stands on the line.
    pub(crate) word: &'p str,
}

/// Checks mails that belong together: what is found with the index of the mail.
pub fn check_series(
    mails: &[&[u8]],
    options: &Options,
    world: &dyn World,
) -> Vec<(usize, Diagnostic)> {
    let letters: Vec<Letter<'_>> = mails.iter().map(|mail| Letter::parse(mail)).collect();
    let mut cx = Cx {
        letters: &letters,
        options,
        world,
        names: OnceCell::new(),
        rule: rules::ALL[0],
        found: Vec::new(),
    };
    let mut docs = Vec::new();
    for rule in rules::ALL.iter().filter(|rule| options.wants(rule.name)) {
        match rule.series {
            Some(Check::Whole(check)) => {
                cx.rule = rule;
                check(&mut cx);
            }
            Some(Check::KernelDoc(kind)) => docs.push((*rule, kind)),
            None => {}
        }
    }
    if !docs.is_empty() {
        kernel_docs(&mut cx, &docs);
    }
    let mut found = cx.found;
    found.sort_by_key(|(letter, found)| (*letter, found.line));
    found
}

/// The mails that belong to one series, by their indices: mails that count to
/// the same number. Those without a number follow each other, and a cover letter
/// if it has no patches of its own.
pub fn group_series(mails: &[&[u8]]) -> Vec<Vec<usize>> {
    let mut groups: Vec<(Option<u32>, Vec<usize>)> = Vec::new();
    let subjects: Vec<_> = mails.iter().map(|mail| letter::subject(mail)).collect();
    for (index, subject) in subjects.iter().enumerate() {
        let of = subject.number.map(|(_, of)| of);
        match groups.iter_mut().find(|(other, _)| *other == of) {
            Some((_, group)) => group.push(index),
            None => groups.push((of, vec![index])),
        }
    }
    let bare = groups.iter().position(|(of, _)| of.is_none());
    let is_cover = |index: &usize| {
        subjects[*index]
            .number
            .is_some_and(|(number, _)| number == 0)
    };
    let lone = groups
        .iter()
        .position(|(of, group)| of.is_some() && group.iter().all(is_cover));
    if let (Some(bare), Some(lone)) = (bare, lone) {
        let patches = std::mem::take(&mut groups[bare].1);
        groups[lone].1.extend(patches);
        groups.remove(bare);
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// New faults of kernel-doc comments, file by file, in the kernel as the
/// patches before have left it.
fn kernel_docs(cx: &mut Cx<'_>, rules: &[(&'static Rule, Kind)]) {
    let mut trees = Trees::new(cx.world);
    let letters = cx.letters;
    for (index, letter) in letters.iter().enumerate() {
        for file in &letter.files {
            let Some(change) = trees.apply(file) else {
                continue;
            };
            for fault in new_faults(&change) {
                let Some((rule, _)) = rules.iter().find(|(_, kind)| *kind == fault.kind) else {
                    continue;
                };
                cx.rule = rule;
                let place = Place {
                    letter: index,
                    line: change.line_of(fault.line).unwrap_or(file.line),
                    file: file.path(),
                    file_line: fault.line,
                    word: fault.word(),
                };
                cx.warn(place, fault.message());
            }
        }
    }
}

/// The faults after a change that were not there before; lines move.
fn new_faults(change: &Change) -> Vec<Fault> {
    let mut before: HashMap<(Kind, String, String), usize> = HashMap::new();
    for fault in kernel_doc::faults(&change.before) {
        *before.entry(fault.key()).or_default() += 1;
    }
    let mut after = kernel_doc::faults(&change.after);
    after.retain(|fault| match before.get_mut(&fault.key()) {
        Some(count) if *count > 0 => {
            *count -= 1;
            false
        }
        _ => true,
    });
    after
}

impl<'a> Cx<'a> {
    /// The patches with their indices; a cover letter is none.
    pub(crate) fn patches(&self) -> impl Iterator<Item = (usize, &'a Letter<'a>)> + use<'a> {
        let letters = self.letters;
        letters
            .iter()
            .enumerate()
            .filter(|(_, letter)| !letter.is_cover())
    }

    /// The cover letter.
    pub(crate) fn cover(&self) -> Option<(usize, &'a Letter<'a>)> {
        let letters = self.letters;
        letters
            .iter()
            .enumerate()
            .find(|(_, letter)| letter.is_cover())
    }

    /// What the series calls what.
    fn names(&self) -> &Names {
        self.names.get_or_init(|| Names::of(self.letters))
    }

    /// The subject of a mail as a place to report.
    pub(crate) fn subject(&self, letter: usize) -> Place<'static> {
        Place {
            letter,
            line: self.letters[letter].subject.line.max(1),
            file: "",
            file_line: 0,
            word: "",
        }
    }

    pub(crate) fn warn(&mut self, place: Place<'_>, message: impl Into<String>) {
        self.report(Level::Warning, place, message.into());
    }

    /// Reports a matter of taste, if those are asked for.
    pub(crate) fn check(&mut self, place: Place<'_>, message: impl Into<String>) {
        if self.options.strict {
            self.report(Level::Check, place, message.into());
        }
    }

    fn report(&mut self, level: Level, place: Place<'_>, message: String) {
        debug_assert!(
            self.rule.levels.contains(&level),
            "{} does not declare {level}",
            self.rule.name
        );
        let lines = &self.letters[place.letter].lines;
        let source = lines.get(place.line.saturating_sub(1));
        let source = text::show(source.copied().unwrap_or_default());
        self.found.push((
            place.letter,
            Diagnostic {
                kind: self.rule.name,
                level,
                certainty: self.rule.certainty,
                line: place.line,
                file: place.file.to_owned(),
                file_line: place.file_line,
                message: message.replace('\n', " "),
                place: word(&source, place.word),
                source,
                fix: None,
            },
        ));
    }
}

/// Where a word stands on a line.
fn word(line: &str, word: &str) -> Option<Range<usize>> {
    let is_word = |c: char| c == '_' || c.is_alphanumeric();
    let places = line.match_indices(word).map(|(at, _)| at..at + word.len());
    places.filter(|_| !word.is_empty()).find(|place| {
        !line[..place.start].ends_with(is_word) && !line[place.end..].starts_with(is_word)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_are_grouped_by_what_they_count_to() {
        let mail = |tags: &str| format!("Subject: [PATCH{tags}] x\n\n").into_bytes();
        let group = |tags: &[&str]| {
            let mails: Vec<Vec<u8>> = tags.iter().map(|tags| mail(tags)).collect();
            let mails: Vec<&[u8]> = mails.iter().map(|mail| &**mail).collect();
            group_series(&mails)
        };
        assert_eq!(group(&[" 1/2", " 1/3", " 2/2"]), [vec![0, 2], vec![1]]);
        assert_eq!(group(&["", " v2", ""]), [vec![0, 1, 2]]);
        assert_eq!(group(&[" 0/2", "", ""]), [vec![0, 1, 2]]);
        assert_eq!(group(&[" 0/1", " 1/1", ""]), [vec![0, 1], vec![2]]);
    }
}
