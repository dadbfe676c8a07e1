// SPDX-License-Identifier: GPL-2.0-only
//! How findings are printed: for people, for editors and b4 (as checkpatch's
//! `--terse --show-types`), for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use checks::{Diagnostic, Level};

use sha2::{Digest, Sha256};

use super::fix::Change;
use super::judge::Allowed;
use super::{Checked, caret, sarif};

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
    /// A Code Quality report of GitLab
    Gitlab,
    /// SARIF 2.1.0
    Sarif,
}

/// How many findings of each level there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    levels: BTreeMap<Level, usize>,
    allowed: usize,
}

impl Counts {
    /// Counts the findings of an input.
    pub fn add(&mut self, checked: &Checked) {
        for diagnostic in &checked.diagnostics {
            *self.levels.entry(diagnostic.level).or_default() += 1;
        }
        self.allowed += checked.allowed.len();
    }

    /// Whether there was none.
    pub fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// "2 errors, 1 warning".
    pub fn line(&self) -> String {
        let mut words: Vec<String> = [
            (Level::Error, "error"),
            (Level::Warning, "warning"),
            (Level::Check, "check"),
        ]
        .into_iter()
        .filter_map(|(level, word)| {
            let count = *self.levels.get(&level)?;
            let plural = if count == 1 { "" } else { "s" };
            Some(format!("{count} {word}{plural}"))
        })
        .collect();
        if words.is_empty() {
            words.push("no finding".to_owned());
        }
        if self.allowed > 0 {
            words.push(format!("{} allowed", self.allowed));
        }
        words.join(", ")
    }
}

/// Prints findings in a format; some formats are one document.
#[derive(Debug)]
pub struct Printer {
    format: Format,
    colour: bool,
    begun: bool,
}

impl Printer {
    /// A printer.
    pub fn new(format: Format, colour: bool) -> Self {
        Self {
            format,
            colour,
            begun: false,
        }
    }

    /// What stands before all findings.
    pub fn head(&self) -> String {
        match self.format {
            Format::Gitlab => "[\n".to_owned(),
            Format::Sarif => sarif::head(),
            _ => String::new(),
        }
    }

    /// The findings of an input, with a newline after each.
    pub fn print(&mut self, checked: &Checked) -> String {
        let name = &checked.name;
        let mut out = String::new();
        let mut put = |text: String| {
            if matches!(self.format, Format::Gitlab | Format::Sarif) && self.begun {
                out.push_str(",\n");
            }
            self.begun = true;
            out.push_str(&text);
            if !matches!(self.format, Format::Gitlab | Format::Sarif) {
                out.push('\n');
            }
        };
        for found in &checked.diagnostics {
            put(match self.format {
                Format::Text => text(name, found, self.colour),
                Format::Terse => terse(name, found),
                Format::Json => json(name, found),
                Format::Github => github(name, found),
                Format::Gitlab => gitlab(found, name),
                Format::Sarif => sarif::result(name, found, None),
            });
        }
        for Allowed { diagnostic, reason } in &checked.allowed {
            match self.format {
                Format::Text => put(format!(
                    "allowed: {name}:{}: {}: {}",
                    diagnostic.line,
                    diagnostic.kind,
                    printable(reason)
                )),
                Format::Sarif => put(sarif::result(name, diagnostic, Some(reason))),
                _ => {}
            }
        }
        out
    }

    /// What stands after all findings.
    pub fn foot(&self) -> &'static str {
        match self.format {
            Format::Gitlab => "\n]\n",
            Format::Sarif => sarif::FOOT,
            _ => "",
        }
    }
}

/// Lines that changed, as a diff without context.
pub fn diff(name: &str, changes: &[Change]) -> String {
    let mut out = format!("--- {name}\n+++ {name}");
    for change in changes {
        let _ = write!(out, "\n@@ -{0} +{0} @@", change.line);
        for (marker, line) in [('-', &change.old), ('+', &change.new)] {
            let line = String::from_utf8_lossy(line);
            let _ = write!(out, "\n{marker}{}", printable(line.trim_end_matches('\n')));
        }
    }
    out
}

/// `name:line: LEVEL:TYPE: message`.
fn terse(name: &str, found: &Diagnostic) -> String {
    format!(
        "{}:{}: {}:{}: {}",
        printable(name),
        found.line,
        found.level,
        found.kind,
        printable(&found.message)
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
        printable(&found.message),
        found.kind,
        found.certainty
    );
    let _ = write!(out, "\n  --> {}:{}", printable(name), found.line);
    if let Some(columns) = found.columns() {
        let _ = write!(out, ":{}", columns.start);
    }
    if found.file_line > 0 && found.file != name {
        let _ = write!(out, " ({}:{})", printable(&found.file), found.file_line);
    }
    if !found.source.trim().is_empty() || found.place.is_some() {
        let (line, carets) = caret::show(&found.source, found.place.as_ref());
        let _ = write!(out, "\n   | {line}");
        if let Some(carets) = carets {
            let _ = write!(out, "\n   | {}", paint(code, carets));
        }
    }
    out
}

