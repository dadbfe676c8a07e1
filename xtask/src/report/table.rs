// SPDX-License-Identifier: GPL-2.0-only
//! The last thing a person sees: scenarios down, runs across.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use super::{Report, Run};
use crate::scenario::ScenarioResult;

/// The table, and below it what failed and why, in a line each.
pub fn draw(report: &Report) -> String {
    let mut names: Vec<&str> = Vec::new();
    for scenario in report.runs.iter().flat_map(|run| &run.scenarios) {
        if !names.contains(&scenario.name.as_str()) {
            names.push(&scenario.name);
        }
    }
    let columns = columns(&report.runs);
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    let mut header = vec!["scenario".to_owned()];
    header.extend(columns.iter().map(|runs| runs[0].name()));
    table.set_header(header);
    for name in names {
        let mut row = vec![name.to_owned()];
        row.extend(columns.iter().map(|runs| {
            scenario_of(runs, name).map_or_else(String::new, |scenario| {
                let count = scenario.subtests.len();
                let seconds = scenario.duration_ms as f64 / 1000.0;
                format!("{} {count} in {seconds:.1} s", scenario.status.name())
            })
        }));
        table.add_row(row);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let mut text = table.to_string();
    for run in &report.runs {
        for scenario in run
            .scenarios
            .iter()
            .filter(|scenario| !scenario.status.is_fine())
        {
            let why = scenario.detail.lines().next().unwrap_or("a case failed");
            text.push_str(&format!(
                "\n{} {}: {} {why}",
                run.name(),
                scenario.name,
                scenario.status.name()
            ));
            for subtest in scenario
                .subtests
                .iter()
                .filter(|subtest| !subtest.status.is_fine())
            {
                text.push_str(&format!(
                    "\n    {}: {}",
                    subtest.name,
                    subtest.detail.lines().next().unwrap_or_default()
                ));
            }
        }
    }
    let text: String = text
        .chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect();
    text
}

/// Runs of one kernel on different machines share a column, as each scenario
/// runs on one of them; a repetition gets its own.
fn columns(runs: &[Run]) -> Vec<Vec<&Run>> {
    let mut columns: Vec<Vec<&Run>> = Vec::new();
    for run in runs {
        let fits = |column: &Vec<&Run>| {
            column[0].name() == run.name()
                && run
                    .scenarios
                    .iter()
                    .all(|scenario| scenario_of(column, &scenario.name).is_none())
        };
        match columns.iter_mut().find(|column| fits(column)) {
            Some(column) => column.push(run),
            None => columns.push(vec![run]),
        }
    }
    columns
}

fn scenario_of<'a>(runs: &[&'a Run], name: &str) -> Option<&'a ScenarioResult> {
    runs.iter()
        .flat_map(|run| &run.scenarios)
        .find(|scenario| scenario.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{report, run, scenario};
    use crate::scenario::Status;

    #[test]
    fn machines_share_a_column_and_repetitions_do_not() {
        let runs = [
            run("stock", vec![scenario("a", Status::Pass)]),
            run("stock", vec![scenario("b", Status::Pass)]),
            run("stock", vec![scenario("a", Status::Pass)]),
            run("series", vec![scenario("a", Status::Pass)]),
        ];
        let lengths: Vec<usize> = columns(&runs).iter().map(Vec::len).collect();
        assert_eq!(lengths, [2, 1, 1]);
    }

    #[test]
    fn a_scenario_is_a_row_and_a_run_a_column() {
        let runs = vec![
            run("stock", vec![scenario("a", Status::Pass)]),
            run("series", vec![scenario("a", Status::Fail)]),
        ];
        let report = report(runs);
        let text = draw(&report);
        let row = text
            .lines()
            .find(|line| line.trim_start().starts_with("a "))
            .unwrap();
        assert!(
            row.contains("pass 2 in 1.2 s") && row.contains("FAIL 2 in 1.2 s"),
            "{text}"
        );
        assert!(text.contains("series a: FAIL why"), "{text}");
        assert!(text.contains("2m: no page"), "{text}");
    }
}
