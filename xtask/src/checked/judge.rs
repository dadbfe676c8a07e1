// SPDX-License-Identifier: GPL-2.0-only
//! What people decided about findings. In: findings, `checks.toml`, the words
//! `check-allow` in patches and sources, a list of earlier findings. Out: what
//! is left, at the levels that were chosen, and what was allowed, with the
//! reason that somebody gave.

use std::collections::HashMap;
use std::path::Path;

use anyhow::{Context, Result};
use checks::{Diagnostic, Kind, Level};
use serde::Deserialize;

use crate::stop::Stop;

/// Decisions that hold for all inputs.
#[derive(Clone, Debug, Default)]
pub struct Judge {
    decisions: Vec<Decision>,
    /// Earlier findings that nobody has to look at again, and how many.
    known: HashMap<Known, usize>,
}

/// `checks.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    decision: Vec<Decision>,
}

/// One `[[decision]]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// The types that it is about.
    types: Vec<String>,
    /// Files of the kernel, as in MAINTAINERS; none for all.
    #[serde(default)]
    paths: Vec<String>,
    /// Off, or the level to report at.
    level: Choice,
    /// Why.
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Choice {
    Off,
    Check,
    Warning,
    Error,
}

/// A finding of an earlier run: file, type, line as it is written. Its number
/// may have changed since.
type Known = (String, String, String);

/// A finding that does not count, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// What was found.
    pub diagnostic: Diagnostic,
    /// Why that is right here.
    pub reason: String,
}

/// The words that allow a type on their line, or, in the notes of a patch, in
/// all of it: `check-allow: TYPE: reason`.
const WORDS: &str = "check-allow:";

impl Judge {
    /// Reads `checks.toml`, if there is one.
    ///
    /// # Errors
    /// A file that does not parse, a type that is none, a missing reason.
    pub fn read(path: &Path) -> Result<Self> {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        };
        Self::parse(&text).with_context(|| format!("cannot use {}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let file: File =
            toml::from_str(text).map_err(|error| Stop::environment(error.to_string()))?;
        for decision in &file.decision {
            if decision.reason.trim().is_empty() {
                return Err(Stop::environment("a decision without a reason").into());
            }
            if let Some(name) = decision
                .types
                .iter()
                .find(|name| checks::rule(name).is_none())
            {
                return Err(Stop::environment(format!("there is no rule `{name}`"))
                    .help("cargo xtask check --list")
                    .into());
            }
        }
        Ok(Self {
            decisions: file.decision,
            known: HashMap::new(),
        })
    }

    /// Takes the findings of an earlier run, as `--format json` printed them.
    ///
    /// # Errors
    /// A file that cannot be read or is something else.
    pub fn with_baseline(mut self, path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Stop::environment(format!("{}: {error}", path.display())))?;
        for (number, line) in text.lines().enumerate() {
            let found: serde_json::Value = serde_json::from_str(line).map_err(|error| {
                Stop::environment(format!("{}:{}: {error}", path.display(), number + 1))
                    .help("cargo xtask check --format json > BASELINE")
            })?;
            let word = |key: &str| found[key].as_str().unwrap_or_default().to_owned();
            let key = (word("path"), word("type"), word("source"));
            *self.known.entry(key).or_default() += 1;
        }
        Ok(self)
    }

    /// The findings of an input that count, and those that were allowed.
    /// Matters of taste only count if they are asked for.
    pub fn judge(
        &self,
        kind: Kind,
        text: &[u8],
        found: Vec<Diagnostic>,
        strict: bool,
    ) -> (Vec<Diagnostic>, Vec<Allowed>) {
        let notes = match kind {
            Kind::Patch => notes(text),
            Kind::File => Vec::new(),
        };
        let mut known = self.known.clone();
        let (mut left, mut allowed) = (Vec::new(), Vec::new());
        for mut diagnostic in found {
            let key = (
                diagnostic.file.clone(),
                diagnostic.kind.to_owned(),
                diagnostic.source.clone(),
            );
            if let Some(count) = known.get_mut(&key)
                && *count > 0
            {
                *count -= 1;
                continue;
            }
            let reason = allowance(&diagnostic.source, diagnostic.kind)
                .or_else(|| {
                    notes
                        .iter()
                        .find_map(|line| allowance(line, diagnostic.kind))
                })
                .or_else(|| self.decide(&mut diagnostic, strict));
            match reason {
                Some(reason) => allowed.push(Allowed { diagnostic, reason }),
                None => left.push(diagnostic),
            }
        }
        (left, allowed)
    }

    /// Why a finding of a type in a file does not count, unless one is strict.
    pub fn excuse(&self, kind: &str, file: &str) -> Option<&str> {
        let decision = self.decision(kind, file)?;
        matches!(decision.level, Choice::Off | Choice::Check).then_some(&*decision.reason)
    }

    /// The last decision about a type and a file, which is the most special one.
    fn decision(&self, kind: &str, file: &str) -> Option<&Decision> {
        self.decisions.iter().rev().find(|decision| {
            let covers = |pattern: &String| super::world::covers(pattern, file);
            decision.types.iter().any(|name| name == kind)
                && (decision.paths.is_empty() || decision.paths.iter().any(covers))
        })
    }

