// SPDX-License-Identifier: GPL-2.0-only
//! What the kernel's own tools say about the files that a series touches:
//! `W=1`, sparse, coccicheck, checkpatch.pl --strict. Findings that the base
//! has as well are not the series'.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::build::{self, Make, Profile, config};
use crate::checked::judge::Judge;
use crate::context::Cx;
use crate::proc::{self, git};
use crate::stop::Stop;
use crate::toolchain::Toolchain;
use crate::tree::Tree;
use crate::tree::step::{self, Step};

/// A tool and what it found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The tool, as a person would call it.
    pub tool: &'static str,
    /// Its messages, one each.
    pub messages: Vec<String>,
}

/// Runs all tools over what a series touches.
///
/// # Errors
/// A tool that is missing or cannot run.
pub fn check(cx: &Cx, tree: &Tree, judge: &Judge, toolchain: &Toolchain) -> Result<Vec<Findings>> {
    for (tool, package) in [("sparse", "sparse"), ("spatch", "coccinelle")] {
        present(tool, package)?;
    }
    let commits = step::commits(tree)?;
    let step = Step::of(cx, tree)?;
    let range = format!("{}..HEAD", tree.base);
    let mut findings = Vec::new();
    for (tool, switch) in [("make W=1", "W=1"), ("make C=1 (sparse)", "C=2")] {
        let before = compile(
            cx,
            &step.at(&tree.base)?,
            &touched(tree, &range)?,
            switch,
            toolchain,
        )?;
        let head = commits.last().map_or(&tree.base, |commit| &commit.id);
        let after = compile(
            cx,
            &step.at(head)?,
            &touched(tree, &range)?,
            switch,
            toolchain,
        )?;
        findings.push(Findings {
            tool,
            messages: fresh(&before, &after),
        });
    }
    findings.push(Findings {
        tool: "make coccicheck",
        messages: coccicheck(cx, tree, &step, &commits, toolchain)?,
    });
    findings.push(Findings {
        tool: "checkpatch.pl --strict",
        messages: checkpatch(tree, judge, &commits)?,
    });
    Ok(findings)
}

/// Warnings of `W=1` in the files that a commit touches, which the commit
/// before it does not have.
///
/// # Errors
/// A configuration that cannot be made.
pub fn warnings(cx: &Cx, at: &Tree, commit: &str, toolchain: &Toolchain) -> Result<Vec<String>> {
    let files = touched(at, &format!("{commit}~1..{commit}"))?;
    compile(cx, at, &files, "W=1", toolchain)
}

fn present(tool: &str, package: &str) -> Result<()> {
    let found = std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(tool).is_file()));
    if found {
        return Ok(());
    }
    Err(Stop::environment(format!("{tool} is not installed"))
        .help(format!("sudo apt-get install {package}"))
        .into())
}

/// The C files of the kernel proper that a range of commits touches. Programs
/// below tools/ are built with their own warnings by the selftests.
fn touched(tree: &Tree, range: &str) -> Result<Vec<PathBuf>> {
    let names = proc::read(git(&tree.src).args([
        "diff",
        "--name-only",
        "--diff-filter=d",
        "--no-renames",
        range,
    ]))?;
    Ok(names
        .lines()
        .filter(|name| name.ends_with(".c") && !name.starts_with("tools/"))
        .map(PathBuf::from)
        .collect())
}

/// Compiles some files with a switch and returns what was said. The folder is
/// its own, so that the switch does not spoil a kernel's objects.
fn compile(
    cx: &Cx,
    tree: &Tree,
    files: &[PathBuf],
    switch: &str,
    toolchain: &Toolchain,
) -> Result<Vec<String>> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    let make = build::make_for(cx, tree, Profile::Release, toolchain).beside("strict");
    configure(cx, &make)?;
    let mut objects: Vec<String> = files
        .iter()
        .filter_map(|file| target(&tree.src, file))
        .collect();
    objects.sort();
    objects.dedup();
    let bar = cx.ui.spinner("check", &format!("{} {switch}", tree.name()));
    // The objects alone: what they are made with is prepared without the switch.
    make.run(&["modules_prepare"], "prepare", |line| bar.say(line.trim()))?;
    for object in &objects {
        let path = make.dir().join(object);
        if path.is_file() {
            std::fs::remove_file(path)?;
        }
    }
    let mut said = Vec::new();
    let mut args: Vec<&str> = vec![switch];
    args.extend(objects.iter().map(String::as_str));
    make.run(&args, "strict", |line| {
        bar.say(line.trim());
        if is_finding(line) {
            said.push(line.trim().to_owned());
        }
    })?;
    Ok(said)
}