/// No control character of a patch reaches the terminal.
fn printable(text: &str) -> String {
    text.chars().map(caret::harmless).collect()
}

fn json(name: &str, found: &Diagnostic) -> String {
    let columns = found.columns();
    serde_json::json!({
        "file": name,
        "line": found.line,
        "column": columns.as_ref().map(|columns| columns.start),
        "end_column": columns.as_ref().map(|columns| columns.end),
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
    let columns = match found.columns() {
        Some(columns) => format!(",col={},endColumn={}", columns.start, columns.end),
        None => String::new(),
    };
    format!(
        "::{kind} file={},line={}{columns},title={}::{}",
        escape(name, true),
        found.line.max(1),
        found.kind,
        escape(&printable(&found.message), false)
    )
}

/// An issue of GitLab's Code Quality. The fingerprint survives other lines.
fn gitlab(found: &Diagnostic, name: &str) -> String {
    let (path, line) = match found.file_line {
        0 => (name, found.line),
        line => (found.file.as_str(), line),
    };
    let mut hash = Sha256::new();
    for part in [path, found.kind, &found.source] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    serde_json::json!({
        "description": found.message,
        "check_name": found.kind,
        "fingerprint": crate::source::archive::hex(&hash.finalize()),
        "severity": match found.level {
            Level::Error => "major",
            Level::Warning => "minor",
            Level::Check => "info",
        },
        "location": {"path": path, "lines": {"begin": line.max(1)}},
    })
    .to_string()
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
                place: Some(1..9),
                fix: None,
            }],
            allowed: Vec::new(),
        }
    }

    fn print(format: Format) -> String {
        let mut printer = Printer::new(format, format == Format::Terse);
        let two = [one(), one()].map(|checked| printer.print(&checked));
        format!("{}{}{}", printer.head(), two.concat(), printer.foot())
    }

    #[test]
    fn nothing_of_a_patch_reaches_the_terminal_as_a_command() {
        let mut found = one().diagnostics.remove(0);
        found.message = "'\x1b]0;x\x07' is no address".to_owned();
        found.file = "mm/\x1b[2J.c".to_owned();
        for shown in [
            text("a\r\x1b.patch", &found, false),
            terse("a\r\x1b.patch", &found),
        ] {
            let obeyed = shown.chars().filter(|c| c.is_control() && *c != '\n');
            assert_eq!(obeyed.count(), 0, "{shown:?}");
        }
    }

    #[test]
    fn what_is_one_document_parses_as_one() {
        let gitlab: serde_json::Value = serde_json::from_str(&print(Format::Gitlab)).unwrap();
        assert_eq!(gitlab[1]["location"]["path"], "mm/gup.c");
        assert_eq!(gitlab[0]["fingerprint"], gitlab[1]["fingerprint"]);
        let sarif: serde_json::Value = serde_json::from_str(&print(Format::Sarif)).unwrap();
        assert_eq!(sarif["runs"][0]["results"][1]["ruleId"], "VOLATILE");
    }

    #[test]
    fn text_has_the_line_with_a_caret_and_colour_only_if_asked() {
        let text = Printer::new(Format::Text, false).print(&one());
        assert!(text.ends_with("\n   | +volatile int a;\u{fffd}[2J\n   |  ^^^^^^^^\n"));
        let text = Printer::new(Format::Text, true).print(&one());
        assert!(text.ends_with("\x1b[33m ^^^^^^^^\x1b[0m\n"), "{text:?}");
    }

    #[test]
    fn what_was_allowed_is_printed_with_its_reason() {
        let mut checked = one();
        let diagnostic = checked.diagnostics.remove(0);
        checked.allowed.push(Allowed {
            diagnostic,
            reason: "a register".to_owned(),
        });
        let text = Printer::new(Format::Text, false).print(&checked);
        assert_eq!(text, "allowed: a,b.patch:7: VOLATILE: a register\n");
    }

    #[test]
    fn the_terse_line_is_checkpatchs() {
        assert_eq!(
            print(Format::Terse),
            "a,b.patch:7: WARNING:VOLATILE: 100% volatile\n".repeat(2)
        );
    }

    #[test]
    fn a_patch_cannot_speak_to_the_terminal_or_the_workflow() {
        assert!(!print(Format::Text).contains('\x1b'));
        assert_eq!(
            print(Format::Github),
            "::warning file=a%2Cb.patch,line=7,col=2,endColumn=10,title=VOLATILE::100%25 volatile\n".repeat(2)
        );
    }

    #[test]
    fn json_is_one_object_a_line() {
        let text = print(Format::Json);
        let value: serde_json::Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert_eq!(value["type"], "VOLATILE");
        assert_eq!(value["line"], 7);
        assert_eq!(
            (&value["column"], &value["end_column"]),
            (&2.into(), &10.into())
        );
    }

    #[test]
    fn counts_are_words() {
        let mut counts = Counts::default();
        assert_eq!(counts.line(), "no finding");
        counts.add(&one());
        assert_eq!(counts.line(), "1 warning");
    }
}
