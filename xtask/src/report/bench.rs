// SPDX-License-Identifier: GPL-2.0-only
//! The result of a benchmark: as JSON for programs, as a table for the terminal
//! and as Markdown for a cover letter.

use comfy_table::presets::{ASCII_MARKDOWN, UTF8_HORIZONTAL_ONLY};
use comfy_table::{CellAlignment, Table, TableStyle};
use serde::{Deserialize, Serialize};

use super::Base;
use crate::bench::compare::{Change, Verdict, shown, verdict};
use crate::bench::fit::Fit;
use crate::bench::samples::{Measured, Missing};

/// What `--json` writes and `--compare` reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Version of this format.
    pub schema: u32,
    /// `instructions`.
    pub unit: String,
    /// What was built on.
    pub base: Base,
    /// What each workload costs at each size.
    pub cells: Vec<Measured>,
    /// What each workload costs at any size.
    pub fits: Vec<Fit>,
    /// Cells without a number in some boot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
}

/// For the terminal: the cells, the laws of growth, what is missing.
pub fn draw(report: &Report) -> String {
    let mut text = styled(cells(report), UTF8_HORIZONTAL_ONLY);
    if !report.fits.is_empty() {
        text.push_str("\n\n");
        text.push_str(&styled(growth(report), UTF8_HORIZONTAL_ONLY));
    }
    for missing in &report.missing {
        text.push_str(&format!(
            "\n{} {}: no number: {}",
            missing.variant, missing.cell, missing.reason
        ));
    }
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect()
}

/// For a cover letter.
pub fn markdown(report: &Report) -> String {
    let boots = report
        .cells
        .iter()
        .map(|cell| cell.samples.len())
        .max()
        .unwrap_or(0);
    format!(
        "Instructions per operation on Linux {}, median of {boots} boots\n(QEMU, icount, one CPU; `=`: no difference beyond the spread):\n\n{}\n\nCost as a line over the number of 4 KiB pages. The last column is\nextrapolated: nothing of that size was measured.\n\n{}\n",
        report.base.release,
        styled(cells(report), ASCII_MARKDOWN),
        styled(growth(report), ASCII_MARKDOWN),
    )
}

/// The cells of a saved run that changed, and how many did not.
pub fn draw_changes(changes: &[Change], gate: Option<f64>) -> String {
    let mut lines = Vec::new();
    for change in changes {
        let mark = if gate.is_some_and(|gate| change.is_worse(gate)) {
            "WORSE "
        } else {
            ""
        };
        match (change.new, change.verdict) {
            (None, _) => lines.push(format!(
                "{mark}{}: {} then, no number now",
                change.name,
                grouped(change.old)
            )),
            (Some(_), Verdict::Same) => {}
            (Some(new), ratio) => lines.push(format!(
                "{mark}{}: {} -> {} ({})",
                change.name,
                grouped(change.old),
                grouped(new),
                shown(ratio)
            )),
        }
    }
    lines.push(format!(
        "{} of {} cells differ from the saved run",
        lines.len(),
        changes.len()
    ));
    lines.join("\n")
}

fn styled((header, rows): (Vec<String>, Vec<Vec<String>>), style: TableStyle) -> String {
    let mut table = Table::new();
    table.load_style(style);
    table.set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

fn variants(report: &Report) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for cell in &report.cells {
        if !names.contains(&cell.variant.as_str()) {
            names.push(&cell.variant);
        }
    }
    names
}

/// Workloads down, variants across: the median, the spread where there is one,
/// and how it compares with the first variant.
fn cells(report: &Report) -> (Vec<String>, Vec<Vec<String>>) {
    let variants = variants(report);
    let mut header = vec!["workload".to_owned()];
    for (index, variant) in variants.iter().enumerate() {
        header.push((*variant).to_owned());
        header.push("min..max".to_owned());
        if index > 0 {
            header.push(format!("vs {}", variants[0]));
        }
    }
    let mut works: Vec<&Measured> = Vec::new();
    for cell in &report.cells {
        if !works.iter().any(|known| known.same_work(cell)) {
            works.push(cell);
        }
    }
    let row = |work: &&Measured| {
        let find = |variant: &str| {
            report
                .cells
                .iter()
                .find(|cell| cell.variant == variant && cell.same_work(work))
        };
        let first = variants.first().and_then(|variant| find(variant));
        let mut row = vec![work.work()];
        for (index, variant) in variants.iter().enumerate() {
            let cell = find(variant);
            row.push(cell.map_or("-".into(), |cell| grouped(cell.median)));
            row.push(cell.map_or(String::new(), |cell| {
                format!("{}..+{}", grouped(cell.min), cell.max - cell.min)
            }));
            if index > 0 {
                row.push(match (first, cell) {
                    (Some(first), Some(cell)) => shown(verdict(first, cell)),
                    _ => String::new(),
                });
            }
        }
        row
    };
    (header, works.iter().map(row).collect())
}

fn growth(report: &Report) -> (Vec<String>, Vec<Vec<String>>) {
    let header = [
        "growth",
        "variant",
        "per page",
        "constant",
        "residual",
        "1 TiB (extrapolated)",
    ];
    let rows = report.fits.iter().map(|fit| {
        vec![
            fit.name(),
            fit.variant.clone(),
            format!("{:.3}", fit.slope_per_page),
            format!("{:.0}", fit.constant),
            if fit.points > 2 {
                format!("{:.2} %", fit.residual * 100.0)
            } else {
                "2 points".into()
            },
            format!("{:.3e}", fit.extrapolated_1tib),
        ]
    });
    (header.map(str::to_owned).to_vec(), rows.collect())
}

/// 1234567 as 1,234,567.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::bench::fit;
    use crate::bench::samples::tests::measured;

    pub(crate) fn report() -> Report {
        let cells = vec![
            measured("stock", 1, &[1000, 1001, 1002]),
            measured("stock", 2, &[2000, 2000, 2000]),
            measured("series", 1, &[1001, 1001, 1001]),
            measured("series", 2, &[1_234_000, 1_234_000, 1_234_000]),
        ];
        Report {
            schema: 1,
            unit: "instructions".into(),
            base: Base {
                release: "7.3.4".into(),
                source: "x".into(),
                sha256: "00".into(),
            },
            fits: fit::fits(&cells),
            cells,
            missing: vec![],
        }
    }

    #[test]
    fn a_difference_within_the_spread_is_not_claimed() {
        let text = markdown(&report());
        let row = |work: &str| text.lines().find(|line| line.contains(work)).unwrap();
        assert!(row("4k 1 MiB").trim_end().ends_with("= |"), "{text}");
        assert!(row("4k 2 MiB").contains("1,234,000"), "{text}");
        assert!(row("4k 2 MiB").contains("x617.000"), "{text}");
        assert!(text.contains("extrapolated"));
    }

    #[test]
    fn a_saved_run_is_read_again() {
        let value = serde_json::to_value(report()).unwrap();
        let keys: Vec<&String> = value["cells"][0].as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 11, "{keys:?}");
        assert!(value.get("missing").is_none());
        assert_eq!(
            serde_json::from_value::<Report>(value).unwrap().cells,
            report().cells
        );
    }
}
