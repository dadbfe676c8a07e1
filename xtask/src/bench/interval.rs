// SPDX-License-Identifier: GPL-2.0-only
//! How far a median can be trusted: an interval by resampling the boots, for
//! clocks that chance has a part in.

use booted::bootstrap::{Bootstrap, Estimator};
use booted::summary::calculate_stats;

/// Samples with fewer boots have no interval.
const LEAST: usize = 5;

/// Times that the boots are drawn anew.
const DRAWS: usize = 2000;

/// The interval that holds the median of the boots in 95 of 100 cases.
pub fn of_median(samples: &[u64]) -> Option<[u64; 2]> {
    if samples.len() < LEAST {
        return None;
    }
    let boots: Vec<u64> = samples.to_vec();
    let estimator = Estimator::new()
        .indices((0..boots.len()).collect())
        .from(move |drawn: &[usize]| {
            let mut costs: Vec<u64> = drawn.iter().map(|&index| boots[index]).collect();
            costs.sort_unstable();
            Some(costs[costs.len() / 2] as f64)
        })
        .build();
    let mut medians = Bootstrap::new()
        .estimator(estimator)
        .n_boot(DRAWS)
        .build()
        .run::<f64>()
        .samples;
    let interval = calculate_stats(&mut medians)?.ci_95;
    Some([interval.low as u64, interval.high as u64])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_is_within_the_samples_and_holds_their_median() {
        let samples = [100, 104, 90, 101, 99, 160, 102, 98, 103];
        let [low, high] = of_median(&samples).unwrap();
        assert!((90..=101).contains(&low) && (101..=160).contains(&high));
        assert_eq!(of_median(&[7; 9]), Some([7, 7]));
        assert_eq!(of_median(&samples[..4]), None);
    }
}
