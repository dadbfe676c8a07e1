// SPDX-License-Identifier: GPL-2.0-only
//! The result of a benchmark as the tables of a cover letter: a table for each
//! operation and interface, memory down, kernels across; below the sizes of a
//! memory what each further page costs. No line is longer than mail allows.

use crate::bench::compare::{shown, verdict};
use crate::bench::fit::Fit;
use crate::bench::samples::Measured;

use super::bench::{Report, grouped, variants};

/// A fit that is further from one of its points has a sign of doubt.
const DOUBT: f64 = 0.05;

/// Columns of a mail.
pub const WIDTH: usize = 75;

/// All tables, with what one has to know about them.
pub fn markdown(report: &Report) -> String {
    let variants = variants(report);
    let columns: Vec<(&str, &str)> = variants.iter().map(|&name| (name, name)).collect();
    format!(
        "{}\n{}",
        caption(report),
        tables(report, &columns, |_| true)
    )
}

/// Tables of the cells that are `wanted`; the columns are variants and what they
/// are called. The second one, and each further, is compared with the first.
pub fn tables(
    report: &Report,
    columns: &[(&str, &str)],
    wanted: impl Fn(&Measured) -> bool,
) -> String {
    let mut works: Vec<&Measured> = Vec::new();
    for cell in report.cells.iter().filter(|cell| wanted(cell)) {
        if !works.iter().any(|known| known.same_work(cell)) {
            works.push(cell);
        }
    }
    let mut groups: Vec<(&str, &str)> = Vec::new();
    for work in &works {
        if !groups.contains(&group(work)) {
            groups.push(group(work));
        }
    }
    let tables: Vec<String> = groups
        .iter()
        .map(|&of| {
            let works: Vec<&Measured> = works
                .iter()
                .copied()
                .filter(|work| group(work) == of)
                .collect();
            table(report, columns, &works)
        })
        .collect();
    tables.join("\n")
}

fn group(cell: &Measured) -> (&str, &str) {
    (&cell.op, &cell.api)
}

fn caption(report: &Report) -> String {
    let boots = report.cells.iter().map(|cell| cell.samples.len()).max();
    let mut words = vec![format!(
        "{} per operation, median of {} boots. Linux {}",
        match report.unit.as_str() {
            "instructions" => "Guest instructions",
            _ => "Nanoseconds",
        },
        boots.unwrap_or(0),
        report.base.release
    )];
    words.extend(report.tools.compilers.iter().cloned());
    if !report.tools.qemu.is_empty() {
        words.push(format!("QEMU {}", report.tools.qemu));
    }
    if report.unit == "instructions" {
        words.push("-icount shift=0".into());
    }
    words.extend(report.notes.iter().cloned());
    wrapped(&format!("{}. {LEGEND}", words.join(", ")))
}

/// What the signs in the tables mean.
pub const LEGEND: &str =
    "`=` is no difference beyond the spread, `~` a cost that is no straight line.";

/// At the width of mail.
pub fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut width = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > WIDTH {
            out.push('\n');
            width = 0;
        } else if width > 0 {
            out.push(' ');
            width += 1;
        }
        out += word;
        width += length;
    }
    out.push('\n');
    out
}

/// Of one operation and interface.
fn table(report: &Report, columns: &[(&str, &str)], works: &[&Measured]) -> String {
    let (op, api) = works.first().map_or(("", ""), |work| group(work));
    let mut header = vec![format!("{op} {api}")];
    for (index, (_, title)) in columns.iter().enumerate() {
        header.push((*title).to_owned());
        if index > 0 {
            header.push(String::new());
        }
    }
    let mut rows = Vec::new();
    for (index, work) in works.iter().enumerate() {
        rows.push(costs(report, columns, work));
        if works
            .get(index + 1)
            .is_none_or(|next| !next.same_series(work))
        {
            rows.extend(growth(report, columns, work));
        }
    }
    aligned(&header, &rows)
}

fn costs(report: &Report, columns: &[(&str, &str)], work: &Measured) -> Vec<String> {
    let find = |variant: &str| {
        report
            .cells
            .iter()
            .find(|cell| cell.variant == variant && cell.same_work(work))
    };
    let first = columns.first().and_then(|(variant, _)| find(variant));
    let mut row = vec![within(work)];
    for (index, (variant, _)) in columns.iter().enumerate() {
        let cell = find(variant);
        row.push(cell.map_or_else(String::new, |cell| grouped(cell.median)));
        if index > 0 {
            row.push(match (first, cell) {
                (Some(first), Some(cell)) => shown(verdict(first, cell)),
                _ => String::new(),
            });
        }
    }
    row
}

