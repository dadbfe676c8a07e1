// SPDX-License-Identifier: GPL-2.0-only
//! What makes two patches the same one, wherever they apply and whatever is
//! said about them: `git patch-id --stable`. In: a patch or the mail of one.

use std::io::Write;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::proc::spawn;

/// The patch-id of the one diff in `text`; none, if it has none or several.
///
/// # Errors
/// When git cannot be run.
pub fn of(text: &str) -> Result<Option<String>> {
    // git is asked, not a library: the answer has to be the one that b4 and
    // maintainers get.
    let mut command = Command::new("git");
    command
        .args(["patch-id", "--stable"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut child = spawn(&mut command)?;
    let mut stdin = child.stdin.take().context("it was asked for a pipe")?;
    // git answers while it reads: written from here, both pipes could be full.
    let (written, output) = std::thread::scope(|scope| {
        let writer = scope.spawn(move || stdin.write_all(text.as_bytes()));
        let output = child.wait_with_output();
        (writer.join().expect("writing does not panic"), output)
    });
    let output = output?;
    if !output.status.success() {
        bail!("`git patch-id` failed ({})", output.status);
    }
    written.context("cannot hand a patch to git")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut ids = said.lines().filter_map(|line| line.split(' ').next());
    Ok(match (ids.next(), ids.next()) {
        (Some(id), None) => Some(id.to_owned()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFF: &str = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n";

    #[test]
    fn place_and_description_do_not_matter_and_content_does() {
        let id = of(DIFF).unwrap();
        assert!(id.is_some());
        let mail = format!(
            "Subject: [PATCH] x\n\ncommit 0123456789012345678901234567890123456789\n---\n{}-- \n2.0\n",
            DIFF.replace("@@ -1 +1 @@", "@@ -70 +71 @@ f")
        );
        assert_eq!(of(&mail).unwrap(), id);
        assert_ne!(of(&DIFF.replace("+b", "+c")).unwrap(), id);
    }

    #[test]
    fn there_is_none_of_nothing_and_none_of_two() {
        assert_eq!(of("text\n").unwrap(), None);
        let two = format!("{DIFF}From 0123456789012345678901234567890123456789 Mon\n{DIFF}");
        assert_eq!(of(&two).unwrap(), None);
        assert_eq!(of(&two.repeat(2000)).unwrap(), None);
    }
}
