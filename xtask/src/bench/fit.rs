// SPDX-License-Identifier: GPL-2.0-only
//! The law of growth: cost = constant + slope x pages, by least squares over
//! the sizes of a workload. Pure.

use serde::{Deserialize, Serialize};

use super::samples::{Measured, series_name, whole};

/// Pages of 4 KiB in 1 TiB.
const PAGES_1T: f64 = (1_u64 << 28) as f64;

/// What a workload costs at any size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// Of the kernel.
    pub variant: String,
    /// What the mappings are made with.
    pub api: String,
    /// What is done with the memory.
    #[serde(default = "whole")]
    pub workload: String,
    /// What backs the memory.
    pub backing: String,
    /// What is done.
    pub op: String,
    /// For each page of 4 KiB.
    pub slope_per_page: f64,
    /// Whatever the size.
    pub constant: f64,
    /// The largest distance of a point from the line, as a share of the point.
    /// Two points always lie on a line.
    pub residual: f64,
    /// Sizes that went in.
    pub points: usize,
    /// The line at 1 TiB. Extrapolated: nothing of that size was measured.
    pub extrapolated_1tib: f64,
}

impl Fit {
    /// Its name without the variant's.
    pub fn name(&self) -> String {
        series_name([&self.op, &self.api, &self.workload, &self.backing])
    }
}

/// A fit for each workload with at least two sizes.
pub fn fits(cells: &[Measured]) -> Vec<Fit> {
    let mut seen: Vec<&Measured> = Vec::new();
    let mut fits = Vec::new();
    for cell in cells {
        let same = |other: &Measured| other.variant == cell.variant && other.same_series(cell);
        if seen.iter().any(|other| same(other)) {
            continue;
        }
        seen.push(cell);
        let points: Vec<(f64, f64)> = cells
            .iter()
            .filter(|other| same(other))
            .map(|other| (other.size_bytes as f64 / 4096.0, other.median as f64))
            .collect();
        if let Some((slope, constant)) = line(&points) {
            fits.push(Fit {
                variant: cell.variant.clone(),
                api: cell.api.clone(),
                workload: cell.workload.clone(),
                backing: cell.backing.clone(),
                op: cell.op.clone(),
                slope_per_page: slope,
                constant,
                residual: residual(&points, slope, constant),
                points: points.len(),
                extrapolated_1tib: constant + slope * PAGES_1T,
            });
        }
    }
    fits
}

/// Slope and constant; none with fewer than two different sizes.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = points.len() as f64;
    let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / count;
    let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
    let spread: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    if points.len() < 2 || spread == 0.0 {
        return None;
    }
    let common: f64 = points
        .iter()
        .map(|(x, y)| (x - mean_x) * (y - mean_y))
        .sum();
    let slope = common / spread;
    Some((slope, mean_y - slope * mean_x))
}

fn residual(points: &[(f64, f64)], slope: f64, constant: f64) -> f64 {
    points
        .iter()
        .map(|(x, y)| (constant + slope * x - y).abs() / y.abs().max(1.0))
        .fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::samples::tests::measured;

    #[test]
    fn a_line_is_found_again() {
        // 1000 and 3 for each page.
        let cells = [1, 2, 4].map(|mib| measured("stock", mib, &[1000 + 3 * mib * 256]));
        let fits = fits(&cells);
        assert_eq!(fits.len(), 1);
        assert!((fits[0].slope_per_page - 3.0).abs() < 1e-9);
        assert!((fits[0].constant - 1000.0).abs() < 1e-6);
        assert!(fits[0].residual < 1e-9 && fits[0].points == 3);
        assert!((fits[0].extrapolated_1tib - 805_307_368.0).abs() < 1.0);
    }

    #[test]
    fn what_is_no_line_shows_in_the_residual() {
        let cells = [(1, 100), (2, 400), (4, 1600)].map(|(mib, cost)| measured("s", mib, &[cost]));
        assert!(fits(&cells)[0].residual > 0.1);
    }

    #[test]
    fn one_size_has_no_law() {
        assert!(fits(&[measured("stock", 1, &[5])]).is_empty());
    }
}
