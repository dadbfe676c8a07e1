// SPDX-License-Identifier: GPL-2.0-only
//! What a rule is.

use crate::context::Cx;
use crate::diagnostic::{Certainty, Level};
use crate::series;

/// Looks at a line and reports.
pub(crate) type Check = fn(&mut Cx<'_>);

/// A rule: the documentation and the cases are data, the check is a function
/// for each point at which the rule looks.
#[derive(Debug)]
pub struct Rule {
    /// The type, as checkpatch names it.
    pub name: &'static str,
    /// The levels it may report at.
    pub levels: &'static [Level],
    /// How often it is right.
    pub certainty: Certainty,
    /// The text of its file, whose head is its documentation.
    pub(crate) source: &'static str,
    pub(crate) checks: &'static [(Stage, Check)],
    /// How it looks at a series as one, if it does.
    pub(crate) series: Option<series::Check>,
    /// Texts that it reports and texts that it does not.
    #[cfg_attr(not(test), allow(dead_code, reason = "the cases are for the tests"))]
    pub(crate) fires: &'static [Case],
    #[cfg_attr(not(test), allow(dead_code, reason = "the cases are for the tests"))]
    pub(crate) silent: &'static [Case],
}

/// When a rule looks at a line. The order is that of checkpatch's own gates: a
/// line that does not pass one is not seen by the later ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// A line that names the file of the hunks to come, before it counts as
    /// this line.
    Renamed,
    /// The same, after.
    FileHeader,
    /// Every other line, before its tags change the state.
    Line,
    /// Tags such as Signed-off-by.
    Tag,
    /// Every line, with the state of the message.
    Log,
    /// Every line, once it is known whether the message has begun.
    Text,
    /// Lines of a hunk that are not removed.
    Hunk,
    /// The same, in sources of any language.
    Source,
    /// C and device trees.
    Code,
    /// C: context and added lines.
    C,
    /// C: added lines.
    Added,
    /// C: added lines, with the statement found in any case.
    Late,
    /// Once, at the end.
    End,
}

/// A text for a rule to be tried on.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(not(test), allow(dead_code, reason = "the cases are for the tests"))]
pub(crate) enum Case {
    /// Lines added to `drivers/misc/a.c` by a patch.
    C(&'static str),
    /// Lines added to a file by a patch.
    In(&'static str, &'static str),
    /// The lines of a hunk of a file, with their markers.
    Hunk(&'static str, &'static str),
    /// The text of a source file, checked as a file.
    File(&'static str, &'static str),
    /// The same as `C`, where `//` comments are not tolerated.
    Untolerant(&'static str),
    /// The body of a commit message.
    Message(&'static str),
    /// A whole patch.
    Patch(&'static str),
    /// The mails of a series: subject and headers, a blank line, message, and
    /// after `---` for each file `%path`, for a new one `%%path`, with lines
    /// and their markers.
    Series(&'static [&'static str]),
}

/// How the names of rules begin that checkpatch.pl does not have.
const OWN: [&str; 5] = [
    "RUST_",
    "SERIES_",
    "KERNEL_DOC_",
    "INLINE_IN_",
    "FUNCTION_IN_",
];

/// The headings of a rule's documentation, in this order.
pub(crate) const HEADINGS: [&str; 5] = ["What it does", "Why", "Example", "Instead", "Source"];

impl Rule {
    /// Whether checkpatch.pl has it, too.
    #[must_use]
    pub fn is_checkpatch(&self) -> bool {
        !OWN.iter().any(|start| self.name.starts_with(start))
    }

    /// The documentation: Markdown under fixed headings.
    #[must_use]
    pub fn documentation(&self) -> String {
        let mut text = String::new();
        for line in self.source.lines().skip(1) {
            let Some(line) = line.strip_prefix("//!") else {
                break;
            };
            text.push_str(line.strip_prefix(' ').unwrap_or(line));
            text.push('\n');
        }
        text
    }

    /// The text under one heading, in one line.
    #[must_use]
    pub fn section(&self, heading: &str) -> String {
        let documentation = self.documentation();
        let (mut inside, mut fenced) = (false, false);
        let mut words = Vec::new();
        for line in documentation.lines() {
            let fence = line.starts_with("```");
            fenced ^= fence;
            match line.strip_prefix("# ") {
                Some(title) if !fenced => inside = title == heading,
                _ if inside && !fence => words.extend(line.split_whitespace()),
                _ => {}
            }
        }
        words.join(" ")
    }

    /// The headings that every rule's documentation has.
    #[must_use]
    pub fn headings() -> &'static [&'static str] {
        &HEADINGS
    }
}

/// A rule, from what its file says. The file's own head is its documentation.
macro_rules! rule {
    (
        $file:literal $name:ident, $levels:tt, $certainty:ident,
        { $($stage:ident: $check:expr),+ $(,)? },
        $($cases:tt)+
    ) => {
        $crate::rule::rule! {
            @ $file $name, $levels, $certainty,
            &[$(($crate::rule::Stage::$stage, $check)),+], None,
            $($cases)+
        }
    };
    (
        $file:literal $name:ident, $levels:tt, $certainty:ident,
        series $check:expr,
        $($cases:tt)+
    ) => {
        $crate::rule::rule! { @ $file $name, $levels, $certainty, &[], Some($check), $($cases)+ }
    };
    (
        @ $file:literal $name:ident, [$($level:ident),+], $certainty:ident,
        $checks:expr, $series:expr,
        fires: [$($fires:expr),+ $(,)?],
        silent: [$($silent:expr),+ $(,)?] $(,)?
    ) => {
        pub(crate) const RULE: $crate::rule::Rule = $crate::rule::Rule {
            name: stringify!($name),
            levels: &[$($crate::diagnostic::Level::$level),+],
            certainty: $crate::diagnostic::Certainty::$certainty,
            source: include_str!($file),
            checks: $checks,
            series: $series,
            fires: &[$($fires),+],
            silent: &[$($silent),+],
        };
    };
}
pub(crate) use rule;
