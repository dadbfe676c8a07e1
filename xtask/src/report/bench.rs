// SPDX-License-Identifier: GPL-2.0-only
//! The result of a benchmark: as JSON for programs and as tables for the
//! terminal.

use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use comfy_table::{CellAlignment, Table};
use serde::{Deserialize, Serialize};

use super::Base;
use crate::bench::compare::{Change, Repeat, Verdict, shown, verdict};
use crate::bench::fit::Fit;
use crate::bench::profile::Profile;
use crate::bench::samples::{Measured, Missing};
use crate::bench::tools::Tools;

/// What `--json` writes and `--compare` reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Report {
    /// Version of this format.
    pub schema: u32,
    /// `instructions`, or `ns`.
    pub unit: String,
    /// What was built on.
    pub base: Base,
    /// What it was measured with.
    #[serde(default)]
    pub tools: Tools,
    /// What speaks against the numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What each workload costs at each size.
    pub cells: Vec<Measured>,
    /// What each workload costs at any size.
    pub fits: Vec<Fit>,
    /// Cells without a number in some boot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<Missing>,
    /// Where the instructions go, if that was asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub profiles: Vec<Profile>,
}

impl Report {
    /// Why numbers of `self` say nothing about numbers of `now`.
    pub fn incomparable(&self, now: &Self) -> Option<String> {
        if self.base.release != now.base.release {
            return Some(format!(
                "the saved run is of Linux {}, this one of {}",
                self.base.release, now.base.release
            ));
        }
        self.tools.differ(&now.tools)
    }
}

/// For the terminal: the tables, the profiles, what speaks against them.
pub fn draw(report: &Report) -> String {
    let mut text = tables(report);
    for profile in &report.profiles {
        text.push_str("\n\n");
        text.push_str(&dearest(report, profile));
    }
    for note in &report.notes {
        text.push_str(&format!("\nnote: {note}"));
    }
    printable(&text)
}

/// The cells, the laws of growth, what is missing.
pub(super) fn tables(report: &Report) -> String {
    let mut text = styled(cells(report));
    if !report.fits.is_empty() {
        text.push_str("\n\n");
        text.push_str(&styled(growth(report)));
    }
    for missing in &report.missing {
        text.push_str(&format!(
            "\n{} {}: no number: {}",
            missing.variant, missing.cell, missing.reason
        ));
    }
    printable(&text)
}

/// A guest's words do not move the cursor.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect()
}

/// The functions that an operation goes to, and how much of the measured cost
/// they explain.
pub fn dearest(report: &Report, profile: &Profile) -> String {
    let measured = report.cells.iter().find(|cell| {
        cell.variant == profile.variant
            && (&cell.op, &cell.api, &cell.workload, &cell.backing)
                == (
                    &profile.op,
                    &profile.api,
                    &profile.workload,
                    &profile.backing,
                )
            && cell.size_bytes == profile.size_bytes
    });
    let all = profile.instructions.max(1) as f64;
    let mut lines = vec![format!(
        "{} {}: {} instructions{}",
        profile.variant,
        profile.work(),
        grouped(profile.instructions),
        match measured {
            _ if profile.traced => ", with those of ftrace; each with what it calls".into(),
            None => String::new(),
            Some(cell) => format!(
                ", {:.1} % of the median",
                all * 100.0 / cell.median.max(1) as f64
            ),
        }
    )];
    lines.extend(profile.functions.iter().map(|function| {
        format!(
            "{:6.1} % {:>12}  {}",
            function.instructions as f64 * 100.0 / all,
            grouped(function.instructions),
            function.name.replace('\t', " ")
        )
    }));
    lines.join("\n")
}

/// What became of `--twice`.
pub fn draw_repeat(repeat: &Repeat) -> String {
    let mut lines = repeat.off.clone();
    lines.push(format!(
        "twice: {} samples, at most {:.4} % apart: {}",
        repeat.samples,
        repeat.largest * 100.0,
        if repeat.off.is_empty() {
            "the same"
        } else {
            "NOT the same"
        }
    ));
    lines.join("\n")
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

fn styled((header, rows): (Vec<String>, Vec<Vec<String>>)) -> String {
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    table.add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// Their names, in the order of the report.
pub(super) fn variants(report: &Report) -> Vec<&str> {
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
        header.push(
            if report.cells.iter().any(|cell| cell.interval.is_some()) {
                "95 %"
            } else {
                "min..max"
            }
            .to_owned(),
        );
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
            row.push(cell.map_or(String::new(), spread));
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

fn spread(cell: &Measured) -> String {
    let [low, high] = cell.interval.unwrap_or([cell.min, cell.max]);
    format!("{}..+{}", grouped(low), grouped(high - low))
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
pub(super) fn grouped(number: u64) -> String {
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
            tools: Tools {
                compilers: vec!["gcc 12.2.0".into()],
                qemu: "7.2.22".into(),
            },
            notes: vec![],
            profiles: vec![],
            fits: fit::fits(&cells),
            cells,
            missing: vec![],
        }
    }

    #[test]
    fn a_difference_within_the_spread_is_not_claimed() {
        let text = draw(&report());
        let row = |work: &str| text.lines().find(|line| line.contains(work)).unwrap();
        assert!(row("4k 1 MiB").trim_end().ends_with('='), "{text}");
        assert!(row("4k 2 MiB").contains("1,234,000"), "{text}");
        assert!(row("4k 2 MiB").contains("x617.000"), "{text}");
        assert!(text.contains("extrapolated"));
    }

    #[test]
    fn runs_of_other_kernels_or_tools_are_not_compared() {
        let (old, mut new) = (report(), report());
        assert_eq!(old.incomparable(&new), None);
        new.base.release = "7.3.5".into();
        assert!(old.incomparable(&new).unwrap().contains("7.3.5"));
        new.base.release = old.base.release.clone();
        new.tools.compilers.push("clang".into());
        assert!(old.incomparable(&new).unwrap().contains("clang"));
    }

    #[test]
    fn a_profile_says_how_much_it_explains() {
        let report = report();
        let profile = Profile {
            variant: "stock".into(),
            api: "type1".into(),
            workload: "whole".into(),
            backing: "4k".into(),
            size_bytes: 2 << 20,
            op: "map".into(),
            instructions: 1900,
            traced: false,
            functions: vec![crate::bench::profile::Function {
                name: "pin\t[vfio]".into(),
                instructions: 950,
            }],
        };
        let text = dearest(&report, &profile);
        assert!(text.contains("95.0 % of the median"), "{text}");
        assert!(text.contains("50.0 %") && text.ends_with("950  pin [vfio]"));
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
