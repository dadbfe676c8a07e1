// SPDX-License-Identifier: GPL-2.0-only
//! Replies into the checklist. In: bytes of mails, the series, the checklist.
//! Out: comments with their places, trailers, and what was passed over. What
//! was read before is not read twice, and nothing in the checklist is changed.

use std::collections::{BTreeMap, HashMap, HashSet};

use anyhow::Result;

use crate::context::Cx;
use crate::series::Series;
use crate::stop::Stop;

use super::checklist::{Checklist, Comment, Sent, Source, State, Trailer};
use super::letter::{Letter, Person, Tags, bare_title, digest};
use super::place::{Text, is_blank};
use super::quote::{Quoted, Reading, Remark};
use super::sent::{self, Original};

/// Comments of one series; so many were never made.
const MAX_COMMENTS: usize = 20_000;
/// Quoted lines by which a comment is known again.
const KEY_LINES: usize = 5;
/// Patches of a thread that are remembered.
const MAX_SENT: usize = 2_000;

/// What an import found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Mails that say something.
    pub read: usize,
    /// Mails that were read before.
    pub known: usize,
    /// The patches and cover letters themselves.
    pub originals: usize,
    /// Mails of whoever sent the series.
    pub own: usize,
    /// Numbers of the new comments.
    pub comments: Vec<u32>,
    /// How many new trailers.
    pub trailers: usize,
    /// Mails about something else, as `subject (author)`.
    pub passed_over: Vec<String>,
}

/// Who reads, and what they say about the mails.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// Their own mails are no comments.
    pub me: Option<Person>,
    /// The version that the mails are about, where their subjects are wrong.
    pub version: Option<u32>,
}

/// Reads the mails of `bytes` into the checklist.
///
/// # Errors
/// What is no mail, what exceeds the limits; the checklist is as it was then.
pub fn import(
    cx: &Cx,
    series: &Series,
    list: &mut Checklist,
    bytes: &[u8],
    reader: &Reader,
) -> Result<Summary> {
    let letters = super::read(bytes).map_err(|why| Stop::environment(format!("the file {why}")))?;
    let mut work = Work {
        cx,
        series,
        index: Index::of(list),
        list: list.clone(),
        titles: titles(series, list)?,
        is_mixed: false,
        versions: HashMap::new(),
        own: reader.me.iter().cloned().collect(),
        told: reader.version,
        summary: Summary::default(),
    };
    let letters = work.take_originals(letters)?;
    let alone = letters.len() == 1;
    for (letter, reading) in &letters {
        work.take(letter, reading, alone)?;
    }
    *list = work.list;
    Ok(work.summary)
}

/// A version with the text of its patches.
struct Version {
    originals: Vec<(Original, Text)>,
}

impl Version {
    /// Earlier sources win over later ones, patch by patch.
    fn of(sources: impl IntoIterator<Item = Vec<Original>>) -> Self {
        let mut originals: BTreeMap<u32, (Original, Text)> = BTreeMap::new();
        for original in sources.into_iter().flatten() {
            originals.entry(original.patch).or_insert_with(|| {
                let text = Text::of_patch(&original.text);
                (original, text)
            });
        }
        Self {
            originals: originals.into_values().collect(),
        }
    }

    fn get(&self, patch: u32) -> Option<&(Original, Text)> {
        let mut all = self.originals.iter();
        all.find(|(original, _)| original.patch == patch)
    }
}

struct Work<'a> {
    cx: &'a Cx,
    series: &'a Series,
    list: Checklist,
    index: Index,
    titles: HashSet<String>,
    /// The file has mails of this series for certain; others are of another.
    is_mixed: bool,
    versions: HashMap<u32, Version>,
    own: Vec<Person>,
    told: Option<u32>,
    summary: Summary,
}

/// What is looked up for each mail and comment.
struct Index {
    /// Key of a comment to its place in the list.
    comments: HashMap<String, usize>,
    /// Digest of a mail to its place in the list.
    letters: HashMap<String, usize>,
    /// Message-IDs of mails.
    ids: HashSet<String>,
    /// Message-ID of a patch to its version and number.
    sent: HashMap<String, (u32, u32)>,
    /// Of the next comment.
    number: u32,
}

