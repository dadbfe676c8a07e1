// SPDX-License-Identifier: GPL-2.0-only
//! `cargo xtask check` as people call it: what it takes for input, what it
//! prints, and how it ends.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use common::{World, git};

/// A workspace without a kernel, and a folder with a repository to call from.
struct Room {
    world: World,
    here: PathBuf,
}

impl Room {
    fn new() -> Self {
        let world = World::new();
        std::fs::write(world.cx.paths.workspace().join("Cargo.toml"), "").unwrap();
        let here = world.dir.path().join("here");
        std::fs::create_dir(&here).unwrap();
        git(&here, &["init", "--quiet", "--initial-branch=main"]);
        let room = Self { world, here };
        room.commit("a.c", "int a;\n", "the first one");
        room
    }

    fn commit(&self, file: &str, text: &str, subject: &str) -> String {
        self.write(file, text);
        git(&self.here, &["add", file]);
        let message = format!("a: {subject}\n\nIt was wrong, and\nthis mends it.\n");
        git(
            &self.here,
            &["commit", "--quiet", "--signoff", "-m", &message],
        );
        git(&self.here, &["rev-parse", "HEAD"])
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.here.join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(["check", "--no-tree"])
            .args(args)
            .current_dir(&self.here)
            .env("CARGO_MANIFEST_DIR", self.world.cx.paths.workspace())
            .env("XDG_CACHE_HOME", self.world.cx.paths.cache());
        command
    }

    fn check(&self, args: &[&str]) -> Output {
        self.terse(args).output().unwrap()
    }

    fn terse(&self, args: &[&str]) -> Command {
        let mut command = self.command(&["--format", "terse"]);
        command.args(args);
        command
    }

