// SPDX-License-Identifier: GPL-2.0-only
//! Results in a cover letter, where it has marks for them:
//!
//! ```text
//! <!-- bench type1 .* GiB -->       the numbers of cells that match
//! <!-- test-vm -->                  scenarios, with and without the patches
//! <!-- check -->                    what the tools found
//! ```
//!
//! What a mail says is always made of the results of the very patches that it
//! is sent with. The file may have the text as well, for those who read it
//! there: between the mark and `<!-- /bench -->`. Pure.

use comfy_table::presets::ASCII_MARKDOWN;
use comfy_table::{CellAlignment, Table};
use regex::Regex;

use crate::bench::samples::Measured;
use crate::report::cover::{self, wrapped};
use crate::scenario::Status;

use super::{Entry, Known, Ran, judge};

/// What becomes of the marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marks {
    /// They stay, with the text between them.
    Keep,
    /// The text takes their place.
    Drop,
}

/// The letter with results in it, and what is in the way of that.
pub fn fill(text: &str, known: &Known, marks: Marks) -> (String, Vec<String>) {
    let mut out = String::new();
    let mut faults = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(mark) = mark(line) else {
            if line.contains("<!--") {
                faults.push(format!("`{}` would be sent as it is", line.trim()));
            }
            out += line;
            out.push('\n');
            continue;
        };
        let (name, rest) = mark.split_once(' ').unwrap_or((mark, ""));
        let made = match name {
            "bench" => bench(known, rest.trim()),
            "test-vm" => tests(known),
            "check" => check(known),
            _ => Err(format!("`<!-- {mark} -->` marks nothing that is known")),
        };
        let end = format!("/{name}");
        let mut ahead = lines.clone();
        if ahead.any(|line| self::mark(line) == Some(&end)) {
            lines = ahead;
        }
        let made = made.unwrap_or_else(|fault| {
            faults.push(fault);
            format!("(there is no result of {name})\n")
        });
        out += &match marks {
            Marks::Keep => format!("{line}\n\n{made}\n<!-- {end} -->\n"),
            Marks::Drop => made,
        };
    }
    let out = out.trim_end_matches('\n').to_owned();
    (out, faults)
}

/// What a line marks, if it is a mark and nothing else.
fn mark(line: &str) -> Option<&str> {
    let inner = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(inner.trim())
}

fn bench(known: &Known, filter: &str) -> Result<String, String> {
    let regex = Regex::new(filter)
        .map_err(|_| format!("`{filter}` in a mark of cover-letter.md is no regular expression"))?;
    let (entry, benched) =
        judge::bench(known).ok_or("cover-letter.md wants the numbers of bench, see above")?;
    let report = &benched.report;
    let pairs: Vec<(&Measured, &Measured)> = report
        .cells
        .iter()
        .filter(|cell| cell.variant == "stock" && regex.is_match(&cell.work()))
        .filter_map(|stock| {
            let mut cells = report.cells.iter();
            let series = cells.find(|cell| cell.variant == "series" && cell.same_work(stock))?;
            Some((stock, series))
        })
        .collect();
    if pairs.is_empty() {
        return Err(format!("no cell of the benchmark matches `{filter}`"));
    }
    let boots = pairs[0].1.samples.len();
    let mut text = wrapped(&format!(
        "{} of the guest, median of {boots} boots of each kernel, Linux {} without and with this \
         series, in QEMU with icount and one CPU. {} {}",
        capital(&report.unit),
        report.base.release,
        cover::LEGEND,
        made_with(entry)
    ));
    let columns = [("stock", "before"), ("series", "after")];
    let wanted = |cell: &Measured| pairs.iter().any(|(stock, _)| stock.same_work(cell));
    text += &format!("\n{}", cover::tables(report, &columns, wanted));
    Ok(text)
}

fn tests(known: &Known) -> Result<String, String> {
    let (entry, tested) = judge::test(known, "release")
        .ok_or("cover-letter.md wants the results of test-vm, see above")?;
    let debug = judge::test(known, "debug").map(|(_, tested)| tested);
    let runs: Vec<&Ran> = tested
        .runs
        .iter()
        .chain(debug.iter().flat_map(|tested| &tested.runs))
        .collect();
    let mut columns: Vec<(&str, &str)> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for run in &runs {
        let column = (run.variant.as_str(), run.profile.as_str());
        // kmod-rust is the workspace's business, and a fourth column is too many.
        let wanted = matches!(column, ("series", _) | ("stock", "release"));
        if wanted && !columns.contains(&column) {
            columns.push(column);
        }
        for scene in &run.scenarios {
            if !names.contains(&scene.name.as_str()) {
                names.push(&scene.name);
            }
        }
    }
    let accel = tested.runs.first().map_or("", |run| run.accel.as_str());
    let mut text = wrapped(&format!(
        "Cases that pass in QEMU ({accel}), on Linux {}. {}",
        entry.base.release,
        made_with(entry)
    ));
    let mut header = vec!["scenario".to_owned()];
    header.extend(columns.iter().map(|(variant, profile)| {
        let profile = if *profile == "release" { "" } else { profile };
        format!("{variant} {profile}").trim_end().to_owned()
    }));
    let mut table = table(&header.iter().map(String::as_str).collect::<Vec<_>>());
    for name in names {
        let mut row = vec![name.to_owned()];
        row.extend(columns.iter().map(|column| cell(&runs, *column, name)));
        table.add_row(row);
    }
    text += &format!("\n{}\n", finished(table));
    Ok(text)
}

