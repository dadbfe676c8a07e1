// SPDX-License-Identifier: GPL-2.0-only
//! KTAP, version 1 (`Documentation/dev-tools/ktap.rst`): runs at the top,
//! scenarios below them, cases below those. Live: a scenario's lines appear
//! when it ends. Runs that are executed at the same time take turns, so that
//! nothing is interleaved.

use std::sync::Mutex;

use crate::scenario::{ScenarioResult, Status};

/// Writes KTAP for a known number of runs.
pub struct Writer<'a> {
    out: Box<dyn Fn(&str) + Sync + 'a>,
    state: Mutex<State>,
}

struct State {
    runs: Vec<Pending>,
    /// The run whose lines go out at once.
    head: usize,
}

#[derive(Default)]
struct Pending {
    lines: Vec<String>,
    done: bool,
    scenarios: usize,
    failed: bool,
}

impl<'a> Writer<'a> {
    /// Starts a report of `runs` runs; `out` prints a line.
    pub fn new(runs: usize, out: impl Fn(&str) + Sync + 'a) -> Self {
        out("KTAP version 1");
        out(&format!("1..{runs}"));
        let runs = (0..runs).map(|_| Pending::default()).collect();
        Self {
            out: Box::new(out),
            state: Mutex::new(State { runs, head: 0 }),
        }
    }

    /// A run begins: `about` describes it, `count` is its number of scenarios.
    pub fn begin(&self, run: usize, about: &str, count: usize) {
        self.push(
            run,
            vec![
                "  KTAP version 1".into(),
                format!("  # {}", clean(about)),
                format!("  1..{count}"),
            ],
        );
    }

    /// A scenario of a run ended.
    pub fn scenario(&self, run: usize, result: &ScenarioResult) {
        let number = {
            let mut state = self.state.lock().expect("nobody panics while holding it");
            let pending = &mut state.runs[run];
            pending.scenarios += 1;
            pending.failed |= !result.status.is_fine();
            pending.scenarios
        };
        self.push(run, lines_of(number, result));
    }

    /// A run ended.
    pub fn end(&self, run: usize, name: &str) {
        let failed = self
            .state
            .lock()
            .expect("nobody panics while holding it")
            .runs[run]
            .failed;
        let ok = if failed { "not ok" } else { "ok" };
        self.push(run, vec![format!("{ok} {} {}", run + 1, clean(name))]);
        let mut state = self.state.lock().expect("nobody panics while holding it");
        state.runs[run].done = true;
        while state
            .runs
            .get(state.head)
            .is_some_and(|pending| pending.done)
        {
            state.head += 1;
            let head = state.head;
            if let Some(next) = state.runs.get_mut(head) {
                std::mem::take(&mut next.lines)
                    .iter()
                    .for_each(|line| (self.out)(line));
            }
        }
    }

    fn push(&self, run: usize, lines: Vec<String>) {
        let mut state = self.state.lock().expect("nobody panics while holding it");
        if state.head == run {
            lines.iter().for_each(|line| (self.out)(line));
        } else {
            state.runs[run].lines.extend(lines);
        }
    }
}

fn lines_of(number: usize, result: &ScenarioResult) -> Vec<String> {
    let mut lines = Vec::new();
    if !result.subtests.is_empty() {
        lines.push("    KTAP version 1".to_owned());
        lines.push(format!("    1..{}", result.subtests.len()));
        for (index, subtest) in result.subtests.iter().enumerate() {
            if !subtest.status.is_fine() {
                lines.extend(diagnostics("    ", &subtest.detail));
            }
            lines.push(format!(
                "    {}",
                verdict(index + 1, &subtest.name, subtest.status, &subtest.detail)
            ));
        }
    }
    if !result.status.is_fine() {
        lines.extend(diagnostics("  ", &result.detail));
    }
    lines.push(format!(
        "  {}",
        verdict(number, &result.name, result.status, &result.detail)
    ));
    lines
}

fn verdict(number: usize, name: &str, status: Status, detail: &str) -> String {
    let name = clean(name);
    let reason = clean(detail.lines().next().unwrap_or_default());
    match status {
        Status::Pass => format!("ok {number} {name}"),
        Status::Fail => format!("not ok {number} {name}"),
        Status::Skip => format!("ok {number} {name} # SKIP {reason}"),
        Status::Crash => format!("not ok {number} {name} # ERROR {reason}"),
        Status::Timeout => format!("not ok {number} {name} # TIMEOUT {reason}"),
    }
}

fn diagnostics(indent: &str, text: &str) -> Vec<String> {
    text.lines()
        .map(|line| format!("{indent}# {}", printable(line)))
        .collect()
}

/// A description: `#` would begin a directive.
pub(super) fn clean(text: &str) -> String {
    printable(text).replace('#', "%")
}

/// Guest output reaches a terminal: without what a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::scenario;
    use crate::scenario::Subtest;

    fn written(write: impl Fn(&Writer)) -> Vec<String> {
        let lines = Mutex::new(Vec::new());
        let writer = Writer::new(2, |line| lines.lock().unwrap().push(line.to_owned()));
        write(&writer);
        drop(writer);
        lines.into_inner().unwrap()
    }

    #[test]
    fn three_levels_with_plans_and_directives() {
        let lines = written(|writer| {
            writer.begin(0, "stock, Linux 7.3.4", 2);
            writer.scenario(0, &scenario("a", Status::Pass));
            writer.scenario(0, &scenario("b", Status::Timeout));
            writer.end(0, "stock");
        });
        assert_eq!(
            lines.join("\n"),
            "KTAP version 1\n1..2\n  KTAP version 1\n  # stock, Linux 7.3.4\n  1..2\n    KTAP version 1\n    1..2\n    ok 1 4k % first\n    ok 2 2m # SKIP no page\n  ok 1 a\n    KTAP version 1\n    1..2\n    ok 1 4k % first\n    # no page\n    not ok 2 2m\n  # why\n  # more\n  not ok 2 b # TIMEOUT why\nnot ok 1 stock"
        );
    }

    #[test]
    fn parallel_runs_are_not_interleaved_and_none_is_lost() {
        let lines = written(|writer| {
            writer.begin(1, "series", 1);
            writer.begin(0, "stock", 1);
            writer.scenario(1, &scenario("a", Status::Pass));
            writer.end(1, "series");
            writer.scenario(0, &scenario("a", Status::Pass));
            writer.end(0, "stock");
        });
        let top: Vec<&String> = lines.iter().filter(|line| !line.starts_with(' ')).collect();
        assert_eq!(top, ["KTAP version 1", "1..2", "ok 1 stock", "ok 2 series"]);
        let stock = lines.iter().position(|line| line == "ok 1 stock").unwrap();
        let series = lines.iter().position(|line| line == "  # series").unwrap();
        assert!(stock < series, "{lines:#?}");
    }

    #[test]
    fn a_guest_cannot_steer_the_terminal_or_forge_a_line() {
        let mut result = scenario("a", Status::Fail);
        result.subtests = vec![Subtest {
            name: "x\nok 2 y".into(),
            status: Status::Fail,
            detail: "\u{1b}[2J\u{7}bell".into(),
        }];
        let lines = lines_of(1, &result);
        assert!(
            lines
                .iter()
                .all(|line| !line.contains(['\n', '\u{1b}', '\u{7}'])),
            "{lines:?}"
        );
        assert!(
            lines.contains(&"    not ok 1 xok 2 y".to_owned()),
            "{lines:?}"
        );
    }
}