impl Index {
    fn of(list: &Checklist) -> Self {
        let comments = list.comment.iter().enumerate();
        let letters = list.letter.iter().enumerate();
        let sent = list.sent.iter().filter(|sent| !sent.id.is_empty());
        Self {
            comments: comments.map(|(at, one)| (one.key.clone(), at)).collect(),
            letters: letters.map(|(at, one)| (one.digest.clone(), at)).collect(),
            ids: list.letter.iter().map(|one| one.id.clone()).collect(),
            sent: sent
                .map(|sent| (sent.id.clone(), (sent.version, sent.patch)))
                .collect(),
            number: list.next_number(),
        }
    }
}

/// What the patches and the cover letter of all versions are called.
fn titles(series: &Series, list: &Checklist) -> Result<HashSet<String>> {
    let sent = list.sent.iter().map(|sent| sent.title.clone());
    let mut titles: HashSet<String> = sent.collect();
    titles.insert(bare_title(&series.about.title));
    for version in series.archived().into_iter().chain([series.about.version]) {
        let kept = sent::on_disk(series, version)?;
        titles.extend(kept.into_iter().map(|original| original.title));
    }
    Ok(titles)
}

/// Where a remark was found.
#[derive(Default)]
struct Place {
    patch: Option<u32>,
    title: String,
    file: Option<String>,
    line: Option<u32>,
}

