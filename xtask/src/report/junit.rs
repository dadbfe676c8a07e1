// SPDX-License-Identifier: GPL-2.0-only
//! JUnit XML for CI servers: a suite for each run, a case for each scenario
//! and each of its cases.

use std::time::Duration;

use anyhow::Result;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::scenario::{ScenarioResult, Status};

use super::{Report, Run};

/// The document.
///
/// # Errors
/// None that a report can cause.
pub fn to_xml(report: &Report) -> Result<String> {
    let mut document = quick_junit::Report::new(format!("test-vm Linux {}", report.base.release));
    document.add_test_suites(report.runs.iter().map(suite));
    Ok(document.to_string()?)
}

fn suite(run: &Run) -> TestSuite {
    let mut suite = TestSuite::new(run.name());
    for scenario in &run.scenarios {
        suite.add_test_cases(cases(run, scenario));
    }
    suite
}

fn cases(run: &Run, scenario: &ScenarioResult) -> Vec<TestCase> {
    let mut own = case(&scenario.name, scenario.status, &scenario.detail);
    own.set_classname(run.name());
    own.set_time(Duration::from_millis(scenario.duration_ms));
    let mut cases = vec![own];
    for subtest in &scenario.subtests {
        let mut case = case(&subtest.name, subtest.status, &subtest.detail);
        case.set_classname(format!("{}.{}", run.name(), scenario.name));
        cases.push(case);
    }
    cases
}

fn case(name: &str, status: Status, detail: &str) -> TestCase {
    let first = detail.lines().next().unwrap_or_default();
    let status = match status {
        Status::Pass => TestCaseStatus::success(),
        Status::Skip => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(first);
            status
        }
        Status::Fail | Status::Crash | Status::Timeout => {
            let kind = if status == Status::Fail {
                NonSuccessKind::Failure
            } else {
                NonSuccessKind::Error
            };
            let mut verdict = TestCaseStatus::non_success(kind);
            verdict
                .set_type(status.name().to_lowercase())
                .set_message(first)
                .set_description(detail);
            verdict
        }
    };
    TestCase::new(name, status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{report, run, scenario};

    #[test]
    fn crashes_are_errors_and_failures_are_failures() {
        let runs = vec![run(
            "stock",
            vec![scenario("a", Status::Crash), scenario("b", Status::Pass)],
        )];
        let report = report(runs);
        let xml = to_xml(&report).unwrap();
        assert!(
            xml.contains(
                r#"<testsuite name="stock" tests="6" skipped="1" errors="1" failures="1">"#
            ),
            "{xml}"
        );
        assert!(xml.contains(r#"classname="stock.a""#), "{xml}");
    }
}