/// What to ask make for, to have a file compiled: its object, or all of its
/// folder where it is included by others (the formats of generic_pt).
fn target(src: &Path, file: &Path) -> Option<String> {
    let folder = file.parent()?;
    let object = file.with_extension("o");
    let makefile = ["Makefile", "Kbuild"]
        .iter()
        .find_map(|name| std::fs::read_to_string(src.join(folder).join(name)).ok())
        .unwrap_or_default();
    let name = object.file_name()?.to_str()?;
    Some(if makefile.contains(name) {
        object.display().to_string()
    } else {
        format!("{}/", folder.display())
    })
}

/// The kernel of the scenarios without Rust, which these tools know nothing of,
/// and with the tests that belong to the files.
fn configure(cx: &Cx, make: &Make) -> Result<()> {
    let mut fragments = config::fragments(
        &cx.paths.configs(),
        crate::tree::Variant::Series,
        Profile::Release,
    )?;
    fragments.retain(|fragment| fragment.name != "rust");
    fragments.push(config::fragment(&cx.paths.configs(), "deep")?);
    config::configure(cx, make, &fragments)
}

/// A line in which a compiler or sparse complains.
fn is_finding(line: &str) -> bool {
    [": warning: ", ": error: "]
        .iter()
        .any(|mark| line.contains(mark))
}

/// The messages that are new, each as often as it is new; a line number does
/// not make a message a different one.
fn fresh(before: &[String], after: &[String]) -> Vec<String> {
    let mut known: BTreeMap<String, usize> = BTreeMap::new();
    for message in before {
        *known.entry(without_numbers(message)).or_default() += 1;
    }
    after
        .iter()
        .filter(|message| match known.get_mut(&without_numbers(message)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                false
            }
            _ => true,
        })
        .cloned()
        .collect()
}

fn without_numbers(message: &str) -> String {
    message
        .split(':')
        .filter(|part| !part.trim().bytes().all(|byte| byte.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(":")
}

/// `make coccicheck` for the folders of the touched files, before and after.
fn coccicheck(
    cx: &Cx,
    tree: &Tree,
    step: &Step,
    commits: &[step::Commit],
    toolchain: &Toolchain,
) -> Result<Vec<String>> {
    let files = touched(tree, &format!("{}..HEAD", tree.base))?;
    let head = commits.last().map_or(&tree.base, |commit| &commit.id);
    let mut said = Vec::new();
    for commit in [&tree.base, head] {
        let at = step.at(commit)?;
        let make = build::make_for(cx, &at, Profile::Release, toolchain).beside("strict");
        configure(cx, &make)?;
        let bar = cx.ui.spinner("check", "coccicheck");
        let mut messages = Vec::new();
        for file in &files {
            if !at.src.join(file).is_file() {
                continue;
            }
            for script in scripts(&at.src)? {
                bar.say(&format!("{} {}", file.display(), script.display()));
                messages.extend(spatch(&at.src, &script, file)?);
            }
        }
        said.push(messages);
    }
    Ok(fresh(&said[0], &said[1]))
}

/// The semantic patches of the tree, which is what `make coccicheck` runs.
fn scripts(src: &Path) -> Result<Vec<PathBuf>> {
    let mut folders = vec![src.join("scripts/coccinelle")];
    let mut scripts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder)?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|name| name == "cocci") {
                scripts.push(path);
            }
        }
    }
    scripts.sort();
    Ok(scripts)
}

