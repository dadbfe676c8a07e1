// SPDX-License-Identifier: GPL-2.0-only
//! Stage 5. In: a job folder. Out: an [`Outcome`]: what became of each
//! scenario. After a crash the remaining ones go on in a fresh boot; no
//! scenario is ever reported as passed by a guest that went away.

use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use guest::protocol::{self, Event};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::boot::qemu::{Boot, Ports};
use crate::boot::vm::{self, CONSOLE_LOG};
use crate::boot::watch::Ending;
use crate::job::Job;
use crate::proc;
use crate::stop::Stop;

/// How a scenario or a subtest ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It did what it promises.
    Pass,
    /// It did not.
    Fail,
    /// It could not be tried.
    Skip,
    /// The guest died under it.
    Crash,
    /// It exceeded its deadline.
    Timeout,
}

impl Status {
    /// Whether a run with it is still a success.
    pub fn is_fine(self) -> bool {
        matches!(self, Self::Pass | Self::Skip)
    }

    /// For tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "FAIL",
            Self::Skip => "skip",
            Self::Crash => "CRASH",
            Self::Timeout => "TIMEOUT",
        }
    }
}

impl From<protocol::Status> for Status {
    fn from(status: protocol::Status) -> Self {
        match status {
            protocol::Status::Pass => Self::Pass,
            protocol::Status::Fail => Self::Fail,
            protocol::Status::Skip => Self::Skip,
        }
    }
}

/// One case of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subtest {
    /// Name.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// What was seen.
    pub detail: String,
}

/// What became of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScenarioResult {
    /// Name.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// Guest time in milliseconds; host time where the guest did not live to tell.
    pub duration_ms: u64,
    /// The reason of anything but a pass.
    pub detail: String,
    /// Its cases.
    pub subtests: Vec<Subtest>,
}

/// What became of a job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// From the start of QEMU to the guest's hello, of the first boot.
    pub boot_ms: u64,
    /// Number of boots.
    pub boots: u32,
    /// The whole life of all QEMUs.
    pub wall_ms: u64,
    /// Each scenario, in the order in which they ran.
    pub scenarios: Vec<ScenarioResult>,
}

