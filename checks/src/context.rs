// SPDX-License-Identifier: GPL-2.0-only
//! What a rule sees: the line in its views, where it is, the statement that
//! starts on it, and the state that rules keep from line to line.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use crate::diagnostic::{Diagnostic, Level};
use crate::lang::Lang;
use crate::lines::Lines;
use crate::macros::Define;
use crate::mail::Head;
use crate::options::{Input, Kind, Options};
use crate::re::{Caps, Re, Text, re};
use crate::rule::Rule;
use crate::rules::Spelt;
use crate::statement::Statement;
use crate::text;
use crate::world::World;

/// Nobody reads more findings of a type for a line, and each has all of it.
const REPEATED: usize = 64;

/// The context of a check.
pub(crate) struct Cx<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) options: &'a Options,
    pub(crate) world: &'a dyn World,
    pub(crate) lines: &'a Lines<'a>,
    pub(crate) setup_docs: &'a [usize],
    pub(crate) lang: Lang,
    /// Matters of taste count here: asked for, or usual in this folder.
    pub(crate) strict: bool,

    /// Number of this line in the input, from 1.
    pub(crate) n: usize,
    pub(crate) raw: Text<'a>,
    pub(crate) line: Text<'a>,
    /// Comments as blanks.
    pub(crate) plain: Text<'a>,
    pub(crate) previous: Text<'a>,
    pub(crate) previous_raw: Text<'a>,
    /// Columns of the line, of its indent and of the indent before.
    pub(crate) length: usize,
    pub(crate) indent: usize,
    pub(crate) previous_indent: usize,

    /// The file that the hunk changes, its line, lines left in the hunk.
    pub(crate) file: String,
    pub(crate) file_line: usize,
    pub(crate) left: isize,
    /// First line of the hunk.
    pub(crate) hunk_at: usize,
    /// First component of the name after `+++`.
    pub(crate) prefix: String,
    /// The line that carries the licence.
    pub(crate) license_line: usize,

    /// The statement that starts here, if one does.
    pub(crate) statement: Option<Rc<Statement>>,
    /// The line after that statement, if it was looked for.
    pub(crate) statement_end: Option<usize>,
    /// Whether the line has a word that starts one of those below.
    pub(crate) may_branch: bool,
    /// Whether the line starts a conditional or a loop.
    pub(crate) conditional: bool,
    /// Values and operators of the line, see [`crate::values`].
    pub(crate) values: Vec<u8>,
    pub(crate) marks: Vec<u8>,
    pub(crate) function: Option<Vec<u8>>,
    /// Whether the line before is one of a comment.
    pub(crate) commented: bool,

    pub(crate) head: Head,
    pub(crate) tag: Option<Tag<'a>>,
    pub(crate) keep: Keep,

    pub(crate) rule: &'static Rule,
    /// Where what a rule reports next is: bytes of the raw line.
    pub(crate) place: Option<Place>,
    /// Line and type of the last finding, and how many of them in a row.
    pub(crate) repeated: (usize, &'static str, usize),
    /// Line, file and line of the file that findings are reported at.
    pub(crate) mark: (usize, String, usize),
    pub(crate) found: Vec<Diagnostic>,
}

/// Bytes of a line, for a rule.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    rule: &'static str,
    line: usize,
    bytes: Range<usize>,
}

/// `Reviewed-by: A Name <a@b>`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tag<'a> {
    pub(crate) before: &'a [u8],
    pub(crate) name: &'a [u8],
    pub(crate) after: &'a [u8],
    pub(crate) value: &'a [u8],
}

impl Tag<'_> {
    /// Where on its line the name is.
    pub(crate) fn on_name(&self) -> Range<usize> {
        let start = self.before.len();
        start..start + self.name.len()
    }

    /// Where its value is.
    pub(crate) fn on_value(&self) -> Range<usize> {
        let start = self.on_name().end + self.after.len();
        start..start + self.value.len()
    }
}

