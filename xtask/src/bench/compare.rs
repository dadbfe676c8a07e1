// SPDX-License-Identifier: GPL-2.0-only
//! Two cells side by side, and what may be said about them. Pure. No difference
//! is claimed that is smaller than the spread over the boots.

use super::samples::Measured;

/// What may be said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// The difference is no larger than the spread.
    Same,
    /// The new median as a multiple of the old one.
    Ratio(f64),
}

/// `new` against `old`.
pub fn verdict(old: &Measured, new: &Measured) -> Verdict {
    let spread = (old.max - old.min).max(new.max - new.min);
    if new.median.abs_diff(old.median) <= spread {
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