    /// Sets the level that was chosen; gives the reason if that does not count.
    fn decide(&self, diagnostic: &mut Diagnostic, strict: bool) -> Option<String> {
        let decision = self.decision(diagnostic.kind, &diagnostic.file)?;
        diagnostic.level = match decision.level {
            Choice::Off => return Some(decision.reason.clone()),
            Choice::Check if !strict => return Some(decision.reason.clone()),
            Choice::Check => Level::Check,
            Choice::Warning => Level::Warning,
            Choice::Error => Level::Error,
        };
        None
    }
}

/// The reason in `check-allow: TYPE: reason`, if it is about this type.
fn allowance(line: &str, kind: &str) -> Option<String> {
    let (_, rest) = line.split_once(WORDS)?;
    let (name, reason) = rest.trim_start().split_once(':')?;
    let reason = reason.trim().trim_end_matches("*/").trim();
    (name.trim() == kind && !reason.is_empty()).then(|| reason.to_owned())
}

/// The lines between the message and the changes that speak of the checks.
fn notes(text: &[u8]) -> Vec<String> {
    text.split(|byte| *byte == b'\n')
        .skip_while(|line| *line != b"---")
        .take_while(|line| !line.starts_with(b"diff ") && !line.starts_with(b"--- "))
        .map(|line| String::from_utf8_lossy(line).into_owned())
        .filter(|line| line.starts_with(WORDS))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use checks::Certainty;

    fn found(kind: &'static str, file: &str, source: &str) -> Diagnostic {
        Diagnostic {
            kind,
            level: Level::Warning,
            certainty: Certainty::Sure,
            line: 1,
            file: file.to_owned(),
            file_line: 1,
            message: String::new(),
            source: source.to_owned(),
            place: None,
            fix: None,
        }
    }

    const TOML: &str = r#"
        [[decision]]
        types = ["SPACING", "BRACES"]
        paths = ["mm/", "fs/*.c"]
        level = "off"
        reason = "old code"

        [[decision]]
        types = ["BRACES"]
        level = "error"
        reason = "we mean it"
    "#;

    #[test]
    fn decisions_are_by_type_and_path_and_the_last_one_counts() {
        let judge = Judge::parse(TOML).unwrap();
        let all = vec![
            found("SPACING", "mm/gup.c", ""),
            found("SPACING", "fs/a/b.c", ""),
            found("BRACES", "mm/gup.c", ""),
        ];
        let (left, allowed) = judge.judge(Kind::File, b"", all, true);
        assert_eq!(allowed.len(), 1);
        assert_eq!(allowed[0].reason, "old code");
        let left: Vec<_> = left.iter().map(|it| (it.kind, it.level)).collect();
        assert_eq!(
            left,
            [("SPACING", Level::Warning), ("BRACES", Level::Error)]
        );
    }

    #[test]
    fn what_is_lowered_to_a_matter_of_taste_is_only_for_the_strict() {
        let judge = Judge::parse(&TOML.replace("error", "check")).unwrap();
        let all = || vec![found("BRACES", "a.c", "")];
        assert!(judge.judge(Kind::File, b"", all(), false).0.is_empty());
        assert_eq!(
            judge.judge(Kind::File, b"", all(), true).0[0].level,
            Level::Check
        );
    }

    #[test]
    fn a_decision_needs_a_reason_and_a_rule() {
        for (from, to) in [("old code", " "), ("SPACING", "SPACED")] {
            assert!(Judge::parse(&TOML.replace(from, to)).is_err());
        }
    }

    #[test]
    fn a_line_or_the_notes_of_a_patch_allow_with_a_reason() {
        let judge = Judge::default();
        let text = b"message\ncheck-allow: BRACES: too early\n---\ncheck-allow: SPACING: a table\ncheck-allow: BRACES:\n\ndiff --git a/a b/a\n";
        let all = vec![
            found("SPACING", "a", "+a"),
            found("BRACES", "a", "+a"),
            found("BRACES", "a", "+b /* check-allow: BRACES: as below */"),
            found("CAMELCASE", "a", "+b /* check-allow: BRACES: as below */"),
        ];
        let (left, allowed) = judge.judge(Kind::Patch, text, all, true);
        let reasons: Vec<_> = allowed.iter().map(|it| it.reason.as_str()).collect();
        assert_eq!(reasons, ["a table", "as below"]);
        assert_eq!(left.len(), 2);
    }

    #[test]
    fn what_was_there_before_does_not_count_but_a_second_one_does() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = r#"{"path": "a.c", "type": "SPACING", "source": "a=b;", "line": 9}"#;
        std::fs::write(file.path(), line).unwrap();
        let judge = Judge::default().with_baseline(file.path()).unwrap();
        let one = found("SPACING", "a.c", "a=b;");
        assert!(
            judge
                .judge(Kind::File, b"", vec![one.clone()], true)
                .0
                .is_empty()
        );
        assert_eq!(
            judge
                .judge(Kind::File, b"", vec![one.clone(), one], true)
                .0
                .len(),
            1
        );
    }
}