/// What single rules remember.
#[derive(Debug, Default)]
pub(crate) struct Keep {
    /// Lines of an if or else that have been judged with what precedes them.
    pub(crate) braces: HashSet<usize>,
    /// Lines of a `while` that ends a `do`.
    pub(crate) while_trailers: HashSet<usize>,
    /// Exports: judged to be misplaced, or not.
    pub(crate) exports: std::collections::HashMap<usize, bool>,
    /// Names with capitals that were reported or are known.
    pub(crate) camelcase: HashSet<Vec<u8>>,
    pub(crate) camelcase_seeded: bool,
    /// Phrases that are known to be right.
    pub(crate) spelt: Spelt,
    pub(crate) last_blank: usize,
    pub(crate) corrupt: bool,
    /// The line that was looked at last, and the macro it defines.
    pub(crate) define: Option<(usize, Option<Rc<Define>>)>,
    /// A header, and whether it is a part of a C file by another name.
    pub(crate) source_part: Option<(String, bool)>,
    /// Words of a linker script that was part of the patch.
    pub(crate) linker_symbols: HashSet<Vec<u8>>,
}

impl Keep {
    /// A new hunk.
    pub(crate) fn forget_hunk(&mut self) {
        self.braces.clear();
        self.while_trailers.clear();
        self.exports.clear();
    }
}

impl<'a> Cx<'a> {
    pub(crate) fn is_file(&self) -> bool {
        self.input.kind == Kind::File
    }

    /// Whether the line is added.
    pub(crate) fn is_added(&self) -> bool {
        self.line.bytes.first() == Some(&b'+')
    }

    /// Reports an error.
    pub(crate) fn error(&mut self, message: impl Into<String>) {
        self.report(Level::Error, message.into());
    }

    /// Reports a warning.
    pub(crate) fn warn(&mut self, message: impl Into<String>) {
        self.report(Level::Warning, message.into());
    }

    /// Reports a matter of taste, if it counts here.
    pub(crate) fn check(&mut self, message: impl Into<String>) {
        if self.strict {
            self.report(Level::Check, message.into());
        } else {
            self.place = None;
        }
    }

    /// What is reported next is at these bytes of the line, which are the same
    /// in all its views.
    pub(crate) fn at(&mut self, bytes: Range<usize>) -> &mut Self {
        self.place = Some(Place {
            rule: self.rule.name,
            line: self.n,
            bytes,
        });
        self
    }

    /// What is reported next is at a group of a match on the line.
    pub(crate) fn on(&mut self, caps: &Caps<'_>, group: usize) -> &mut Self {
        let (mut start, end) = (caps.start(group), caps.end(group));
        if self.left != 0 {
            // The marker is none of the code.
            start = start.max(1);
        }
        let found = self.raw.bytes.get(start..end).unwrap_or_default();
        start += found.len() - text::trim_start(found).len();
        self.at(start..end)
    }

    /// What is reported next is at all of the line but the blanks around it.
    pub(crate) fn on_line(&mut self) -> &mut Self {
        let marker = usize::from(self.left != 0 || self.is_file());
        let code = self.raw.bytes.get(marker..).unwrap_or_default();
        let start = marker + code.len() - text::trim_start(code).len();
        let end = start + text::trim(code).len();
        self.at(start..end)
    }

    /// What is reported next is where the line begins, after its blanks.
    pub(crate) fn on_start(&mut self) -> &mut Self {
        self.on_line();
        if let Some(place) = &mut self.place {
            place.bytes.end = place.bytes.start;
        }
        self
    }

    /// What is reported next is where the line ends.
    pub(crate) fn on_end(&mut self) -> &mut Self {
        self.on_line();
        if let Some(place) = &mut self.place {
            place.bytes.start = place.bytes.end;
        }
        self
    }

    /// Whether a view of the line matches; what is reported next is at a group
    /// of the match.
    pub(crate) fn sees(&mut self, re: &Re, view: Text<'_>, group: usize) -> bool {
        let caps = re.caps(&self.lang, view);
        if let Some(caps) = &caps {
            self.on(caps, group);
        }
        caps.is_some()
    }

    /// A level for patches; code that is there already is only worth a check.
    pub(crate) fn in_patch(&mut self, level: Level, message: impl Into<String>) {
        match level {
            _ if self.is_file() => self.check(message),
            Level::Error => self.error(message),
            _ => self.warn(message),
        }
    }