/// What a cell is called where its operation and interface are known.
fn within(cell: &Measured) -> String {
    let name = cell.work();
    let words: Vec<&str> = name
        .split(' ')
        .filter(|word| *word != cell.op && *word != cell.api)
        .collect();
    words.join(" ")
}

/// What each further page costs, where there are sizes to tell.
fn growth(report: &Report, columns: &[(&str, &str)], work: &Measured) -> Option<Vec<String>> {
    let (pages, page) = unit(&work.backing)?;
    let find = |variant: &str| {
        report
            .fits
            .iter()
            .find(|fit| fit.variant == variant && fit.name() == work.series_name())
    };
    let cost = |fit: &Fit| {
        let doubt = if fit.residual > DOUBT { "~ " } else { "" };
        format!("{doubt}{}", number(fit.slope_per_page * pages))
    };
    let mut row = vec![format!("- each further {page}")];
    for (index, (variant, _)) in columns.iter().enumerate() {
        row.push(find(variant).map_or_else(String::new, cost));
        if index > 0 {
            row.push(String::new());
        }
    }
    row.iter()
        .skip(1)
        .any(|text| !text.is_empty())
        .then_some(row)
}

/// Whole from a hundred on.
fn number(value: f64) -> String {
    if value.abs() < 99.95 {
        return format!("{value:.1}");
    }
    let sign = if value < 0.0 { "-" } else { "" };
    format!("{sign}{}", grouped(value.abs().round() as u64))
}

/// Pages of 4 KiB in a page of this backing, and its name.
fn unit(backing: &str) -> Option<(f64, &'static str)> {
    match backing {
        "4k" | "memfd_4k" => Some((1.0, "4 KiB")),
        "thp" | "hugetlb_2m" | "memfd_hugetlb_2m" => Some((512.0, "2 MiB")),
        "hugetlb_1g" | "memfd_hugetlb_1g" => Some((262_144.0, "1 GiB")),
        _ => None,
    }
}

/// The first column to the left, the others to the right. Names come from a
/// guest, by way of a file.
fn aligned(header: &[String], rows: &[Vec<String>]) -> String {
    let plain = |row: &[String]| -> Vec<String> {
        row.iter()
            .map(|text| text.chars().filter(|c| !c.is_control()).collect())
            .collect()
    };
    let lines: Vec<Vec<String>> = std::iter::once(plain(header))
        .chain(rows.iter().map(|row| plain(row)))
        .collect();
    let widths: Vec<usize> = (0..header.len())
        .filter_map(|column| lines.iter().map(|line| line[column].chars().count()).max())
        .collect();
    let mut text = String::new();
    for (number, line) in lines.iter().enumerate() {
        let cells = line.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(index, (text, &width))| match index {
                0 => format!(" {text:<width$} "),
                _ => format!(" {text:>width$} "),
            })
            .collect();
        text.push_str(&format!("|{}|\n", cells.join("|")));
        if number == 0 {
            let rules = widths.iter().enumerate();
            let rules: Vec<String> = rules
                .map(|(index, &width)| match index {
                    0 => "-".repeat(width + 2),
                    _ => format!("{}:", "-".repeat(width + 1)),
                })
                .collect();
            text.push_str(&format!("|{}|\n", rules.join("|")));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::samples::tests::measured;
    use crate::report::bench::tests::report;

    #[test]
    fn the_tables_are_those_of_a_cover_letter() {
        let mut report = report();
        let mut exit = measured("stock", 1, &[77_777, 77_778, 77_779]);
        exit.op = "exit".into();
        exit.workload = "exit".into();
        exit.backing = "hugetlb_2m".into();
        report.cells.push(exit);
        let want = "\
Guest instructions per operation, median of 3 boots. Linux 7.3.4, gcc
12.2.0, QEMU 7.2.22, -icount shift=0. `=` is no difference beyond the
spread, `~` a cost that is no straight line.

| map type1            | stock |    series |          |
|----------------------|------:|----------:|---------:|
| 4k 1 MiB             | 1,001 |     1,001 |        = |
| 4k 2 MiB             | 2,000 | 1,234,000 | x617.000 |
| - each further 4 KiB |   3.9 |     4,816 |          |

| exit type1       |  stock | series |  |
|------------------|-------:|-------:|-:|
| hugetlb_2m 1 MiB | 77,778 |        |  |
";
        assert_eq!(markdown(&report), want);
    }

    #[test]
    fn what_is_no_line_is_doubted() {
        let mut report = report();
        for fit in &mut report.fits {
            fit.residual = 0.2;
        }
        assert!(markdown(&report).contains("   ~ 4,816 |"));
    }
}
