// SPDX-License-Identifier: GPL-2.0-only
//! Proves that the kernel's own unit tests of the IOMMU page tables
//! (`drivers/iommu/generic_pt/kunit_*.h`, those of a series included) pass for
//! every format that is built: all but the two that [`TESTS`] names. Each of them
//! is a case here.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::context::Ctx;
use crate::init::{load_module, unload_module};
use crate::kernel;
use crate::protocol::Status;

/// Where KUnit tells of each suite.
const RESULTS: &str = "/sys/kernel/debug/kunit";

/// The tests to run, by the names of suites and cases. Those of `iommu_test`
/// look for leaks in the number of page-table pages (`NR_SECONDARY_PAGETABLE`),
/// which each CPU of a kernel with `CONFIG_SMP` counts for itself at first.
/// The check holds for a test of few pages (see [`Quiet`]), not for
/// `test_map_table_to_oa`, which allocates thousands. `test_random_map` takes
/// minutes under emulation. The names of these two alone end in `a` and `p`.
const TESTS: [&str; 2] = ["*_fmt_test.*", "*_iommu_test.*[!ap]"];

/// Seconds between the times at which the kernel adds up what its CPUs count.
const STAT_INTERVAL: &str = "/proc/sys/vm/stat_interval";

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    load_module(Path::new("/modules/kunit.ko"))?;
    let quiet = Quiet::begin()?;
    let mut passed = true;
    for tests in TESTS {
        kernel::write("/sys/module/kunit/parameters/filter_glob", tests)?;
        // The tests run while their module loads.
        load_module(Path::new("/modules/iommu_pt_kunit_test.ko"))?;
        passed &= tell(ctx)?;
        // A test that is aborted while it cleans up leaves its device and its
        // driver behind, whose code must then stay.
        if !passed {
            return Ok(());
        }
        unload_module("iommu_pt_kunit_test")?;
    }
    drop(quiet);
    unload_module("kunit")
}

/// Reports the cases of the module that has just been loaded. True if all
/// passed.
fn tell(ctx: &mut Ctx) -> Result<bool> {
    let mut suites = Vec::new();
    for entry in std::fs::read_dir(RESULTS).context("KUnit tells nothing")? {
        suites.push(entry?.file_name().to_string_lossy().into_owned());
    }
    suites.sort();
    ensure!(!suites.is_empty(), "no suite has run");
    let mut passed = true;
    for suite in suites {
        let results = kernel::read(format!("{RESULTS}/{suite}/results"))?;
        let cases = cases(&results);
        ensure!(!cases.is_empty(), "{suite} has run no test: {results}");
        for case in cases {
            passed &= case.status != Status::Fail;
            ctx.report(&format!("{suite}/{}", case.name), case.status, &case.detail);
        }
    }
    Ok(passed)
}

/// A time in which only one CPU runs and nothing is added up, so that what
/// the kernel counts is off by the same amount before and after a test.
struct Quiet {
    offline: Vec<PathBuf>,
}

impl Quiet {
    fn begin() -> Result<Self> {
        let mut quiet = Self {
            offline: Vec::new(),
        };
        // The first CPU has no such file: it cannot go.
        for cpu in 1..std::thread::available_parallelism()?.get() {
            let online = PathBuf::from(format!("/sys/devices/system/cpu/cpu{cpu}/online"));
            kernel::write(&online, "0")?;
            quiet.offline.push(online);
        }
        kernel::write(STAT_INTERVAL, "86400")?;
        // What was due under the old interval comes within two of them: its
        // timer is rounded to a full second. No event tells of it.
        std::thread::sleep(Duration::from_secs(2));
        kernel::write("/proc/sys/vm/stat_refresh", "1")?;
        Ok(quiet)
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        // What fails here, the kernel says on its console.
        let _ = kernel::write(STAT_INTERVAL, "1");
        for online in &self.offline {
            let _ = kernel::write(online, "1");
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Case {
    name: String,
    status: Status,
    detail: String,
}

/// The cases of a suite: KTAP, in which they are indented by four spaces, and
/// their parameters by more.
fn cases(results: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut said: Vec<&str> = Vec::new();
    for line in results.lines() {
        let inner = line.strip_prefix("    ").unwrap_or_default();
        let (passed, rest) = match (inner.strip_prefix("ok "), inner.strip_prefix("not ok ")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => {
                said.push(line.trim());
                continue;
            }
        };
        let rest = rest.split_once(' ').map_or(rest, |(_, rest)| rest);
        let (name, directive) = rest.split_once(" # ").unwrap_or((rest, ""));
        let (status, detail) = match (passed, directive.strip_prefix("SKIP")) {
            (_, Some(reason)) => (Status::Skip, reason.trim().to_owned()),
            (true, None) => (Status::Pass, String::new()),
            (false, None) => (Status::Fail, said.join("\n")),
        };
        said.clear();
        cases.push(Case {
            name: name.trim_start_matches("- ").to_owned(),
            status,
            detail,
        });
    }
    cases
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_are_told_from_their_parameters_and_suites() {
        let cases = cases(
            "KTAP version 1\n1..1\n    KTAP version 1\n    # Subtest: x_test\n    1..3\n        KTAP version 1\n        # Subtest: test_a\n\
             \x20       ok 1 p0\n        ok 2 p1\n    # test_a: pass:2 fail:0 skip:0 total:2\n    ok 1 test_a\n\
             \x20   # test_b: ASSERTION FAILED at x.h:7\n        not ok 1 p0\n    not ok 2 test_b\n    ok 3 test_c # SKIP no room\n# x_test: pass:1\nnot ok 1 x_test\n",
        );
        let seen: Vec<_> = cases
            .iter()
            .map(|case| (case.name.as_str(), case.status))
            .collect();
        assert_eq!(
            seen,
            [
                ("test_a", Status::Pass),
                ("test_b", Status::Fail),
                ("test_c", Status::Skip)
            ]
        );
        assert!(cases[1].detail.contains("ASSERTION FAILED at x.h:7"));
        assert!(!cases[1].detail.contains("pass:2"));
        assert_eq!(cases[2].detail, "no room");
    }
}
