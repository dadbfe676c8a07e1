// SPDX-License-Identifier: GPL-2.0-only
//! Two cells side by side, and what may be said about them. Pure. No difference
//! is claimed that is smaller than the spread over the boots.

use super::samples::Measured;

/// What may be said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The difference is no larger than the spread, or, where a clock is read,
    /// the intervals of the medians overlap.
    Same,
    /// The new median as a multiple of the old one.
    Ratio(f64),
}

/// `new` against `old`.
pub fn verdict(old: &Measured, new: &Measured) -> Verdict {
    let same = match (old.interval, new.interval) {
        // A clock has outliers, over which the spread would grow with each boot.
        (Some([old_low, old_high]), Some([low, high])) => low <= old_high && old_low <= high,
        _ => {
            let spread = (old.max - old.min).max(new.max - new.min);
            new.median.abs_diff(old.median) <= spread
        }
    };
    if same {
        return Verdict::Same;
    }
    Verdict::Ratio(new.median as f64 / old.median.max(1) as f64)
}

/// For tables: `=`, `x0.12`.
pub fn shown(verdict: Verdict) -> String {
    match verdict {
        Verdict::Same => "=".into(),
        Verdict::Ratio(ratio) if ratio < 0.1 => format!("x{ratio:.4}"),
        Verdict::Ratio(ratio) => format!("x{ratio:.3}"),
    }
}

/// A cell of a saved run and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `stock type1 4k 64 MiB map`.
    pub name: String,
    /// The median then.
    pub old: u64,
    /// The median now; none where the cell was asked for and has no number.
    pub new: Option<u64>,
    /// What may be said.
    pub verdict: Verdict,
}

impl Change {
    /// Whether it got worse than `gate` allows. A cell that is gone did.
    pub fn is_worse(&self, gate: f64) -> bool {
        self.new.is_none() || matches!(self.verdict, Verdict::Ratio(ratio) if ratio > gate)
    }
}

/// Every cell of the saved run that was `asked` for now.
pub fn changes(
    old: &[Measured],
    new: &[Measured],
    asked: impl Fn(&Measured) -> bool,
) -> Vec<Change> {
    old.iter()
        .filter(|cell| asked(cell))
        .map(|old| {
            let new = new
                .iter()
                .find(|new| new.variant == old.variant && new.same_work(old));
            Change {
                name: format!("{} {}", old.variant, old.work()),
                old: old.median,
                new: new.map(|new| new.median),
                verdict: new.map_or(Verdict::Same, |new| verdict(old, new)),
            }
        })
        .collect()
}

/// How far two boots of the same kernel with the same luck may be apart: a
/// share of the first.
pub const REPEATABLE: f64 = 0.001;

/// The same run, made twice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Repeat {
    /// Pairs of samples.
    pub samples: usize,
    /// The largest distance of a pair, as a share.
    pub largest: f64,
    /// Cells that are further apart than [`REPEATABLE`], or lack their other half.
    pub off: Vec<String>,
}

/// Compares boot by boot, not only the medians.
pub fn repeat(first: &[Measured], second: &[Measured]) -> Repeat {
    let mut repeat = Repeat::default();
    for cell in first {
        let name = format!("{} {}", cell.variant, cell.work());
        let other = second
            .iter()
            .find(|other| other.variant == cell.variant && other.same_work(cell));
        let Some(other) = other.filter(|other| other.samples.len() == cell.samples.len()) else {
            repeat.off.push(format!("{name}: measured once only"));
            continue;
        };
        let worst = cell
            .samples
            .iter()
            .zip(&other.samples)
            .map(|(&one, &two)| one.abs_diff(two) as f64 / one.max(1) as f64)
            .fold(0.0, f64::max);
        repeat.samples += cell.samples.len();
        repeat.largest = repeat.largest.max(worst);
        if worst > REPEATABLE {
            repeat.off.push(format!(
                "{name}: {:?} and {:?} ({:.3} %)",
                cell.samples,
                other.samples,
                worst * 100.0
            ));
        }
    }
    repeat
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::samples::tests::measured;

    #[test]
    fn a_difference_within_the_spread_is_none() {
        let old = measured("stock", 1, &[100, 110, 105]);
        assert_eq!(
            verdict(&old, &measured("stock", 1, &[112, 113, 114])),
            Verdict::Same
        );
        assert_eq!(
            verdict(&old, &measured("stock", 1, &[210, 210, 210])),
            Verdict::Ratio(2.0)
        );
    }

    #[test]
    fn intervals_decide_where_there_are_some() {
        let with = |samples: &[u64], interval| {
            let mut cell = measured("stock", 1, samples);
            cell.interval = Some(interval);
            cell
        };
        let old = with(&[100, 101, 500], [100, 102]);
        let near = with(&[103, 104, 105], [102, 105]);
        assert_eq!(verdict(&old, &near), Verdict::Same);
        let far = with(&[202, 202, 900], [200, 204]);
        assert_eq!(verdict(&old, &far), Verdict::Ratio(2.0));
    }

    #[test]
    fn a_second_run_is_held_against_the_first_boot_by_boot() {
        let first = [measured("a", 1, &[10_000, 20_000, 30_000])];
        let near = [measured("a", 1, &[10_010, 20_000, 30_000])];
        let found = repeat(&first, &near);
        assert!(found.off.is_empty() && found.samples == 3, "{found:?}");
        assert!((found.largest - 0.001).abs() < 1e-9);
        // The medians agree, and yet it is not the same run.
        let far = [measured("a", 1, &[10_011, 20_000, 30_000])];
        assert_eq!(repeat(&first, &far).off.len(), 1);
        assert_eq!(repeat(&first, &[]).off.len(), 1);
    }

    #[test]
    fn the_gate_shuts_on_what_got_worse_or_lost() {
        let old = [
            measured("stock", 1, &[1000]),
            measured("stock", 2, &[1000]),
            measured("stock", 4, &[1000]),
        ];
        let new = [measured("stock", 1, &[1019]), measured("stock", 2, &[1021])];
        let worse: Vec<bool> = changes(&old, &new, |_| true)
            .iter()
            .map(|change| change.is_worse(1.02))
            .collect();
        assert_eq!(worse, [false, true, true]);
        assert_eq!(
            changes(&old, &new, |cell| cell.size_bytes < 4 << 20).len(),
            2
        );
    }
}
