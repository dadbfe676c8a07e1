// SPDX-License-Identifier: GPL-2.0-only
//! What every rule has to have: documentation, a name that checkpatch knows,
//! cases that it reports and cases that it does not.

use std::collections::{HashMap, HashSet};

use super::ALL;
use crate::diagnostic::Diagnostic;
use crate::options::{Input, Kind, Options};
use crate::rule::{Case, HEADINGS, Rule};
use crate::world::{Commit, World};

/// A world with a little of everything, so that each rule has something to find.
struct Small {
    misspellings: HashMap<String, String>,
    const_structs: HashSet<String>,
}

impl World for Small {
    fn has_tree(&self) -> bool {
        true
    }
    fn exists(&self, path: &str) -> bool {
        path == "mm" || self.is_file(path)
    }
    fn is_file(&self, path: &str) -> bool {
        path == "mm/gup.c" || path.starts_with("include/linux/")
    }
    fn read(&self, path: &str) -> Option<Vec<u8>> {
        path.strip_prefix("include/linux/")
            .map(|name| format!("#include <asm/{name}>\n").into_bytes())
    }
    fn commit(&self, id: &str) -> Commit {
        match id.bytes().next() {
            Some(b'a' | b'e') => Commit::Known(id.to_owned(), "misc: add a".to_owned()),
            _ => Commit::Unasked,
        }
    }
    fn is_ancestor(&self, id: &str) -> Option<bool> {
        Some(id.starts_with('a'))
    }
    fn maintainers(&self, patch: &str) -> Option<Vec<String>> {
        let is_ours = patch.contains("+++ b/drivers/misc/");
        Some(vec!["M. Isc <misc@example.org>".to_owned()])
            .filter(|_| is_ours)
            .or(Some(Vec::new()))
    }
    fn is_obsolete(&self, path: &str) -> bool {
        path == "obsolete.c"
    }
    fn is_camelcase_known(&self, word: &str) -> bool {
        word == "KnownName"
    }
    fn bindings(&self) -> Option<&[u8]> {
        Some(b"  - const: known,widget\n")
    }
    fn vendor_prefixes(&self) -> &[u8] {
        b"  \"^known,.*\":\n"
    }
    fn misspellings(&self) -> Option<&HashMap<String, String>> {
        Some(&self.misspellings)
    }
    fn const_structs(&self) -> Option<&HashSet<String>> {
        Some(&self.const_structs)
    }
}

fn world() -> Small {
    Small {
        misspellings: HashMap::from([("recieve".to_owned(), "receive".to_owned())]),
        const_structs: HashSet::from(["file_operations".to_owned()]),
    }
}

/// Files beside the rules that are none.
const PARTS: [&str; 6] = ["mod", "tests", "shared", "change", "letter", "names"];

const MAIL: &str = "From: Jane Doe <jane@example.org>\nSubject: [PATCH] misc: a change\n\n";
const SIGNED: &str = "Signed-off-by: Jane Doe <jane@example.org>\n---\n";
const BODY: &str = "It was wrong, and this\nmakes it right.\n\n";

fn hunk(file: &str, lines: &str) -> String {
    let count = lines.lines().filter(|line| !line.starts_with('-')).count();
    format!(
        "diff --git a/{file} b/{file}\n--- a/{file}\n+++ b/{file}\n@@ -10,9 +10,{count} @@ f(void)\n{lines}\n-- \n2.39\n"
    )
}

/// The types that a case is reported as.
fn types(case: &Case) -> Vec<&'static str> {
    found(case).1.iter().map(|found| found.kind).collect()
}

/// A mail of a series as it is sent.
fn mail(text: &str) -> String {
    let (head, files) = text.split_once("\n%").unwrap_or((text, ""));
    let mut mail = format!("From: Jane Doe <jane@example.org>\nSubject: {head}\n");
    for part in files.split("\n%").filter(|part| !part.is_empty()) {
        let (path, lines) = part.split_once('\n').unwrap();
        let count = |other: char| {
            lines
                .lines()
                .filter(|line| !line.starts_with(other))
                .count()
        };
        let (old, new) = (count('+'), count('-'));
        mail += &match path.strip_prefix('%') {
            Some(path) => format!(
                "diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1,{new} @@\n"
            ),
            None => format!(
                "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -10,{old} +10,{new} @@\n"
            ),
        };
        mail += lines;
        mail.push('\n');
    }
    mail
}

