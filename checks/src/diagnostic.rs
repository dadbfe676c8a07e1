// SPDX-License-Identifier: GPL-2.0-only
//! What a rule found.

use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Must be changed.
    Error,
    /// Should be changed.
    Warning,
    /// A matter of taste; only reported when asked for.
    Check,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Level::Error => "ERROR",
            Level::Warning => "WARNING",
            Level::Check => "CHECK",
        })
    }
}

/// How often a rule is right when it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Certainty {
    /// What it reports is there.
    Sure,
    /// It may be misled by macros or by what a patch does not show.
    Likely,
    /// It guesses, and people often disagree with it.
    Guess,
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Certainty::Sure => "sure",
            Certainty::Likely => "likely",
            Certainty::Guess => "guess",
        })
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The type, as checkpatch names it.
    pub kind: &'static str,
    /// How bad it is.
    pub level: Level,
    /// How sure the rule is.
    pub certainty: Certainty,
    /// Line of the input: of the source file, or of the patch.
    pub line: usize,
    /// The file that the line belongs to after the patch; empty in a message.
    pub file: String,
    /// The line in that file, 0 outside a hunk.
    pub file_line: usize,
    /// What is wrong, in one line.
    pub message: String,
    /// The line itself, without its diff marker in a source file.
    pub source: String,
    /// The bytes of `source` that it is about, where the rule knows them.
    pub place: Option<Range<usize>>,
    /// The line as it should be, where that changes nothing but blanks.
    pub fix: Option<Vec<u8>>,
}

impl Diagnostic {
    /// The columns of the line that it is about: characters from 1, the last one
    /// not included.
    #[must_use]
    pub fn columns(&self) -> Option<Range<usize>> {
        let place = self.place.as_ref()?;
        let column = |at: usize| Some(self.source.get(..at)?.chars().count() + 1);
        Some(column(place.start)?..column(place.end)?)
    }
}
