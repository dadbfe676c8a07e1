// SPDX-License-Identifier: GPL-2.0-only
//! What to check, and how strictly.

use std::collections::HashSet;

/// A text to check.
#[derive(Clone, Copy, Debug)]
pub struct Input<'t> {
    /// Its name; for a source file, its path in the kernel tree.
    pub name: &'t str,
    /// The text.
    pub text: &'t [u8],
    /// What it is.
    pub kind: Kind,
}

/// What a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A patch or a mail with one.
    Patch,
    /// A source file as it is.
    File,
}

/// How to check.
#[derive(Clone, Debug)]
pub struct Options {
    /// Report matters of taste as well.
    pub strict: bool,
    /// Types to leave out, in capitals.
    pub ignore: HashSet<String>,
    /// The only types to report, in capitals; empty for all.
    pub only: HashSet<String>,
    /// Whether a patch without a sign-off is one to report.
    pub sign_off: bool,
    /// The longest line, in columns.
    pub max_line_length: usize,
    /// The shortest help text of a configuration symbol, in lines.
    pub min_help_lines: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            strict: false,
            ignore: HashSet::new(),
            only: HashSet::new(),
            sign_off: true,
            max_line_length: 100,
            min_help_lines: 4,
        }
    }
}

impl Options {
    /// Whether a type is wanted.
    #[must_use]
    pub fn wants(&self, name: &str) -> bool {
        if self.only.is_empty() {
            !self.ignore.contains(name)
        } else {
            self.only.contains(name)
        }
    }
}