impl Work<'_> {
    /// Takes the patches and cover letters out of the mails.
    fn take_originals(
        &mut self,
        letters: Vec<(Letter, Reading)>,
    ) -> Result<Vec<(Letter, Reading)>> {
        self.learn_authors(&letters);
        let thread = self.thread_of(&letters);
        let mut found: BTreeMap<u32, Vec<Original>> = BTreeMap::new();
        let mut rest = Vec::new();
        for (letter, reading) in letters {
            let is_part = thread.is_empty()
                || thread.contains(&letter.id)
                || letter.references.iter().any(|id| thread.contains(id))
                || self.titles.contains(&bare_title(&letter.subject));
            match Original::of_letter(&letter) {
                // Who answers with a patch of their own says something.
                Some((version, original)) if is_part && self.is_own(&letter.from) => {
                    self.summary.originals += 1;
                    let known = found.entry(self.told.unwrap_or(version)).or_default();
                    if !known.iter().any(|known| known.patch == original.patch) {
                        known.push(original);
                    }
                }
                _ => rest.push((letter, reading)),
            }
        }
        for (version, mut originals) in found {
            self.remember(version, &originals)?;
            for (original, _) in self.version(version)?.originals.drain(..) {
                if !originals.iter().any(|known| known.patch == original.patch) {
                    originals.push(original);
                }
            }
            self.versions.insert(version, Version::of([originals]));
        }
        self.remember_rehearsed(&rest)?;
        Ok(rest)
    }

    /// Who sends patches with the titles of this series is its author. Where
    /// no title is known, it is who sends the first patch.
    fn learn_authors(&mut self, letters: &[(Letter, Reading)]) {
        let mut first = None;
        for (letter, _) in letters {
            let is_known = self.titles.contains(&bare_title(&letter.subject));
            self.is_mixed |= is_known;
            if Original::of_letter(letter).is_none() {
                continue;
            }
            first.get_or_insert(&letter.from);
            if is_known && !self.is_own(&letter.from) {
                self.own.push(letter.from.clone());
            }
        }
        if let (false, Some(first)) = (self.is_mixed, first) {
            self.own.push(first.clone());
        }
    }

    /// The Message-IDs of this series' own mails, and of what they answer: a
    /// patch may have had another title.
    fn thread_of(&self, letters: &[(Letter, Reading)]) -> HashSet<String> {
        let mut thread = HashSet::new();
        for (letter, _) in letters {
            let is_own = self.is_own(&letter.from) && Original::of_letter(letter).is_some();
            if is_own && self.titles.contains(&bare_title(&letter.subject)) {
                thread.extend(letter.references.iter().chain([&letter.id]).cloned());
            }
        }
        thread.remove("");
        thread
    }

    fn is_own(&self, who: &Person) -> bool {
        self.own.iter().any(|own| own.is(who))
    }

    /// Keeps what a version was. What is remembered stays as it is.
    fn remember(&mut self, version: u32, originals: &[Original]) -> Result<()> {
        let is_known = |list: &Checklist, patch: u32| {
            let mut all = list.sent.iter();
            all.any(|sent| sent.version == version && sent.patch == patch)
        };
        let new: Vec<Original> = originals
            .iter()
            .filter(|original| !is_known(&self.list, original.patch))
            .cloned()
            .collect();
        if self.list.sent.len() + new.len() > MAX_SENT {
            return Err(too_many("patches", MAX_SENT));
        }
        self.list.sent.extend(sent::records(version, &new)?);
        let key = |sent: &Sent| (sent.version, sent.patch);
        self.list.sent.sort_by_key(key);
        self.index = Index::of(&self.list);
        Ok(())
    }

    /// Rehearsed mails that somebody answers have been sent.
    fn remember_rehearsed(&mut self, replies: &[(Letter, Reading)]) -> Result<()> {
        let answered: HashSet<&str> = replies
            .iter()
            .flat_map(|(letter, _)| letter.references.iter().map(String::as_str))
            .collect();
        for version in 1..=self.series.about.version.min(999) {
            let originals = sent::rehearsed(self.cx, self.series, version);
            if originals
                .iter()
                .any(|original| answered.contains(original.id.as_str()))
            {
                self.remember(version, &originals)?;
            }
        }
        Ok(())
    }

    fn version(&mut self, version: u32) -> Result<&mut Version> {
        if !self.versions.contains_key(&version) {
            let sources = [
                sent::rehearsed(self.cx, self.series, version),
                sent::on_disk(self.series, version)?,
            ];
            self.versions.insert(version, Version::of(sources));
        }
        Ok(self.versions.entry(version).or_insert(Version {
            originals: Vec::new(),
        }))
    }

    /// Takes what a mail says.
    fn take(&mut self, letter: &Letter, reading: &Reading, alone: bool) -> Result<()> {
        let Some((version, patch)) = self.subject_of(letter, alone)? else {
            let line = format!("{} ({})", letter.subject, letter.from.display());
            self.summary.passed_over.push(line);
            return Ok(());
        };
        if self.is_own(&letter.from) {
            self.summary.own += 1;
            return Ok(());
        }
        let source = source_of(letter, version, patch);
        if self.index.letters.contains_key(&source.digest) {
            self.summary.known += 1;
            return Ok(());
        }
        self.summary.read += 1;
        let mut seen: HashMap<String, u32> = HashMap::new();
        for remark in &reading.remarks {
            let mut comment = self.comment(&source, letter, remark)?;
            // The same words below the same lines may be said twice.
            let count = seen.entry(comment.key.clone()).or_default();
            *count += 1;
            if *count > 1 {
                comment.key = format!("{}-{count}", comment.key);
            }
            self.add(comment, &source)?;
        }
        for given in &reading.trailers {
            let trailer = Trailer {
                key: given.key.clone(),
                value: given.value.clone(),
                version,
                patch,
                letter: source.digest.clone(),
            };
            let same = |known: &Trailer| {
                (&known.key, &known.value, known.version, known.patch)
                    == (&trailer.key, &trailer.value, trailer.version, trailer.patch)
            };
            if !self.list.trailer.iter().any(same) {
                self.list.trailer.push(trailer);
                self.summary.trailers += 1;
            }
        }
        let at = self.list.letter.len();
        self.index.letters.insert(source.digest.clone(), at);
        self.index.ids.insert(source.id.clone());
        self.list.letter.push(source);
        Ok(())
    }

    /// Version and patch that a mail is about; none, if it is about something
    /// else.
    fn subject_of(&mut self, letter: &Letter, alone: bool) -> Result<Option<(u32, Option<u32>)>> {
        let mut references = letter.references.iter().rev();
        if let Some((version, patch)) = references.find_map(|id| self.index.sent.get(id)) {
            return Ok(Some((self.told.unwrap_or(*version), Some(*patch))));
        }
        let tags = Tags::of(&letter.subject);
        let mut references = letter.references.iter();
        let in_thread = references.any(|id| self.index.ids.contains(id));
        let title = bare_title(&letter.subject);
        let is_about = tags.is_some() && (!self.is_mixed || self.titles.contains(&title));
        if !is_about && !alone && !in_thread && self.told.is_none() {
            return Ok(None);
        }
        let latest = self.series.archived().pop();
        let version = self
            .told
            .or(tags.map(|tags| tags.version))
            .or(latest)
            .unwrap_or(self.series.about.version);
        let known = self.version(version)?;
        let patch = match tags.and_then(|tags| tags.number) {
            Some((number, _)) => Some(number),
            None => known
                .originals
                .iter()
                .find(|(original, _)| original.title == title)
                .map(|(original, _)| original.patch)
                // `[PATCH] x` without a number is the only one.
                .or(tags.map(|_| 1)),
        };
        Ok(Some((version, patch)))
    }

    fn comment(&mut self, source: &Source, letter: &Letter, remark: &Remark) -> Result<Comment> {
        let place = self.place(source, letter, remark)?;
        let author = letter.from.display().to_owned();
        let about = format!("{} {}", source.version, place.patch.unwrap_or(u32::MAX));
        let key = key(&author, &about, remark);
        Ok(Comment {
            number: self.index.number,
            state: State::Open,
            note: String::new(),
            fixed_in: None,
            logged: false,
            author,
            version: source.version,
            patch: place.patch,
            title: place.title,
            file: place.file,
            line: place.line,
            letter: source.digest.clone(),
            key,
            quoted: Quoted::text_of(&remark.quoted),
            text: remark.text.clone(),
        })
    }

    fn place(&mut self, source: &Source, letter: &Letter, remark: &Remark) -> Result<Place> {
        let version = self.version(source.version)?;
        let about = source.patch.and_then(|patch| version.get(patch));
        let found = match about {
            Some((original, text)) => text
                .find(&remark.quoted)
                .map(|found| (original, text, found)),
            // Said to nobody knows which one: to the one with these lines.
            None => version
                .originals
                .iter()
                .filter_map(|(original, text)| Some((original, text, text.find(&remark.quoted)?)))
                .rev()
                .max_by_key(|(_, _, found)| found.score),
        };
        let mut place = Place {
            patch: source.patch,
            title: match about {
                Some((original, _)) => original.title.clone(),
                None => bare_title(&letter.subject),
            },
            ..Place::default()
        };
        let mut lines = remark
            .quoted
            .iter()
            .rev()
            .filter(|line| !is_blank(&line.text));
        let mut spot = lines.find_map(|line| line.spot.clone());
        if let Some((original, text, found)) = found {
            if place.patch.is_none() {
                place.patch = Some(original.patch);
                place.title.clone_from(&original.title);
            }
            spot = text.spots[found.line].clone();
        }
        if let Some(spot) = spot {
            place.file = Some(spot.file.to_string());
            place.line = Some(spot.line);
        }
        Ok(place)
    }

    fn add(&mut self, comment: Comment, source: &Source) -> Result<()> {
        if let Some(at) = self.index.comments.get(&comment.key) {
            // Better known from a mail than from a page that hides its sender.
            let known = &mut self.list.comment[*at];
            let old = self.index.letters.get(&known.letter);
            let is_vague = old.is_none_or(|at| self.list.letter[*at].id.is_empty());
            if is_vague && !source.id.is_empty() {
                known.letter.clone_from(&source.digest);
            }
            return Ok(());
        }
        if self.list.comment.len() == MAX_COMMENTS {
            return Err(too_many("comments", MAX_COMMENTS));
        }
        let at = self.list.comment.len();
        self.index.comments.insert(comment.key.clone(), at);
        self.index.number = self.index.number.saturating_add(1);
        self.summary.comments.push(comment.number);
        self.list.comment.push(comment);
        Ok(())
    }
}

/// Tells a comment from others, also where an archive has changed marks and
/// blanks and hidden addresses.
fn key(author: &str, about: &str, remark: &Remark) -> String {
    let lines = remark.quoted.iter().rev();
    let above = lines.filter(|line| !is_blank(&line.text)).take(KEY_LINES);
    let mut texts = vec![author, about, &remark.text];
    texts.extend(above.map(|line| line.text.as_str()));
    let is_word = |word: &&str| !word.contains('@');
    let texts = texts
        .iter()
        .map(|text| text.split_whitespace().filter(is_word).collect::<Vec<_>>());
    let texts: Vec<String> = texts.map(|words| words.join(" ")).collect();
    digest(texts.iter().map(String::as_str))
}

fn source_of(letter: &Letter, version: u32, patch: Option<u32>) -> Source {
    Source {
        digest: letter.digest(),
        id: letter.id.clone(),
        from: letter.from.text(),
        date: letter.date.clone(),
        subject: letter.subject.clone(),
        to: letter.to.clone(),
        cc: letter.cc.clone(),
        references: letter.references.clone(),
        version,
        patch,
    }
}

fn too_many(what: &str, limit: usize) -> anyhow::Error {
    Stop::environment(format!("that makes more than {limit} {what}")).into()
}