/// What is found in a series.
fn found_in_series(mails: &[&str]) -> Vec<Diagnostic> {
    let mails: Vec<String> = mails.iter().map(|text| mail(text)).collect();
    let mails: Vec<&[u8]> = mails.iter().map(String::as_bytes).collect();
    let options = Options {
        strict: true,
        ..Options::default()
    };
    let found = crate::check_series(&mails, &options, &world());
    found.into_iter().map(|(_, found)| found).collect()
}

/// The text of a case, and what is found in it.
fn found(case: &Case) -> (String, Vec<Diagnostic>) {
    if let Case::Series(mails) = case {
        return (String::new(), found_in_series(mails));
    }
    let added = |file: &str, text: &str| {
        let lines: Vec<String> = text.split('\n').map(|line| format!("+{line}")).collect();
        format!("{MAIL}{BODY}{SIGNED}{}", hunk(file, &lines.join("\n")))
    };
    let (name, text, kind) = match case {
        Case::C(text) | Case::Untolerant(text) => {
            ("x.patch", added("drivers/misc/a.c", text), Kind::Patch)
        }
        Case::In(file, text) => ("x.patch", added(file, text), Kind::Patch),
        Case::Hunk(file, lines) => (
            "x.patch",
            format!("{MAIL}{BODY}{SIGNED}{}", hunk(file, lines)),
            Kind::Patch,
        ),
        Case::File(file, text) => (*file, (*text).to_owned(), Kind::File),
        Case::Message(text) => (
            "x.patch",
            format!("{MAIL}{text}{SIGNED}{}", hunk("a.c", "+int a;")),
            Kind::Patch,
        ),
        Case::Patch(text) => ("x.patch", (*text).to_owned(), Kind::Patch),
        Case::Series(_) => unreachable!(),
    };
    let input = Input {
        name,
        text: text.as_bytes(),
        kind,
    };
    let mut options = Options {
        strict: true,
        ..Options::default()
    };
    if let Case::Untolerant(_) = case {
        options.ignore.insert("C99_COMMENT_TOLERANCE".to_owned());
    }
    let found = crate::check(&input, &options, &world());
    (text, found)
}

#[test]
fn a_fix_changes_nothing_but_blanks() {
    let tokens = |line: &[u8]| -> Vec<u8> {
        let bytes = line.iter().copied();
        bytes.filter(|byte| !byte.is_ascii_whitespace()).collect()
    };
    let mut fixes = 0;
    for rule in ALL {
        for case in rule.fires {
            let (text, found) = found(case);
            for found in found.iter().filter(|found| found.fix.is_some()) {
                let fix = found.fix.as_deref().unwrap();
                let old = text.lines().nth(found.line - 1).unwrap().as_bytes();
                assert_eq!(tokens(old), tokens(fix), "{} {case:?}", found.kind);
                assert_ne!(old, fix, "{} {case:?}", found.kind);
                fixes += 1;
            }
        }
    }
    assert!(fixes > 10, "only {fixes}");
}

