// SPDX-License-Identifier: GPL-2.0-only
//! How findings are printed: for people, for editors and b4 (as checkpatch's
//! `--terse --show-types`), for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use checks::{Diagnostic, Level};

use super::Checked;

/// A format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// The finding, where it is, and the line
    #[default]
    Text,
    /// One line each, as checkpatch.pl --terse --show-types prints them
    Terse,
    /// One JSON object a line
    Json,
    /// Annotations of a GitHub workflow
    Github,
}

/// How many findings of each level there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<Level, usize>);

impl Counts {
    /// Counts the findings of an input.
    pub fn add(&mut self, checked: &Checked) {
        for diagnostic in &checked.diagnostics {
            *self.0.entry(diagnostic.level).or_default() += 1;
        }
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// "2 errors, 1 warning".
    pub fn line(&self) -> String {
        let words: Vec<String> = [
            (Level::Error, "error"),
            (Level::Warning, "warning"),
            (Level::Check, "check"),
        ]
        .into_iter()
        .filter_map(|(level, word)| {
            let count = *self.0.get(&level)?;
            let plural = if count == 1 { "" } else { "s" };
            Some(format!("{count} {word}{plural}"))
        })
        .collect();
        if words.is_empty() {
            "no finding".to_owned()
        } else {
            words.join(", ")
        }
    }
}

/// The findings of an input in a format, with a newline after each.
pub fn print(format: Format, checked: &Checked, colour: bool) -> String {
    let mut out = String::new();
    for diagnostic in &checked.diagnostics {
        let line = match format {
            Format::Text => text(&checked.name, diagnostic, colour),
            Format::Terse => terse(&checked.name, diagnostic),
            Format::Json => json(&checked.name, diagnostic),
            Format::Github => github(&checked.name, diagnostic),
        };
        let _ = writeln!(out, "{line}");
    }
    out
}

/// `name:line: LEVEL:TYPE: message`.
fn terse(name: &str, found: &Diagnostic) -> String {
    format!(
        "{name}:{}: {}:{}: {}",
        found.line, found.level, found.kind, found.message
    )
}

fn text(name: &str, found: &Diagnostic, colour: bool) -> String {
    let paint = |code: &str, text: String| match colour {
        true => format!("\x1b[{code}m{text}\x1b[0m"),
        false => text,
    };
    let code = match found.level {
        Level::Error => "31",
        Level::Warning => "33",
        Level::Check => "32",
    };
    let mut out = format!(
        "{} {} ({}, {})",
        paint(code, format!("{}:", found.level)),
        found.message,
        found.kind,
        found.certainty
    );
    let _ = write!(out, "\n  --> {name}:{}", found.line);
    if found.file_line > 0 && found.file != name {
        let _ = write!(out, " ({}:{})", found.file, found.file_line);
    }
    if !found.source.trim().is_empty() {
        let _ = write!(out, "\n   | {}", printable(&found.source));
    }
    out
}

/// No control character of a patch reaches the terminal.
fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_control() && c != '\t' {
                '\u{fffd}'
            } else {
                c
            }
        })
        .collect()
}

fn json(name: &str, found: &Diagnostic) -> String {
    serde_json::json!({
        "file": name,
        "line": found.line,
        "level": found.level.to_string(),
        "type": found.kind,
        "certainty": found.certainty.to_string(),
        "message": found.message,
        "path": found.file,
        "path_line": found.file_line,
        "source": found.source,
    })
    .to_string()
}

fn github(name: &str, found: &Diagnostic) -> String {
    let kind = match found.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Check => "notice",
    };
    let escape = |text: &str, property: bool| {
        let mut text = text
            .replace('%', "%25")
            .replace('\r', "%0D")
            .replace('\n', "%0A");
        if property {
            text = text.replace(':', "%3A").replace(',', "%2C");
        }
        text
    };
    format!(
        "::{kind} file={},line={},title={}::{}",
        escape(name, true),
        found.line.max(1),
        found.kind,
        escape(&found.message, false)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use checks::Certainty;

    fn one() -> Checked {
        Checked {
            name: "a,b.patch".to_owned(),
            diagnostics: vec![Diagnostic {
                kind: "VOLATILE",
                level: Level::Warning,
                certainty: Certainty::Likely,
                line: 7,
                file: "mm/gup.c".to_owned(),
                file_line: 3,
                message: "100% volatile".to_owned(),
                source: "+volatile int a;\x1b[2J".to_owned(),
            }],
        }
    }

    #[test]
    fn the_terse_line_is_checkpatchs() {
        assert_eq!(
            print(Format::Terse, &one(), true),
            "a,b.patch:7: WARNING:VOLATILE: 100% volatile\n"
        );
    }

    #[test]
    fn a_patch_cannot_speak_to_the_terminal_or_the_workflow() {
        assert!(!print(Format::Text, &one(), false).contains('\x1b'));
        assert_eq!(
            print(Format::Github, &one(), false),
            "::warning file=a%2Cb.patch,line=7,title=VOLATILE::100%25 volatile\n"
        );
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = print(Format::Json, &one(), false);
        let value: serde_json::Value = serde_json::from_str(text.trim_end()).unwrap();
        assert_eq!(value["type"], "VOLATILE");
        assert_eq!(value["line"], 7);
    }

    #[test]
    fn counts_are_words() {
        let mut counts = Counts::default();
        assert_eq!(counts.line(), "no finding");
        counts.add(&one());
        assert_eq!(counts.line(), "1 warning");
    }
}