    /// The levels and types of what was found.
    fn found(&self, args: &[&str]) -> Vec<String> {
        let output = self.check(args);
        let text = String::from_utf8(output.stdout).unwrap();
        let lines = text.lines().map(|line| {
            let (_, rest) = line.split_once(": ").unwrap();
            rest.split(": ").next().unwrap().to_owned()
        });
        let found: Vec<String> = lines.collect();
        let expected = if found.is_empty() { 0 } else { 1 };
        assert_eq!(output.status.code(), Some(expected), "{args:?}: {text}");
        found
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn commits_are_checked_as_the_patches_that_git_makes_of_them() {
    let room = Room::new();
    room.commit("a.c", "int a;\nint b; \n", "the second one");
    room.commit("b.c", "if(a)\n", "the third one");
    git(&room.here, &["format-patch", "--quiet", "HEAD~2"]);
    let both = room.found(&["HEAD~2..HEAD"]);
    assert!(both.iter().any(|line| line.contains("TRAILING_WHITESPACE")));
    assert!(both.iter().any(|line| line.contains("SPACING")));
    let patches = room.found(&["0001-a-the-second-one.patch", "0002-a-the-third-one.patch"]);
    assert_eq!(both, patches);
    // Open ends, a single one, another folder's repository.
    assert_eq!(room.found(&["main~2.."]), both);
    let last = room.found(&["main"]);
    assert!(!last.is_empty() && both.ends_with(&last));
    let elsewhere = room.world.dir.path().to_owned();
    let git_dir = format!("--git-dir={}", room.here.display());
    let output = room
        .terse(&[&git_dir, "main~1.."])
        .current_dir(elsewhere)
        .output()
        .unwrap();
    assert_eq!(text(&output.stdout).lines().count(), last.len());
    // The name is that of the commit.
    let id = git(&room.here, &["rev-parse", "--short=12", "main"]);
    assert!(text(&output.stdout).starts_with(&format!("{id}:")));
}

#[test]
fn a_name_that_means_two_things_is_refused_with_how_to_say_which() {
    let room = Room::new();
    room.commit("main", "x\n", "a file that is called as the branch");
    let output = room.check(&["main"]);
    assert_eq!(output.status.code(), Some(2));
    let message = text(&output.stderr);
    assert!(
        message.contains("./main") && message.contains("main~0"),
        "{message}"
    );
    // Each way to say which is taken.
    let is_no_patch = |args: &[&str]| {
        let found = room.found(args);
        found.iter().any(|line| line.contains("NOT_UNIFIED_DIFF"))
    };
    assert!(is_no_patch(&["./main"]));
    assert!(is_no_patch(&["--", "main"]));
    assert!(!is_no_patch(&["main~0"]));
}

#[test]
fn what_is_no_single_patch_is_refused() {
    let room = Room::new();
    git(&room.here, &["checkout", "--quiet", "-b", "side"]);
    room.commit("s.c", "int s;\n", "a side");
    git(&room.here, &["checkout", "--quiet", "main"]);
    room.commit("m.c", "int m;\n", "the other");
    git(&room.here, &["merge", "--quiet", "--no-edit", "side"]);
    for (name, words) in [
        ("main", "is a merge"),
        ("main..main", "there is no commit in"),
        ("side...main", "has two sides"),
        ("main:a.c", "is no commit"),
        ("nothing", "there is no file or commit nothing"),
    ] {
        let output = room.check(&[name]);
        assert_eq!(output.status.code(), Some(2), "{name}");
        assert!(
            text(&output.stderr).contains(words),
            "{}",
            text(&output.stderr)
        );
    }
    // A merge within a range is left out.
    let output = room.check(&["main~2..main"]);
    assert!(
        text(&output.stderr).contains("2 patches"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn sarif_is_what_its_schema_says() {
    // As published it has a bracket too many in a pattern, of a property that
    // is not used here.
    let schema = include_str!("data/sarif-schema-2.1.0.json").replace("{2}]?$", "{2})?$");
    let schema = schema.replace("|^[a-zA-Z]{2}-", "(-");
    let validator = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
    let room = Room::new();
    let print = |args: &[&str]| {
        let sarif = [&["--format=sarif", "--strict"], args].concat();
        let output = room.command(&sarif).output().unwrap();
        let sarif: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&sarif)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        sarif["runs"][0]["results"].as_array().unwrap().clone()
    };
    // Nothing, a finding of the whole input, one of a commit.
    room.write("good.h", "/* SPDX-License-Identifier: GPL-2.0 */\nint a;\n");
    assert!(print(&["-f", "good.h"]).is_empty());
    room.write("no:patch %41.patch", "x\n");
    assert_eq!(
        print(&["./no:patch %41.patch"])[0]["ruleId"],
        "NOT_UNIFIED_DIFF"
    );
    assert!(!print(&["HEAD"]).is_empty());
    // One with a place, one without, one that was allowed, one of an odd line.
    room.write(
        "odd:n\u{e4}me.c",
        "// SPDX-License-Identifier: GPL-2.0\nint \u{e4};\tint b; // \u{e4} \n\
         static volatile int v; /* check-allow: VOLATILE: a register */\n\
         void f(void)\n{\n\tg();\n\treturn;\n}\nint c;\n",
    );
    let results = print(&["-f", "odd:n\u{e4}me.c"]);
    let of = |kind: &str| {
        let found = results.iter().find(|result| result["ruleId"] == kind);
        let found = found.unwrap_or_else(|| panic!("{kind}: {results:#?}"));
        (found, &found["locations"][0]["physicalLocation"])
    };
    let (_, blank) = of("TRAILING_WHITESPACE");
    assert_eq!(blank["artifactLocation"]["uri"], "odd%3An%C3%A4me.c");
    assert_eq!(
        blank["region"],
        serde_json::json!({"startLine": 2, "startColumn": 19, "endColumn": 20, "snippet": {"text": " "}})
    );
    assert_eq!(
        blank["contextRegion"]["snippet"]["text"],
        "int \u{e4};\tint b; // \u{e4} "
    );
    let (_, spaced) = of("LINE_SPACING");
    assert_eq!(spaced["region"]["startColumn"], 1);
    assert_eq!(spaced["region"]["endColumn"], 1);
    let (_, before) = of("RETURN_VOID");
    assert!(before["region"].get("startColumn").is_none(), "{before}");
    let (allowed, _) = of("VOLATILE");
    assert_eq!(allowed["suppressions"][0]["justification"], "a register");
}

#[test]
fn standard_input_is_a_patch_or_a_source() {
    let room = Room::new();
    let run = |args: &[&str], input: &str| {
        let mut child = room
            .terse(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        std::io::Write::write_all(&mut stdin, input.as_bytes()).unwrap();
        drop(stdin);
        text(&child.wait_with_output().unwrap().stdout)
    };
    assert!(run(&["-"], "x\n").contains("ERROR:NOT_UNIFIED_DIFF"));
    let source = run(&["-f", "-"], "int a; \n");
    assert!(
        source.starts_with("-:1: ERROR:TRAILING_WHITESPACE"),
        "{source}"
    );
}

#[test]
fn a_folder_is_all_its_sources_or_all_its_patches() {
    let room = Room::new();
    for number in 0..1000 {
        room.write(&format!("tree/{}/{number}.h", number % 7), "int a; \n");
    }
    room.write("tree/0/a.o", "int a; \n");
    let output = room.check(&["-f", "--types", "TRAILING_WHITESPACE", "tree"]);
    let lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(lines.len(), 1000);
    assert!(lines.is_sorted(), "the order is that of the names");
    // Without -f there is no patch in it, and with one that is all.
    let output = room.check(&["tree"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("-f tree"));
    room.write("tree/1.patch", "x\n");
    assert_eq!(room.found(&["tree"]).len(), 1);
}

#[test]
fn checkpatch_is_asked_as_the_rules_are() {
    let room = Room::new();
    room.write("k/scripts/spelling.txt", "teh||the\n");
    room.write("k/include/linux/a.h", "");
    for name in ["MAINTAINERS", "Kbuild"] {
        room.write(&format!("k/{name}"), "");
    }
    // A script that says how it was called.
    room.write(
        "k/scripts/checkpatch.pl",
        r#"
        my $say = sub { print "x:1: WARNING:$_[0]: x\n" };
        $say->("VOLATILE") if grep { $_ eq "--no-tree" } @ARGV;
        $say->("STRCPY") if grep { /^--root=/ } @ARGV;
        $say->("STRNCPY") if defined $ENV{GIT_DIR};
        $say->("YIELD") if -e "Kbuild";
        open(my $file, "<", $ARGV[-1]) or die;
        while (<$file>) { print "x:$.: WARNING:TYPO_SPELLING: x\n" if /teh/ }
        "#,
    );
    room.commit("b.h", "/* teh */\n", "the second one");
    git(&room.here, &["format-patch", "--quiet", "-1"]);
    let rows = |args: &[&str]| -> Vec<String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        let output = command
            .args(["check", "--parity", "--tree=k"])
            .args(["--types=VOLATILE,STRCPY,STRNCPY,YIELD,TYPO_SPELLING"])
            .args(args)
            .current_dir(&room.here)
            .env("CARGO_MANIFEST_DIR", room.world.cx.paths.workspace())
            .env("XDG_CACHE_HOME", room.world.cx.paths.cache())
            .output()
            .unwrap();
        let table = text(&output.stdout);
        let rows = table.lines().filter(|line| !line.contains("all"));
        let mut rows: Vec<String> = rows
            .filter_map(|line| {
                let words: Vec<&str> = line.split_whitespace().collect();
                let [name, both, ours, theirs, ..] = words[..] else {
                    return None;
                };
                let counts = [both, ours, theirs].map(|word| word.parse::<u32>().ok());
                (counts.iter().all(Option::is_some))
                    .then(|| format!("{name} {both} {ours} {theirs}"))
            })
            .collect();
        rows.sort();
        rows
    };
    let patch = "0001-a-the-second-one.patch";
    let (typo, there) = ("TYPO_SPELLING 1 0 0", |name: &str| format!("{name} 0 0 1"));
    assert_eq!(rows(&[patch]), [&there("STRCPY"), typo, &there("YIELD")]);
    assert_eq!(rows(&["--no-tree", patch]), [typo, &there("VOLATILE")]);
    assert_eq!(
        rows(&["--git-dir=.git", "HEAD"]),
        [&there("STRCPY"), &there("STRNCPY"), typo, &there("YIELD")]
    );
}

#[test]
fn misspellings_of_codespell_are_found_if_one_asks() {
    let room = Room::new();
    room.write(
        "dictionary.txt",
        "teh->the\nclass->clas, disabled: a name\n",
    );
    room.write("b.h", "/* Teh class of a buid */\n");
    let args = ["-f", "--strict", "--types=TYPO_SPELLING", "b.h"];
    assert!(room.found(&args).is_empty());
    let found = room.found(&[&args[..], &["--codespell=dictionary.txt"]].concat());
    assert_eq!(found, ["CHECK:TYPO_SPELLING"]);
    let output = room.check(&["-f", "b.h", "--codespell=none.txt"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_reader_that_goes_away_ends_it_in_peace() {
    let room = Room::new();
    for number in 0..200 {
        let line = "\tstrcpy(a, b); \n".repeat(40);
        room.write(&format!("tree/{number}.c"), &line);
    }
    let mut child = room
        .terse(&["-f", "tree"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{output:?}");
    assert!(!text(&output.stderr).contains("panicked"));
}

#[test]
fn nothing_but_a_file_is_written_to() {
    let room = Room::new();
    room.commit("b.c", "int b; \n", "the second one");
    let output = room.check(&["HEAD", "--fix"]);
    assert!(text(&output.stdout).contains("+int b;"), "{output:?}");
    let output = room.check(&["HEAD", "--fix", "--write"]);
    assert_eq!(output.status.code(), Some(2));
    let file: &Path = &room.here.join("b.c");
    assert_eq!(std::fs::read_to_string(file).unwrap(), "int b; \n");
    assert!(
        room.check(&["-f", "b.c", "--fix", "--write"])
            .status
            .success()
    );
    assert_eq!(std::fs::read_to_string(file).unwrap(), "int b;\n");
}

#[test]
fn nobody_has_to_read_what_is_said_beside_the_findings() {
    let room = Room::new();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = room.terse(&["HEAD"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(1));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let status = room.terse(&["nothing"]).stderr(writer).status().unwrap();
    assert_eq!(status.code(), Some(2));
}

#[test]
fn what_is_no_patch_and_where_no_source_is_is_said() {
    let room = Room::new();
    let says = |args: &[&str], words: &str| {
        let output = room.check(args);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{message}");
        assert!(message.contains(words), "{message}");
    };
    says(&["a.c"], "check -f a.c");
    std::fs::create_dir(room.here.join("empty")).unwrap();
    std::os::unix::fs::symlink("../empty", room.here.join("empty/loop")).unwrap();
    says(&["-f", "empty"], "no source in empty");
    says(&[""], "empty");
    // A patch may be called like a source.
    assert_eq!(room.check(&["--", "a.c"]).status.code(), Some(1));
}

#[test]
fn a_mail_is_checked_as_it_is_meant_and_not_written_over() {
    use base64::Engine as _;
    let room = Room::new();
    room.commit("a.c", "int a;\nint b; \n", "the second one");
    git(
        &room.here,
        &["format-patch", "--quiet", "-1", "--output=plain.patch"],
    );
    let found = room.found(&["plain.patch"]);
    assert!(
        found
            .iter()
            .any(|line| line.contains("TRAILING_WHITESPACE"))
    );
    let plain = std::fs::read_to_string(room.here.join("plain.patch")).unwrap();
    let (head, body) = plain.split_once("\n\n").unwrap();
    let body = base64::engine::general_purpose::STANDARD.encode(body);
    let encoded = format!("{head}\nContent-Transfer-Encoding: base64\n\n{body}\n");
    room.write("encoded.eml", &encoded);
    assert_eq!(room.found(&["encoded.eml"]), found);
    let output = room.check(&["--fix", "--write", "encoded.eml"]);
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert_eq!(
        std::fs::read_to_string(room.here.join("encoded.eml")).unwrap(),
        encoded
    );
    room.write("crlf.eml", &plain.replace('\n', "\r\n"));
    assert_eq!(room.found(&["crlf.eml"]), found);
}

#[test]
fn the_kernel_of_the_current_folder_is_the_one_that_is_asked() {
    let room = Room::new();
    for (name, text) in [
        ("MAINTAINERS", ""),
        ("Kbuild", ""),
        ("include/a.h", ""),
        ("scripts/checkpatch.pl", ""),
        ("scripts/spelling.txt", "teh||the\n"),
        ("mm/b.h", "/* Teh end */\n"),
    ] {
        room.write(&format!("kernel/{name}"), text);
    }
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["check", "--strict", "--format=json"])
        .args(["--types=TYPO_SPELLING", "-f", "b.h"])
        .current_dir(room.here.join("kernel/mm"))
        .env_remove("CARGO_MANIFEST_DIR")
        .env("XDG_CACHE_HOME", room.world.cx.paths.cache())
        .output()
        .unwrap();
    let found = text(&output.stdout);
    assert!(
        found.contains(r#""path":"mm/b.h""#),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn the_message_is_no_part_of_a_file() {
    let room = Room::new();
    room.write(
        "a.patch",
        "From: A <a@b.c>\nSubject: x\n\n a\n b\n\nSigned-off-by: A <a@b.c>\n---\n a | 1 +\ndiff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -0,0 +1 @@\n+teh\n",
    );
    let mut command = room.command(&["--format=gitlab", "--strict", "a.patch"]);
    let issues = command.output().unwrap().stdout;
    let issues: serde_json::Value = serde_json::from_slice(&issues).unwrap();
    for issue in issues.as_array().unwrap() {
        assert_ne!(issue["location"]["path"], "", "{issue}");
    }
}