/// What a reader of a running job sees.
#[derive(Clone, Copy, Debug)]
pub enum Progress<'a> {
    /// No guest came up under KVM, for this reason; the job goes on under TCG.
    FellBack(&'a str),
    /// A scenario began.
    Start(&'a str),
    /// A case of it ended.
    Subtest(&'a Subtest),
    /// It ended.
    End(&'a ScenarioResult),
}

/// The names of the scenarios that match, in registry order.
///
/// # Errors
/// A filter that is no regular expression, or that matches nothing.
pub fn select(filter: Option<&str>) -> Result<Vec<String>> {
    let all = guest::scenarios::ALL
        .iter()
        .map(|scenario| scenario.name.to_owned());
    let Some(filter) = filter else {
        return Ok(all.collect());
    };
    let regex = Regex::new(filter).map_err(|error| {
        Stop::environment(format!("--filter is no regular expression: {error}"))
    })?;
    let chosen: Vec<String> = all.filter(|name| regex.is_match(name)).collect();
    if chosen.is_empty() {
        return Err(Stop::environment(format!("no scenario matches `{filter}`"))
            .help("cargo xtask test-vm --list")
            .into());
    }
    Ok(chosen)
}

/// Runs the job in `dir` to its end.
///
/// # Errors
/// A guest that does not come up (no kernel, no init, no QEMU), or Ctrl-C.
/// Whatever happens to a scenario is a result.
pub fn run_job(dir: &Path, mut progress: impl FnMut(Progress)) -> Result<Outcome> {
    let mut job = Job::load(dir)?;
    let mut outcome = Outcome::default();
    let mut queue: Vec<String> = job.scenarios.clone();
    while !queue.is_empty() {
        let count = if job.isolate { 1 } else { queue.len() };
        let orders = job.orders(&queue[..count]);
        outcome.boots += 1;
        let boot_dir = job.prepare_boot(dir, &format!("boot-{}", outcome.boots), &orders)?;
        let boot = Boot {
            machine: &job.machine,
            accel: job.accel,
            ports: Ports::Supervised,
            gdb: None,
            cmdline: &job.cmdline,
            replay_seed: None,
            profiler: None,
        };
        let mut record = Record::of(&queue[..count]);
        let booted = vm::run(&boot_dir, &boot, &job.boot_limits(), |event| {
            record.hear(event, &mut progress)
        })?;
        outcome.wall_ms += millis(booted.wall);
        if let (0, Some(boot)) = (outcome.boot_ms, booted.boot) {
            outcome.boot_ms = millis(boot);
        }
        if booted.boot.is_none()
            && job.may_fall_back
            && !matches!(booted.ending, Ending::Interrupted)
        {
            progress(Progress::FellBack(&booted.ending.describe()));
            job.emulate(dir)?;
            continue;
        }
        record.close(&booted.ending, &boot_dir, &mut progress)?;
        // Whatever did not run in this boot runs in the next.
        queue.retain(|name| !record.results.iter().any(|result| result.name == *name));
        outcome.scenarios.append(&mut record.results);
        if job.fail_fast
            && outcome
                .scenarios
                .iter()
                .any(|result| !result.status.is_fine())
        {
            break;
        }
    }
    crate::fsx::write_atomic(
        &dir.join("result.json"),
        &serde_json::to_vec_pretty(&outcome)?,
    )?;
    Job::sweep(dir);
    Ok(outcome)
}

fn millis(duration: std::time::Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// What one boot has told so far.
#[derive(Default)]
struct Record {
    /// What this boot was asked for. A guest is not trusted: it cannot report
    /// on anything else, so that every boot takes something off the queue.
    ordered: Vec<String>,
    running: Option<Running>,
    /// The last scenario that ended. It is announced only when the next begins
    /// or the guest is gone: trouble that comes before then is of its making.
    ended: Option<ScenarioResult>,
    results: Vec<ScenarioResult>,
}

struct Running {
    name: String,
    since: Instant,
    subtests: Vec<Subtest>,
}

impl Record {
    fn of(ordered: &[String]) -> Self {
        Self {
            ordered: ordered.to_vec(),
            ..Self::default()
        }
    }

    fn hear(&mut self, event: &Event, progress: &mut impl FnMut(Progress)) {
        match event {
            Event::Start { scenario } => {
                self.announce(progress);
                if !self.ordered.contains(scenario) {
                    return;
                }
                self.ordered.retain(|name| name != scenario);
                progress(Progress::Start(scenario));
                self.running = Some(Running {
                    name: scenario.clone(),
                    since: Instant::now(),
                    subtests: Vec::new(),
                });
            }
            Event::Subtest {
                name,
                status,
                detail,
            } => {
                if let Some(running) = &mut self.running {
                    let subtest = Subtest {
                        name: name.clone(),
                        status: (*status).into(),
                        detail: detail.clone(),
                    };
                    progress(Progress::Subtest(&subtest));
                    running.subtests.push(subtest);
                }
            }
            Event::End {
                scenario,
                status,
                detail,
                duration_ms,
            } => {
                let Some(running) = self.running.take_if(|running| running.name == *scenario)
                else {
                    return;
                };
                // The guest judges; a failed case cannot be part of a pass.
                let failed = running
                    .subtests
                    .iter()
                    .any(|subtest| subtest.status == Status::Fail);
                let status = if failed {
                    Status::Fail
                } else {
                    (*status).into()
                };
                self.ended = Some(running.end(status, *duration_ms, detail.clone()));
            }
            _ => {}
        }
    }

    fn announce(&mut self, progress: &mut impl FnMut(Progress)) {
        if let Some(result) = self.ended.take() {
            progress(Progress::End(&result));
            self.results.push(result);
        }
    }

    /// Draws the conclusion from how the boot ended.
    fn close(
        &mut self,
        ending: &Ending,
        boot_dir: &Path,
        progress: &mut impl FnMut(Progress),
    ) -> Result<()> {
        if matches!(ending, Ending::Interrupted) {
            return Err(Stop::interrupted().into());
        }
        let console = boot_dir.join(CONSOLE_LOG);
        let evidence = || {
            format!(
                "{}\nconsole: {}\n{}",
                ending.describe(),
                console.display(),
                proc::tail(&console, 25)
            )
        };
        if let Some(running) = self.running.take() {
            self.announce(progress);
            let status = match ending {
                Ending::ScenarioTimeout { .. } => Status::Timeout,
                _ => Status::Crash,
            };
            let elapsed = millis(running.since.elapsed());
            self.ended = Some(running.end(status, elapsed, evidence()));
        } else if !matches!(ending, Ending::Completed)
            && let Some(last) = &mut self.ended
        {
            last.status = Status::Crash;
            last.detail = format!("after it ended: {}", evidence());
        }
        self.announce(progress);
        if !self.results.is_empty() {
            return Ok(());
        }
        let what = match ending {
            Ending::Completed => "the guest ran nothing".to_owned(),
            other => other.describe(),
        };
        Err(Stop::infrastructure(format!(
            "no guest: {what}\nlast lines of its console:\n{}",
            indented(&proc::tail(&console, 15))
        ))
        .help(format!("the whole console: {}", console.display()))
        .into())
    }
}

impl Running {
    fn end(self, status: Status, duration_ms: u64, detail: String) -> ScenarioResult {
        ScenarioResult {
            name: self.name,
            status,
            duration_ms,
            detail,
            subtests: self.subtests,
        }
    }
}

/// Lines of a guest for a person's terminal, without what the terminal would
/// obey.
fn indented(text: &str) -> String {
    let clean = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
    text.lines()
        .map(|line| format!("  | {}", clean(line)))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boot::console::{Kind, Trouble};

    fn start(name: &str) -> Event {
        Event::Start {
            scenario: name.into(),
        }
    }

    fn case(name: &str, status: protocol::Status) -> Event {
        Event::Subtest {
            name: name.into(),
            status,
            detail: String::new(),
        }
    }

    fn end(name: &str) -> Event {
        Event::End {
            scenario: name.into(),
            status: protocol::Status::Pass,
            detail: String::new(),
            duration_ms: 5,
        }
    }

    fn record(events: &[Event], ending: &Ending) -> Result<Vec<ScenarioResult>> {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(CONSOLE_LOG), "line one\nWARNING: x\n").unwrap();
        let mut record = Record::of(&["a".into(), "b".into()]);
        for event in events {
            record.hear(event, &mut |_| ());
        }
        record.close(ending, dir.path(), &mut |_| ())?;
        Ok(record.results)
    }

    fn warn() -> Ending {
        Ending::Trouble(Trouble {
            kind: Kind::Warn,
            line: "WARNING: x".into(),
        })
    }

    #[test]
    fn a_guest_that_dies_in_a_scenario_makes_it_a_crash_and_keeps_what_was_said() {
        let results = record(
            &[
                start("a"),
                end("a"),
                start("b"),
                case("one", protocol::Status::Pass),
            ],
            &warn(),
        )
        .unwrap();
        assert_eq!(
            results
                .iter()
                .map(|result| result.status)
                .collect::<Vec<_>>(),
            [Status::Pass, Status::Crash]
        );
        assert_eq!(results[1].subtests.len(), 1);
        assert!(
            results[1].detail.contains("WARN") && results[1].detail.contains("line one"),
            "{}",
            results[1].detail
        );
    }

    #[test]
    fn trouble_after_the_last_scenario_is_that_scenarios() {
        let results = record(&[start("a"), end("a")], &warn()).unwrap();
        assert_eq!(results[0].status, Status::Crash);
    }

    #[test]
    fn a_guest_reports_only_on_what_it_was_asked_for_and_once() {
        let events = [
            start("other"),
            end("other"),
            start("a"),
            end("a"),
            start("a"),
            end("a"),
        ];
        let results = record(&events, &Ending::Completed).unwrap();
        assert_eq!(
            results
                .iter()
                .map(|result| result.name.as_str())
                .collect::<Vec<_>>(),
            ["a"]
        );
    }

    #[test]
    fn a_hanging_scenario_is_a_timeout() {
        let ending = Ending::ScenarioTimeout {
            scenario: "a".into(),
            limit_s: 60,
        };
        let results = record(&[start("a")], &ending).unwrap();
        assert_eq!(results[0].status, Status::Timeout);
    }

    #[test]
    fn a_pass_with_a_failed_case_is_a_failure() {
        let results = record(
            &[start("a"), case("one", protocol::Status::Fail), end("a")],
            &Ending::Completed,
        )
        .unwrap();
        assert_eq!(results[0].status, Status::Fail);
    }

    #[test]
    fn a_guest_that_ran_nothing_is_no_result() {
        for ending in [
            Ending::Completed,
            warn(),
            Ending::BootTimeout { limit_s: 60 },
        ] {
            let error = record(&[], &ending).unwrap_err();
            assert_eq!(
                crate::stop::exit_of(&error),
                crate::stop::Exit::Infrastructure
            );
            assert!(error.to_string().contains("line one"), "{error}");
        }
    }
}
