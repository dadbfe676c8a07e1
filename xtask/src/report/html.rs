// SPDX-License-Identifier: GPL-2.0-only
//! The result of a benchmark as one page that needs nothing else: a plot for
//! each workload, cost against size, both logarithmic, the variants side by
//! side; below them the tables. For a phone, a desk and paper.

use anyhow::{Result, anyhow};
use plotters::prelude::*;

use super::bench::{Report, dearest, tables};
use crate::bench::samples::{Measured, size};

/// Of the variants, in their order. They differ in brightness, too, for paper
/// and for eyes that see no colour.
const COLOURS: [RGBColor; 3] = [
    RGBColor(0, 90, 181),
    RGBColor(220, 50, 32),
    RGBColor(0, 130, 90),
];

/// Of the variants, in their order: red, green, blue.
pub fn colours() -> impl Iterator<Item = [u8; 3]> {
    COLOURS.iter().map(|colour| [colour.0, colour.1, colour.2])
}

const STYLE: &str = "body{font:16px/1.4 system-ui,sans-serif;margin:1rem auto;max-width:72rem;padding:0 .7rem;color:#111;background:#fff}\
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,24rem),1fr));gap:1rem}\
figure{margin:0;break-inside:avoid}svg{width:100%;height:auto}pre{overflow-x:auto;font-size:.75rem}\
@media print{body{max-width:none;margin:0}.plots{grid-template-columns:1fr 1fr}pre{font-size:6pt;white-space:pre}}";

/// The page.
///
/// # Errors
/// What cannot be drawn.
pub fn page(report: &Report) -> Result<String> {
    let mut plots = String::new();
    let mut seen: Vec<&Measured> = Vec::new();
    for cell in &report.cells {
        if seen.iter().any(|other| other.same_series(cell)) {
            continue;
        }
        seen.push(cell);
        let cells: Vec<&Measured> = report
            .cells
            .iter()
            .filter(|other| other.same_series(cell))
            .collect();
        plots.push_str(&format!("<figure>{}</figure>\n", plot(&cells)?));
    }
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>Map and unmap on Linux {release}</title><style>{STYLE}</style></head><body>\n\
         <h1>Map and unmap on Linux {release}</h1>\n\
         <p>Cost in {unit}, median over the boots, against the size of the memory. \
         Costs at 1 TiB are extrapolated: nothing of that size was measured.</p>\n\
         <p>{made}</p>\n\
         <div class=\"plots\">\n{plots}</div>\n<pre>{table}</pre>\n{profiles}</body></html>\n",
        release = escaped(&report.base.release),
        unit = escaped(&report.unit),
        made = escaped(&made(report)),
        table = escaped(&tables(report)),
        profiles = profiles(report),
    ))
}

/// What it was measured with, and what speaks against it.
fn made(report: &Report) -> String {
    let mut words = report.tools.compilers.clone();
    words.push(format!("QEMU {}", report.tools.qemu));
    words.push(report.base.source.clone());
    words.extend(report.notes.iter().cloned());
    words.join(". ")
}

/// A fold for each operation of a cell.
fn profiles(report: &Report) -> String {
    if report.profiles.is_empty() {
        return String::new();
    }
    let folds: String = report
        .profiles
        .iter()
        .map(|profile| {
            format!(
                "<details><summary>{} {}</summary><pre>{}</pre></details>\n",
                escaped(&profile.variant),
                escaped(&profile.work()),
                escaped(&dearest(report, profile))
            )
        })
        .collect();
    format!("<h2>Where the instructions go</h2>\n{folds}")
}

/// One workload as SVG.
fn plot(cells: &[&Measured]) -> Result<String> {
    let mut svg = String::new();
    draw_plot(cells, &mut svg).map_err(|error| anyhow!("cannot draw a plot: {error}"))?;
    Ok(svg)
}

fn draw_plot(cells: &[&Measured], svg: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let first = cells.first().ok_or("a workload has cells")?;
    let mut sizes: Vec<f64> = cells.iter().map(|cell| cell.size_bytes as f64).collect();
    sizes.sort_by(f64::total_cmp);
    sizes.dedup();
    let costs = around(cells.iter().map(|cell| cell.median.max(1) as f64));
    let marks = marks(&costs);
    let area = SVGBackend::with_string(svg, (480, 340)).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(first.series_name(), ("sans-serif", 18))
        .margin(8)
        .margin_right(24)
        .x_label_area_size(40)
        .y_label_area_size(52)
        .build_cartesian_2d(
            around(sizes.iter().copied())
                .log_scale()
                .with_key_points(sizes.clone()),
            costs.log_scale().with_key_points(marks),
        )?;
    chart
        .configure_mesh()
        .x_desc("size")
        .x_label_formatter(&|bytes| size(*bytes as u64))
        .y_label_formatter(&|cost| short(*cost))
        .label_style(("sans-serif", 14))
        .light_line_style(WHITE)
        .draw()?;
    for (index, variant) in variants(cells).into_iter().enumerate() {
        let colour = COLOURS[index % COLOURS.len()];
        let points: Vec<(f64, f64)> = cells
            .iter()
            .filter(|cell| cell.variant == variant)
            .map(|cell| (cell.size_bytes as f64, cell.median.max(1) as f64))
            .collect();
        chart
            .draw_series(LineSeries::new(points.clone(), colour.stroke_width(2)))?
            .label(variant)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        chart.draw_series(
            points
                .into_iter()
                .map(|point| Circle::new(point, 4, colour.filled())),
        )?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font(("sans-serif", 14))
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3))
        .draw()?;
    area.present()?;
    Ok(())
}

fn variants<'a>(cells: &[&'a Measured]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for cell in cells {
        if !names.contains(&cell.variant.as_str()) {
            names.push(&cell.variant);
        }
    }
    names
}

/// A range with some room at both ends.
fn around(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (low, high) = values.fold((f64::MAX, 1.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    low / 1.6..high * 1.6
}

/// Where an axis of costs has a label: 1, 2, 5, 10 and so on.
fn marks(range: &std::ops::Range<f64>) -> Vec<f64> {
    (0..20)
        .flat_map(|power| [1.0, 2.0, 5.0].map(|digit| digit * 10_f64.powi(power)))
        .filter(|mark| range.contains(mark))
        .collect()
}

/// `50 k`, `2 M`.
fn short(cost: f64) -> String {
    for (unit, name) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")] {
        if cost >= unit {
            return format!("{:.0} {name}", cost / unit);
        }
    }
    format!("{cost:.0}")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::bench::tests::report;

    #[test]
    fn an_axis_has_marks_however_narrow_it_is() {
        assert_eq!(marks(&around([3e6].into_iter())), [2e6]);
        assert_eq!(marks(&(1500.0..60_000.0)), [2e3, 5e3, 1e4, 2e4, 5e4]);
        assert_eq!(
            [1e4, 5e5, 2e6, 5.0].map(short),
            ["10 k", "500 k", "2 M", "5"]
        );
    }

    #[test]
    fn each_variant_has_its_line_and_nothing_is_fetched() {
        let mut report = report();
        report.base.release = "<script>".into();
        let page = page(&report).unwrap();
        assert_eq!(page.matches("<svg").count(), 1);
        assert!(
            page.contains("\nseries\n") && page.contains("\nstock\n"),
            "{page}"
        );
        // A line for each variant and its mark in the legend.
        assert!(page.matches("<polyline").count() >= 4);
        assert!(page.matches("<circle").count() >= 4);
        assert!(!page.contains("<script") && !page.contains("src="));
    }
}
