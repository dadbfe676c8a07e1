// SPDX-License-Identifier: GPL-2.0-only
//! A patch that does not apply: which file, which hunk, which lines, and a
//! worktree in which the person can go on.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::proc::{self, git};
use crate::stop::Stop;

/// How many lines of a rejected hunk are shown; the `.rej` file has them all.
const SHOWN_LINES: usize = 40;

/// Starts `git am` on the patches left, which stops at the first; applies what
/// fits of it and leaves the rest in `.rej` files. Returns what to tell.
///
/// # Errors
/// When git does something else than refuse the patch.
pub fn leave_in_am(src: &Path, rest: &[PathBuf]) -> Result<Stop> {
    let patch = rest.first().context("the patch that does not apply")?;
    let name = patch
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let refused = proc::read(
        git(src)
            .args([
                "am",
                "--quiet",
                "--committer-date-is-author-date",
                "--no-3way",
                "--keep-non-patch",
            ])
            .args(rest),
    );
    let Err(refused) = refused else {
        return Ok(Stop::infrastructure(format!(
            "{name} applies now; run the same command again"
        )));
    };
    let output = git(src).args(["apply", "--reject"]).arg(patch).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut stop = Stop::infrastructure(describe(&name, &said, &refused.to_string(), |file| {
        // The path comes out of a patch: stay inside the tree.
        let path = Path::new(file);
        let inside = path.is_relative()
            && path
                .components()
                .all(|part| matches!(part, std::path::Component::Normal(_)));
        inside
            .then(|| fs::read_to_string(src.join(format!("{file}.rej"))).ok())
            .flatten()
    }));
    let dir = src.display();
    for line in [
        format!("cd {dir}     # the hunks that fit are in place, the others in *.rej"),
        "git add -u && git am --continue".to_owned(),
        "cargo xtask series refresh     # writes the corrected patches back".to_owned(),
    ] {
        stop = stop.help(line);
    }
    Ok(stop)
}

/// The message for `git apply --reject`'s words about `patch`.
///
/// `rejected` reads the `.rej` file of a path.
fn describe(
    patch: &str,
    said: &str,
    am_said: &str,
    rejected: impl Fn(&str) -> Option<String>,
) -> String {
    let mut text = format!("{patch} does not apply");
    let mut files = Vec::new();
    for line in said.lines() {
        if let Some(rest) = line.strip_prefix("error: patch failed: ") {
            let (file, at) = rest.rsplit_once(':').unwrap_or((rest, "?"));
            text.push_str(&format!("\n  {file}, at line {at}"));
            if !files.contains(&file) {
                files.push(file);
            }
        } else if let Some(rest) = line.strip_prefix("error: ")
            && !rest.starts_with("while searching for")
        {
            // No such file, already exists, corrupt patch at line N, …
            text.push_str(&format!("\n  {rest}"));
        }
    }
    for file in &files {
        if let Some(hunks) = rejected(file) {
            text.push_str(&format!("\nrejected from {file}:"));
            let mut lines = hunks.lines().skip_while(|line| !line.starts_with("@@"));
            for line in lines.by_ref().take(SHOWN_LINES) {
                text.push_str(&format!("\n  | {line}"));
            }
            let more = lines.count();
            if more > 0 {
                text.push_str(&format!("\n  | … {more} more lines in {file}.rej"));
            }
        }
    }
    if files.is_empty() && !text.contains('\n') {
        text.push_str(&format!("\n  {}", am_said.trim_end()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "Checking patch a.c...\nerror: while searching for:\nold line\n\nerror: patch failed: a.c:10\nApplying patch a.c with 1 reject...\nHunk #1 applied cleanly.\nRejected hunk #2.\n";

    #[test]
    fn patch_file_hunk_and_lines_are_all_named() {
        let text = describe("0002-x.patch", SAID, "", |file| {
            assert_eq!(file, "a.c");
            Some("diff a/a.c b/a.c\t(rejected hunks)\n@@ -10,3 +10,3 @@ int f(void)\n context\n-old line\n+new line\n".into())
        });
        for part in [
            "0002-x.patch",
            "a.c, at line 10",
            "@@ -10,3 +10,3 @@ int f(void)",
            "| -old line",
            "| +new line",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn a_missing_file_is_the_reason_given() {
        let text = describe(
            "0001-x.patch",
            "error: a.c: No such file or directory\n",
            "",
            |_| None,
        );
        assert!(text.contains("a.c: No such file or directory"), "{text}");
    }

    #[test]
    fn a_file_that_is_no_patch_shows_gits_own_words() {
        let text = describe(
            "0001-x.patch",
            "",
            "`git am` failed: Patch format detection failed.",
            |_| None,
        );
        assert!(text.contains("Patch format detection failed"), "{text}");
    }
}