/// One semantic patch over one file, in report mode. A script that has no such
/// mode, or that this spatch is too old for, says nothing.
fn spatch(src: &Path, script: &Path, file: &Path) -> Result<Vec<String>> {
    crate::interrupt::check()?;
    let text = std::fs::read_to_string(script)?;
    let options: Vec<&str> = text
        .lines()
        .find_map(|line| line.strip_prefix("// Options:"))
        .map(|options| options.split_whitespace().collect())
        .unwrap_or_default();
    let output = Command::new("spatch")
        .current_dir(src)
        .args([
            "-D",
            "report",
            "--very-quiet",
            "--no-show-diff",
            "--timeout",
            "60",
        ])
        .args([
            "-I",
            "include",
            "-I",
            "arch/x86/include",
            "-I",
            "include/uapi",
        ])
        .args(options)
        .arg("--cocci-file")
        .arg(script)
        .arg(file)
        .output()?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter(|line| line.starts_with(&*file.to_string_lossy()))
        .map(str::to_owned)
        .collect())
}

/// The kernel's own checkpatch over each patch. That nobody has signed off yet
/// is as it should be here, and the base has no history in which to look up
/// the commit of a Fixes tag. What was decided about other findings holds for
/// this tool, too.
fn checkpatch(tree: &Tree, judge: &Judge, commits: &[step::Commit]) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for commit in commits {
        let patch =
            proc::read(git(&tree.src).args(["format-patch", "-1", "--stdout", &commit.id]))?;
        let file = tempfile::NamedTempFile::new()?;
        std::fs::write(file.path(), patch)?;
        let output = Command::new("perl")
            .current_dir(&tree.src)
            .arg("scripts/checkpatch.pl")
            .args([
                "--strict",
                "--terse",
                "--no-summary",
                "--show-types",
                "--showfile",
                "--color=never",
            ])
            .args(["--ignore", "MISSING_SIGN_OFF,UNKNOWN_COMMIT_ID"])
            .arg(file.path())
            .output()?;
        let name = file.path().display().to_string();
        for line in String::from_utf8_lossy(&output.stdout).lines() {
            let line = line.strip_prefix(&name).unwrap_or(line);
            let (file, kind) = place(line);
            if judge.excuse(kind, file).is_none() {
                findings.push(format!("{}: {line}", commit.subject));
            }
        }
    }
    Ok(findings)
}

/// File and type of a line `FILE:LINE: LEVEL:TYPE: text`.
fn place(line: &str) -> (&str, &str) {
    let mut parts = line.split(':');
    let file = parts.next().unwrap_or_default();
    (file, parts.nth(2).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &[&str]) -> Vec<String> {
        text.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn a_message_that_only_moved_is_not_new_and_a_second_one_is() {
        let before = lines(&["a.c:10:5: warning: x"]);
        let after = lines(&[
            "a.c:12:5: warning: x",
            "a.c:99:5: warning: x",
            "a.c:1: error: y",
        ]);
        assert_eq!(
            fresh(&before, &after),
            ["a.c:99:5: warning: x", "a.c:1: error: y"]
        );
    }

    #[test]
    fn a_line_of_checkpatch_tells_its_file_and_type() {
        let line = "mm/gup.c:12: WARNING:LONG_LINE: line length of 101: too much";
        assert_eq!(place(line), ("mm/gup.c", "LONG_LINE"));
        assert_eq!(place("total: 0 errors"), ("total", ""));
    }

    #[test]
    fn a_file_that_others_include_stands_for_its_folder() {
        let src = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(src.path().join("mm")).unwrap();
        std::fs::write(src.path().join("mm/Makefile"), "obj-y += gup.o\n").unwrap();
        assert_eq!(
            target(src.path(), Path::new("mm/gup.c")).unwrap(),
            "mm/gup.o"
        );
        assert_eq!(target(src.path(), Path::new("mm/part.c")).unwrap(), "mm/");
    }
}