#[test]
fn every_rule_fires_on_its_cases_and_only_there() {
    let mut wrong = Vec::new();
    for rule in ALL {
        for case in rule.fires {
            if !types(case).contains(&rule.name) {
                wrong.push(format!("{} is silent on {case:?}", rule.name));
            }
        }
        for case in rule.silent {
            if types(case).contains(&rule.name) {
                wrong.push(format!("{} fires on {case:?}", rule.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_is_documented_under_the_same_headings() {
    for rule in ALL {
        let text = rule.documentation();
        let mut fenced = false;
        let headings: Vec<&str> = text
            .lines()
            .filter_map(|line| {
                fenced ^= line.starts_with("```");
                line.strip_prefix("# ").filter(|_| !fenced)
            })
            .collect();
        assert_eq!(headings, HEADINGS, "{}", rule.name);
        for heading in HEADINGS {
            assert!(!rule.section(heading).is_empty(), "{} {heading}", rule.name);
        }
    }
}

#[test]
fn every_rule_has_the_name_of_its_file_and_stands_once() {
    let mut names = HashSet::new();
    for rule in ALL {
        assert!(names.insert(rule.name), "{} twice", rule.name);
        assert!(
            rule.name
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'),
            "{}",
            rule.name
        );
        assert!(!rule.levels.is_empty());
        assert!(rule.checks.is_empty() == rule.series.is_some());
    }
    for folder in ["rules", "series"] {
        let folder = format!("{}/src/{folder}", env!("CARGO_MANIFEST_DIR"));
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let stem = name.strip_suffix(".rs").unwrap();
            if !PARTS.contains(&stem) {
                assert!(names.contains(&*stem.to_uppercase()), "{name} is no rule");
            }
        }
    }
}

#[test]
fn the_page_of_rules_is_up_to_date() {
    assert!(
        crate::rules_page() == include_str!("../../RULES.md"),
        "cargo xtask check --list --markdown > checks/RULES.md"
    );
}

#[test]
fn every_name_is_one_of_checkpatch() {
    let known: HashSet<&str> = include_str!("../../checkpatch-types.txt").lines().collect();
    for rule in ALL {
        assert_eq!(
            known.contains(rule.name),
            rule.is_checkpatch(),
            "{}",
            rule.name
        );
    }
}

/// What is about no place on a line: about a series, a message or a file as a
/// whole, about what is missing, or about the line before.
const NOWHERE: [&str; 18] = [
    "COMMIT_MESSAGE",
    "DT_SCHEMA_BINDING_PATCH",
    "FILE_PATH_CHANGES",
    "FLEXIBLE_ARRAY",
    "FROM_SIGN_OFF_MISMATCH",
    "MISSING_FIXES_TAG",
    "MISSING_SIGN_OFF",
    "NOT_UNIFIED_DIFF",
    "NO_AUTHOR_SIGN_OFF",
    "RETURN_VOID",
    "SERIES_FIXES_LATE",
    "SERIES_NO_BASE",
    "SERIES_NO_CHANGE_LOG",
    "SERIES_NO_COVER",
    "SERIES_NO_RECIPIENT",
    "SERIES_NUMBERS",
    "SERIES_TOO_LONG",
    "SERIES_UNDONE",
];

/// What may be about a later line of the statement that starts on the line.
const LATER: [&str; 3] = [
    "FUNCTION_ARGUMENTS",
    "UNNECESSARY_MODIFIER",
    "VSPRINTF_POINTER_EXTENSION",
];

#[test]
fn every_finding_is_somewhere_on_its_line_or_its_rule_is_listed() {
    let mut wrong = Vec::new();
    for rule in ALL {
        let (mut placed, mut seen) = (true, false);
        for case in rule.fires {
            let (_, found) = found(case);
            for found in found.iter().filter(|found| found.kind == rule.name) {
                seen |= found.place.is_some();
                if found.place.is_some() {
                    continue;
                }
                placed = false;
                if !NOWHERE.contains(&rule.name) && !LATER.contains(&rule.name) {
                    wrong.push(format!(
                        "{} has no place in {case:?}: {}",
                        rule.name, found.message
                    ));
                }
            }
        }
        if (seen && NOWHERE.contains(&rule.name)) || (placed && LATER.contains(&rule.name)) {
            wrong.push(format!("{} has a place", rule.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rules whose example tells what it takes more than a few lines to show; their
/// cases show it.
const TOLD: [&str; 29] = [
    "COMMIT_LOG_LONG_LINE",
    "COMMIT_MESSAGE",
    "CORRUPTED_PATCH",
    "DEEP_INDENTATION",
    "DOS_LINE_ENDINGS",
    "DT_SCHEMA_BINDING_PATCH",
    "DT_SPLIT_BINDING_PATCH",
    "FROM_SIGN_OFF_MISMATCH",
    "INVALID_UTF8",
    "LONG_LINE",
    "LONG_LINE_COMMENT",
    "LONG_LINE_STRING",
    "MISSING_EOF_NEWLINE",
    "NOT_UNIFIED_DIFF",
    "OBSOLETE",
    "PATCH_PREFIX",
    "SERIES_FIXES_ELSEWHERE",
    "SERIES_FIXES_LATE",
    "SERIES_NO_BASE",
    "SERIES_NO_CHANGE_LOG",
    "SERIES_NO_COVER",
    "SERIES_NO_RECIPIENT",
    "SERIES_NUMBERS",
    "SERIES_TOO_LONG",
    "SERIES_UNDONE",
    "SERIES_UNUSED_FUNCTION",
    "SERIES_UNUSED_STATIC",
    "SERIES_USED_TOO_EARLY",
    "UTF8_BEFORE_PATCH",
];

/// The code under a heading of a rule's documentation; what is between signs of
/// a quote has blanks at its ends.
fn code(rule: &Rule, heading: &str) -> Vec<String> {
    let text = rule.documentation();
    let (mut inside, mut fenced) = (false, false);
    let mut lines = Vec::new();
    for line in text.lines() {
        if line.starts_with("```") {
            fenced ^= true;
        } else if fenced && inside {
            lines.push(line.trim_matches('`').to_owned());
        } else if let Some(title) = line.strip_prefix("# ") {
            inside = title == heading;
        }
    }
    lines
}

/// Files that rules are about.
const FILES: [&str; 13] = [
    "drivers/misc/a.c",
    "drivers/misc/a.h",
    "drivers/misc/a.rs",
    "drivers/misc/Kconfig",
    "drivers/misc/Makefile",
    "Documentation/devicetree/bindings/a.yaml",
    "MAINTAINERS",
    "a.dts",
    "a.dtsi",
    "arch/x86/a.S",
    "arch/x86/a.c",
    "include/uapi/a.h",
    "kernel/a.c",
];

/// Where the lines of an example may stand: in a file, in a function, in a
/// message, in the head of a patch.
fn ways(lines: &[String]) -> impl Iterator<Item = Case> {
    let leak = |text: String| -> &'static str { text.leak() };
    let text = lines.join("\n");
    let inner: Vec<String> = lines.iter().map(|line| format!("\t{line}")).collect();
    let inner = inner.join("\n");
    let added: Vec<String> = lines.iter().map(|line| format!("+{line}")).collect();
    let added = added.join("\n");
    let patch = hunk("a.c", "+int a;");
    let files = FILES.iter().flat_map({
        let (text, inner) = (text.clone(), inner.clone());
        move |file| {
            [
                Case::In(file, leak(text.clone())),
                Case::In(file, leak(inner.clone())),
                Case::In(file, leak(format!("{text}\n{{\n\treturn g(a);\n}}"))),
                Case::File(file, leak(format!("{text}\n"))),
            ]
        }
    });
    [
        Case::C(leak(format!("int f(int x)\n{{\n{inner}\n}}"))),
        Case::C(leak(format!("{text};"))),
        Case::C(leak(format!("\tif (x)\n\t{}", inner.replace('\n', "\n\t")))),
        Case::C(leak(format!("\tswitch (x) {{\n{inner}\n\t}}"))),
        Case::Untolerant(leak(text.clone())),
        Case::Hunk("drivers/misc/a.c", leak(text.clone())),
        Case::Message(leak(format!("{text}\n\n"))),
        Case::Message(leak(format!("{BODY}{text}\n"))),
        Case::Patch(leak(format!("{MAIL}{BODY}{text}\n---\n{patch}"))),
        Case::Patch(leak(format!(
            "From: A <a@b.c>\n{text}\n\n{BODY}---\n{patch}"
        ))),
        Case::Patch(leak(format!("{text}\nSubject: x\n\n{BODY}---\n{patch}"))),
        Case::Patch(leak(format!("{MAIL}{BODY}{SIGNED}{text}\n"))),
        Case::Series(
            vec![leak(format!(
                "[PATCH] misc: Add\n\nx\n\n{text}\n---\n%a.c\n+int a;"
            ))]
            .leak(),
        ),
        Case::Series(vec![leak(format!("[PATCH] misc: Add\n\nx\n---\n%%a.h\n{added}"))].leak()),
    ]
    .into_iter()
    .chain(files)
}

#[test]
fn every_example_is_found_and_what_to_do_instead_is_not() {
    let mut wrong = Vec::new();
    for rule in ALL {
        let (example, instead) = (code(rule, "Example"), code(rule, "Instead"));
        let is_shown = ways(&example)
            .zip(ways(&instead))
            .any(|(example, instead)| {
                types(&example).contains(&rule.name) && !types(&instead).contains(&rule.name)
            });
        if is_shown == TOLD.contains(&rule.name) {
            wrong.push(format!("{}: {example:?}, {instead:?}", rule.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
