// SPDX-License-Identifier: GPL-2.0-only
//! The recipients against the kernel's own script, on its own tree:
//!
//!     KERNEL_TREE=~/linux cargo test -p xtask --test recipients -- --ignored --nocapture
//!
//! Needs perl. `KERNEL_TREE_SEED` chooses other files and patches.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use xtask::recipients::{Folder, Maintainers, Recipient};

const FILES: usize = 500;
const PATCHES: usize = 50;

/// Sections that match equally well come in the order of a Perl hash, another
/// one in each run. This makes it the order of MAINTAINERS.
const TIES: (&str, &str) = (
    "sort {$hash{$b} <=> $hash{$a}} keys %hash) {\n\t    add_categories",
    "sort {$hash{$b} <=> $hash{$a} || $a <=> $b} keys %hash) {\n\t    add_categories",
);

#[test]
#[ignore = "needs a kernel tree in KERNEL_TREE, and minutes"]
fn the_script_gives_the_same_answer() {
    let tree = PathBuf::from(std::env::var_os("KERNEL_TREE").expect("KERNEL_TREE names a kernel"));
    let dir = tempfile::tempdir().unwrap();
    let script = std::fs::read_to_string(tree.join("scripts/get_maintainer.pl")).unwrap();
    assert!(
        script.contains(TIES.0),
        "the script sorts in another way now"
    );
    let ordered = dir.path().join("ordered.pl");
    std::fs::write(&ordered, script.replacen(TIES.0, TIES.1, 1)).unwrap();
    let oracle = Oracle {
        original: tree.join("scripts/get_maintainer.pl"),
        ordered,
        tree: tree.clone(),
    };

    let mut random =
        Random(std::env::var("KERNEL_TREE_SEED").map_or(7, |seed| seed.parse().expect("a number")));
    let all = files(&tree);
    let folder = Folder(tree.clone());
    let start = Instant::now();
    let maintainers = Maintainers::read(&folder).unwrap();
    println!("MAINTAINERS read in {:?}", start.elapsed());

    let mut ties = 0;
    let mut times = Vec::new();
    for _ in 0..FILES {
        let file = random.of(&all);
        let ours = lines(&maintainers.of_file(&folder, file));
        ties += usize::from(oracle.compare(&["-f", file], "", &ours, file));
    }
    for number in 0..PATCHES {
        let patch = patch(&tree, &all, &mut random);
        let start = Instant::now();
        let ours = lines(&maintainers.of_patch(&folder, &patch));
        times.push(start.elapsed());
        ties += usize::from(oracle.compare(
            &["-"],
            &patch,
            &ours,
            &format!("patch {number}:\n{patch}"),
        ));
    }
    times.sort();
    println!(
        "{FILES} files and {PATCHES} patches, {ties} of them with sections in the order of a hash; \
         a patch takes {:?}, the slowest {:?}",
        times[PATCHES / 2],
        times[PATCHES - 1]
    );
}

struct Oracle {
    original: PathBuf,
    ordered: PathBuf,
    tree: PathBuf,
}

impl Oracle {
    /// Whether only the script with its ties in order gives our answer.
    fn compare(&self, args: &[&str], stdin: &str, ours: &[String], what: &str) -> bool {
        if self.ask(&self.original, args, stdin) == ours {
            return false;
        }
        assert_eq!(self.ask(&self.ordered, args, stdin), ours, "{what}");
        true
    }

    fn ask(&self, script: &Path, args: &[&str], stdin: &str) -> Vec<String> {
        let mut command = Command::new("perl");
        command
            .arg(script)
            .args(["--no-git", "--no-git-fallback"])
            .args(args.iter().filter(|arg| **arg != "-"))
            .current_dir(&self.tree)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(stdin.as_bytes())
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(str::to_owned).collect()
    }
}

fn lines(recipients: &[Recipient]) -> Vec<String> {
    recipients
        .iter()
        .map(|recipient| format!("{} ({})", recipient.address, recipient.role))
        .collect()
}

fn files(tree: &Path) -> Vec<String> {
    let mut files = Vec::new();
    let mut folders = vec![tree.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() && entry.file_name() != ".git" {
                folders.push(entry.path());
            } else if kind.is_file() {
                let path = entry.path();
                files.push(
                    path.strip_prefix(tree)
                        .unwrap()
                        .to_str()
                        .unwrap()
                        .to_owned(),
                );
            }
        }
    }
    files.sort();
    files
}

/// A patch as format-patch writes it, which adds lines that the files have
/// already: real text, with real keywords.
fn patch(tree: &Path, all: &[String], random: &mut Random) -> String {
    let count = 1 + random.next() % 4;
    let chosen: Vec<&String> = (0..count).map(|_| random.of(all)).collect();
    let mut diff = String::new();
    let mut words = String::new();
    for (number, file) in chosen.iter().enumerate() {
        let bytes = std::fs::read(tree.join(file)).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let text: Vec<&str> = text.lines().take(4000).collect();
        diff += &format!("diff --git a/{file} b/{file}\n");
        diff += match number {
            1 => "deleted file mode 100644\n",
            2 => "old mode 100644\nnew mode 100755\n",
            _ => "",
        };
        let new = if number == 1 {
            "/dev/null"
        } else {
            &format!("b/{file}")
        };
        diff += &format!(
            "--- a/{file}\n+++ {new}\n@@ -1,9 +1,9 @@ {}\n",
            random.of_or(&text)
        );
        for _ in 0..random.next() % 60 {
            let sign = ['+', '-', ' '][usize::try_from(random.next() % 3).unwrap()];
            diff += &format!("{sign}{}\n", random.of_or(&text));
        }
        words += &format!("{}\n", random.of_or(&text).trim_start_matches(['+', '-']));
    }
    format!(
        "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n\
         From: A U Thor <author@example.invalid>\nSubject: [PATCH] {words}\n{words}\n---\n\
         {diff}-- \n2.0\n"
    )
}

/// xorshift64*: the same choice in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[usize::try_from(self.next()).unwrap() % items.len()]
    }

    fn of_or<'a>(&mut self, lines: &[&'a str]) -> &'a str {
        if lines.is_empty() {
            ""
        } else {
            self.of::<&str>(lines)
        }
    }
}
