// SPDX-License-Identifier: GPL-2.0-only
//! Proves that the kernel's own tests (`tools/testing/selftests/vfio`, built
//! from the tree under test, unmodified) pass: all programs that need no
//! special device, those that a series adds included, over type1 and iommufd. Each of their tests is a case here.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::context::Ctx;
use crate::protocol::Status;

const FOLDER: &str = "/selftests";

/// The programs of the tree; each takes the address of a device bound to
/// vfio-pci.
fn programs() -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(FOLDER).context("no selftests")? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    for program in programs()? {
        let (status, detail) = match run_program(ctx, &program) {
            Ok(summary) => summary,
            Err(error) => (Status::Fail, format!("{error:#}")),
        };
        // A program that tells of no failing test may still fail as a whole.
        if status == Status::Fail {
            ctx.report(&program, status, &detail);
        }
    }
    Ok(())
}

/// Runs a program and reports each of its tests as it ends.
fn run_program(ctx: &mut Ctx, program: &str) -> Result<(Status, String)> {
    let (reader, writer) = std::io::pipe()?;
    let mut command = Command::new(format!("{FOLDER}/{program}"));
    command
        .arg(&ctx.devices[0])
        .stdin(Stdio::null())
        .stdout(writer.try_clone()?)
        .stderr(writer);
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {program}"))?;
    drop(command);
    let mut tap = Tap::default();
    for line in BufReader::new(reader).lines() {
        if let Some(test) = tap.line(&line?) {
            ctx.report(
                &format!("{program}/{}", test.name),
                test.status,
                &test.detail,
            );
        }
    }
    let status = child.wait()?;
    Ok(tap.verdict(status.code()))
}

/// Reads TAP version 13 as `kselftest_harness.h` prints it.
#[derive(Debug, Default)]
struct Tap {
    planned: Option<usize>,
    passed: usize,
    failed: usize,
    skipped: usize,
    /// What was said since the last test: the reason, if the next fails.
    said: Vec<String>,
}

#[derive(Debug, PartialEq, Eq)]
struct Test {
    name: String,
    status: Status,
    detail: String,
}

impl Tap {
    fn line(&mut self, line: &str) -> Option<Test> {
        if let Some(count) = line.strip_prefix("1..") {
            self.planned = count.trim().parse().ok();
            return None;
        }
        let (ok, rest) = match (line.strip_prefix("ok "), line.strip_prefix("not ok ")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => {
                if !line.starts_with("# Totals:") && !line.starts_with("#  RUN ") {
                    self.said.push(line.to_owned());
                }
                return None;
            }
        };
        let (_, rest) = rest.split_once(' ')?;
        let (name, directive) = rest.split_once(" # ").unwrap_or((rest, ""));
        let said = std::mem::take(&mut self.said).join("\n");
        let (status, detail) = match (ok, directive.strip_prefix("SKIP")) {
            (true, Some(reason)) => (Status::Skip, reason.trim().to_owned()),
            (true, None) => (Status::Pass, String::new()),
            (false, _) => (Status::Fail, said),
        };
        *match status {
            Status::Pass => &mut self.passed,
            Status::Fail => &mut self.failed,
            Status::Skip => &mut self.skipped,
        } += 1;
        Some(Test {
            name: name.trim().trim_start_matches("- ").to_owned(),
            status,
            detail,
        })
    }

    /// What the program as a whole amounts to.
    fn verdict(&self, code: Option<i32>) -> (Status, String) {
        let ran = self.passed + self.failed + self.skipped;
        let said = self.said.join("\n");
        match (self.planned, code) {
            (None, _) => (
                Status::Fail,
                format!("it printed no plan and ended with {code:?}: {said}"),
            ),
            (Some(planned), _) if planned != ran => (
                Status::Fail,
                format!("{ran} of {planned} tests ran; it ended with {code:?}: {said}"),
            ),
            // 4 is KSFT_SKIP: every test was skipped.
            (_, Some(0 | 4)) => (Status::Pass, String::new()),
            (_, code) => (Status::Fail, format!("it ended with {code:?}: {said}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Vec<Test>, Tap) {
        let mut tap = Tap::default();
        let tests = text.lines().filter_map(|line| tap.line(line)).collect();
        (tests, tap)
    }

    #[test]
    fn tests_of_the_harness_are_read() {
        let (tests, tap) = read(
            "TAP version 13\n1..3\n# Starting 3 tests from 1 test cases.\n#  RUN           a.b ...\n#            OK  a.b\nok 1 a.b\n\
             # x.c:10:c:Expected 1 (1) == r (0)\n# c: Test failed\nnot ok 2 a.c\nok 3 a.d # SKIP no MSI\n# Totals: pass:1 fail:1\n",
        );
        assert_eq!(
            tests.iter().map(|test| test.status).collect::<Vec<_>>(),
            [Status::Pass, Status::Fail, Status::Skip]
        );
        assert_eq!(tests[0].name, "a.b");
        assert!(tests[1].detail.contains("Expected 1 (1) == r (0)"));
        assert_eq!(tests[2].detail, "no MSI");
        assert_eq!(tap.verdict(Some(1)).0, Status::Fail);
    }

    #[test]
    fn a_program_that_stops_early_or_says_nothing_fails() {
        let (_, tap) = read("TAP version 13\n1..2\nok 1 a\n");
        assert_eq!(tap.verdict(Some(0)).0, Status::Fail);
        let (_, tap) = read("Segmentation fault\n");
        assert_eq!(tap.verdict(None).0, Status::Fail);
        let (_, tap) = read("1..1\nok 1 a\n");
        assert_eq!(tap.verdict(Some(0)).0, Status::Pass);
        assert_eq!(tap.verdict(Some(1)).0, Status::Fail);
    }
}