    fn report(&mut self, level: Level, message: String) {
        let place = self.place.take();
        if !self.options.wants(self.rule.name) {
            return;
        }
        debug_assert!(
            self.rule.levels.contains(&level),
            "{} does not declare {level}",
            self.rule.name
        );
        let (n, kind) = (self.n, self.rule.name);
        match &mut self.repeated {
            (line, name, count) if *line == n && *name == kind => *count += 1,
            last => *last = (n, kind, 1),
        }
        if self.repeated.2 > REPEATED {
            return;
        }
        let (line, file, file_line) = self.mark.clone();
        let marker = usize::from(self.is_file());
        let line_bytes = self.raw.bytes.get(marker..).unwrap_or_default();
        let source = text::show(line_bytes);
        let place = place
            .filter(|place| place.rule == kind && place.line == n)
            .and_then(|place| {
                let start = place.bytes.start.checked_sub(marker)?;
                shown(line_bytes, &source, start..place.bytes.end - marker)
            });
        self.found.push(Diagnostic {
            kind: self.rule.name,
            level,
            certainty: self.rule.certainty,
            line,
            file,
            file_line,
            // Some quote code that goes over lines.
            message: message.replace('\n', " "),
            source,
            place,
            fix: None,
        });
    }

    /// Whether what was reported last is among what is kept of a line.
    pub(crate) fn was_kept(&self) -> bool {
        self.repeated.2 <= REPEATED
    }

    /// Says how the added line, with its marker, should be, for what was
    /// reported last.
    pub(crate) fn fix(&mut self, line: Vec<u8>) {
        let is_file = self.is_file();
        if self.raw.bytes.first() != Some(&b'+') || line == self.raw.bytes {
            return;
        }
        if let Some(last) = self.found.last_mut()
            && last.kind == self.rule.name
            && last.line == self.mark.0
        {
            last.fix = Some(line[usize::from(is_file)..].to_vec());
        }
    }

    /// Whether a comment explains the line: on it, beside it or right before.
    pub(crate) fn has_comment(&self) -> bool {
        let end = self.n;
        let raw = |number: usize| self.lines.raw(number);
        let lang = &self.lang;
        if raw(end).is_some_and(|line| re!(r"^\+.*//.*$").is(lang, line))
            || raw(end - 1).is_some_and(|line| re!(r"^[\+ ].*//.*$").is(lang, line))
            || raw(end + 1).is_some_and(|line| re!(r"^[\+ ].*//.*$").is(lang, line))
            || raw(end).is_some_and(|line| re!(r".*/\*.*\*/\s*(?:\\\s*)?$").is(lang, line))
        {
            return true;
        }
        self.commented
    }

    /// The quoted string of a line, as it was written.
    pub(crate) fn quoted(&self) -> &'a [u8] {
        quoted(&self.lang, self.line, self.raw.bytes)
    }

    /// The lines of the statement that starts here, as they were written.
    pub(crate) fn statement_raw(&self, statement: &Statement) -> Vec<u8> {
        let mut out = self.lines.raw_after(self.n, 0).unwrap_or_default().to_vec();
        for number in self.n + 1..=self.n + text::count(&statement.text, b'\n') {
            out.push(b'\n');
            out.extend_from_slice(self.lines.raw_after(number, 0).unwrap_or_default());
        }
        out
    }

    /// Whether the path of the file matches.
    pub(crate) fn in_file(&self, re: &crate::re::Re) -> bool {
        re.is(&self.lang, self.file.as_bytes())
    }
}

/// Bytes of a line, as bytes of the line as it is shown; none if they split
/// what is shown as one character.
fn shown(line: &[u8], source: &str, bytes: Range<usize>) -> Option<Range<usize>> {
    let end = bytes.end.min(line.len());
    let before = text::show(line.get(..bytes.start)?);
    let with = text::show(line.get(..end)?);
    (source.starts_with(&before) && source.starts_with(&with) && before.len() <= with.len())
        .then_some(before.len()..with.len())
}

/// The first string of a sanitised line, as it stands in the raw one.
pub(crate) fn quoted<'t>(lang: &Lang, line: Text<'_>, raw: &'t [u8]) -> &'t [u8] {
    re!("$String")
        .caps(lang, line)
        .and_then(|caps| raw.get(caps.start(0)..caps.end(0)))
        .unwrap_or_default()
}