/// All runs of a scenario on a kernel in a word or two.
fn cell(runs: &[&Ran], (variant, profile): (&str, &str), name: &str) -> String {
    let runs = runs.iter();
    let runs = runs.filter(|run| run.variant == variant && run.profile == profile);
    let mut scenes = runs
        .flat_map(|run| &run.scenarios)
        .filter(|scene| scene.name == name)
        .peekable();
    if scenes.peek().is_none() {
        return String::new();
    }
    let (mut passed, mut skipped, mut cases, mut worst) = (0, 0, 0, Status::Pass);
    for scene in scenes {
        passed += scene.passed;
        skipped += scene.skipped;
        cases += scene.cases;
        if !scene.status.is_fine() || worst == Status::Pass {
            worst = scene.status;
        }
    }
    match worst {
        Status::Pass if skipped > 0 => format!("{passed}/{cases}, {skipped} skip"),
        Status::Pass => format!("{passed}/{cases}"),
        Status::Skip => "skipped".to_owned(),
        bad => format!("{passed}/{cases}, {}", bad.name()),
    }
}

fn check(known: &Known) -> Result<String, String> {
    let (entry, checked) =
        judge::check(known).ok_or("cover-letter.md wants the results of check, see above")?;
    let tools: Vec<String> = checked
        .tools
        .iter()
        .map(|(tool, count)| match count {
            0 => format!("{tool}: no finding"),
            1 => format!("{tool}: 1 finding"),
            count => format!("{tool}: {count} findings"),
        })
        .collect();
    Ok(wrapped(&format!(
        "{}. {}",
        tools.join("; "),
        made_with(entry)
    )))
}

fn made_with(entry: &Entry) -> String {
    format!("Made with `{}` on {}.", entry.command, entry.day())
}

fn capital(word: &str) -> String {
    let mut chars = word.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

fn table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN);
    table.set_header(header.iter().copied());
    table
}

fn finished(mut table: Table) -> String {
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    // Names come from a guest, by way of a file.
    let text = table.to_string();
    text.chars()
        .filter(|c| *c == '\n' || !c.is_control())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::cover::WIDTH;
    use crate::results::judge::tests::{benched, checked, known, tested};

    fn all() -> Known {
        known(vec![
            tested(true, "release", Status::Pass),
            tested(true, "debug", Status::Pass),
            benched(true),
            checked(0),
        ])
    }

    #[test]
    fn a_mail_has_the_results_in_place_of_the_marks() {
        let letter = "Why.\n\n<!-- bench 2 MiB -->\n\n<!-- test-vm -->\n<!-- check -->\n\nBye.";
        let (text, faults) = fill(letter, &all(), Marks::Drop);
        assert_eq!(faults, Vec::<String>::new());
        assert!(!text.contains("<!--"), "{text}");
        assert!(
            text.contains("1,234,000") && !text.contains("1,001"),
            "{text}"
        );
        assert!(text.contains("`cargo xtask bench`"), "{text}");
        let row = text.lines().find(|line| line.contains("races")).unwrap();
        assert!(
            row.contains("6/7, FAIL") && row.contains("6/7, 1 skip"),
            "{text}"
        );
        assert!(text.contains("make W=1: no finding"), "{text}");
        assert!(text.ends_with("\n\nBye."), "{text}");
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }

    #[test]
    fn the_file_keeps_its_marks_and_is_filled_again_as_it_was() {
        let letter = "a\n\n<!-- bench -->\n\nb";
        let (once, _) = fill(letter, &all(), Marks::Keep);
        assert!(once.contains("<!-- bench -->\n\nInstructions"), "{once}");
        assert!(once.ends_with("<!-- /bench -->\n\nb"), "{once}");
        let (twice, _) = fill(&once, &all(), Marks::Keep);
        assert_eq!(once, twice);
        // In a mail, what was between them goes.
        let old = "<!-- bench -->\nold 1,2,3\n<!-- /bench -->\nb";
        let (mail, faults) = fill(old, &all(), Marks::Drop);
        assert!(!mail.contains("old") && mail.ends_with("\nb"), "{mail}");
        assert!(faults.is_empty());
    }

    #[test]
    fn old_numbers_never_stay_silently() {
        let old = "<!-- bench -->\nold 1,2,3\n<!-- /bench -->\nb";
        let (text, faults) = fill(old, &known(Vec::new()), Marks::Drop);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert!(!text.contains("old"), "{text}");
        for (letter, part) in [
            ("<!-- benhc -->", "marks nothing"),
            ("text <!-- a comment -->", "would be sent"),
            ("<!-- bench ( -->", "no regular expression"),
            ("<!-- bench nothing -->", "no cell"),
            ("<!-- /bench -->", "marks nothing"),
        ] {
            let (_, faults) = fill(letter, &all(), Marks::Drop);
            assert!(faults.len() == 1 && faults[0].contains(part), "{faults:?}");
        }
    }

    #[test]
    fn the_longest_names_fit() {
        let mut known = known(vec![benched(true)]);
        let crate::results::Found::Bench(benched) = &mut known.entries[0].found else {
            unreachable!()
        };
        for cell in &mut benched.report.cells {
            cell.op = "unmap".into();
            cell.api = "iommufd_compat".into();
            cell.backing = "memfd_hugetlb_2m".into();
            cell.median = 9_999_999_999 + cell.size_bytes;
        }
        let (text, _) = fill("<!-- bench -->", &known, Marks::Drop);
        for line in text.lines() {
            assert!(line.chars().count() <= WIDTH, "{line}");
        }
    }
}
