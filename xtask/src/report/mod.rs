// SPDX-License-Identifier: GPL-2.0-only
//! Stage 6. In: what became of each run. Out: the same, for programs and for
//! people. One format, one file.

pub mod bench;
pub mod cover;
pub mod html;
pub mod junit;
pub mod ktap;
pub mod table;
pub mod trial;

use serde::{Deserialize, Serialize};

use crate::context::Timing;
use crate::job::Job;
use crate::scenario::{Outcome, ScenarioResult, Status};
use crate::source::Source;
use crate::stop::Exit;

/// The whole result, as `--json` writes it.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of this format.
    pub schema: u32,
    /// What was built on.
    pub base: Base,
    /// One entry for each VM job.
    pub runs: Vec<Run>,
    /// The sums.
    pub summary: Summary,
    /// How long each stage took, in order.
    pub timings: Vec<Timing>,
}

/// The kernel that was built on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Base {
    /// `make kernelversion`.
    pub release: String,
    /// Where it came from.
    pub source: String,
    /// SHA-256 of the source.
    pub sha256: String,
}

impl From<&Source> for Base {
    fn from(source: &Source) -> Self {
        Self {
            release: source.release.clone(),
            source: source.origin.clone(),
            sha256: source.sha256.clone(),
        }
    }
}

/// One job.
#[derive(Clone, Debug, Serialize)]
pub struct Run {
    /// Variant of the kernel.
    pub variant: String,
    /// Its profile.
    pub profile: String,
    /// The machine it ran on.
    pub machine: String,
    /// The accelerator.
    pub accel: String,
    /// From the start of QEMU to the guest's hello.
    pub boot_ms: u64,
    /// What became of each scenario.
    pub scenarios: Vec<ScenarioResult>,
}

impl From<&Job> for Run {
    /// A run that has not begun.
    fn from(job: &Job) -> Self {
        Self {
            variant: job.variant.clone(),
            profile: job.profile.name().to_owned(),
            machine: job.machine.name.clone(),
            accel: job.accel.name().to_owned(),
            boot_ms: 0,
            scenarios: Vec::new(),
        }
    }
}

impl Run {
    /// The name that tells it from the others: `stock`, `stock debug`.
    pub fn name(&self) -> String {
        if self.profile == "release" {
            self.variant.clone()
        } else {
            format!("{} {}", self.variant, self.profile)
        }
    }

    /// Takes over the outcome of its job.
    pub fn take(&mut self, outcome: Outcome) {
        self.boot_ms = outcome.boot_ms;
        self.scenarios = outcome.scenarios;
    }
}

/// How many scenarios ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Passed.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Skipped.
    pub skip: usize,
    /// Took their guest with them.
    pub crash: usize,
    /// Exceeded their deadline.
    pub timeout: usize,
}

impl Summary {
    /// Counts over runs.
    pub fn of(runs: &[Run]) -> Self {
        let mut summary = Self::default();
        for scenario in runs.iter().flat_map(|run| &run.scenarios) {
            *match scenario.status {
                Status::Pass => &mut summary.pass,
                Status::Fail => &mut summary.fail,
                Status::Skip => &mut summary.skip,
                Status::Crash => &mut summary.crash,
                Status::Timeout => &mut summary.timeout,
            } += 1;
        }
        summary
    }

    /// The exit code: a run that executed nothing is no success, and neither
    /// is one that skipped everything.
    pub fn exit(&self) -> Exit {
        if self.fail + self.crash + self.timeout > 0 {
            Exit::Failed
        } else if self.pass == 0 {
            Exit::Infrastructure
        } else {
            Exit::Passed
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::scenario::Subtest;

    pub(crate) fn scenario(name: &str, status: Status) -> ScenarioResult {
        ScenarioResult {
            name: name.into(),
            status,
            duration_ms: 1234,
            detail: if status == Status::Pass {
                String::new()
            } else {
                "why\nmore".into()
            },
            subtests: vec![
                Subtest {
                    name: "4k # first".into(),
                    status: Status::Pass,
                    detail: String::new(),
                },
                Subtest {
                    name: "2m".into(),
                    status: if status.is_fine() {
                        Status::Skip
                    } else {
                        Status::Fail
                    },
                    detail: "no page".into(),
                },
            ],
        }
    }

    pub(crate) fn run(variant: &str, scenarios: Vec<ScenarioResult>) -> Run {
        Run {
            variant: variant.into(),
            profile: "release".into(),
            machine: "q35-vtd".into(),
            accel: "tcg".into(),
            boot_ms: 900,
            scenarios,
        }
    }

    pub(crate) fn report(runs: Vec<Run>) -> Report {
        let base = Base {
            release: "7.3.4".into(),
            source: "x".into(),
            sha256: "00".into(),
        };
        Report {
            schema: 1,
            base,
            summary: Summary::of(&runs),
            runs,
            timings: vec![],
        }
    }

    #[test]
    fn nothing_executed_is_no_success() {
        assert_eq!(Summary::of(&[]).exit(), Exit::Infrastructure);
        let skipped = [run("stock", vec![scenario("a", Status::Skip)])];
        assert_eq!(Summary::of(&skipped).exit(), Exit::Infrastructure);
    }

    #[test]
    fn a_single_crash_among_passes_fails_the_run() {
        let runs = [run(
            "stock",
            vec![scenario("a", Status::Pass), scenario("b", Status::Crash)],
        )];
        assert_eq!(Summary::of(&runs).exit(), Exit::Failed);
        assert_eq!(
            Summary::of(&runs),
            Summary {
                pass: 1,
                crash: 1,
                ..Summary::default()
            }
        );
    }

    #[test]
    fn the_json_has_the_documented_shape() {
        let report = report(vec![run("stock", vec![scenario("a", Status::Timeout)])]);
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!(json["schema"], 1);
        assert_eq!(json["runs"][0]["scenarios"][0]["status"], "timeout");
        assert_eq!(json["runs"][0]["scenarios"][0]["subtests"][1]["name"], "2m");
        assert_eq!(json["summary"]["timeout"], 1);
    }
}
