// SPDX-License-Identifier: GPL-2.0-only
//! The last thing a person sees: scenarios down, runs across.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};

use super::Report;

/// The table, and below it what failed and why, in a line each.
pub fn draw(report: &Report) -> String {
    let mut names: Vec<&str> = Vec::new();
    for scenario in report.runs.iter().flat_map(|run| &run.scenarios) {
        if !names.contains(&scenario.name.as_str()) {
            names.push(&scenario.name);
        }
    }
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    let mut header = vec!["scenario".to_owned()];
    header.extend(report.runs.iter().map(super::Run::name));
    table.set_header(header);
    for name in names {
        let mut row = vec![name.to_owned()];
        row.extend(report.runs.iter().map(|run| {
            run.scenarios
                .iter()
                .find(|scenario| scenario.name == name)
                .map_or_else(String::new, |scenario| {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{report, run, scenario};
    use crate::scenario::Status;

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
