// SPDX-License-Identifier: GPL-2.0-only
//! How far a median can be trusted: an interval by resampling the boots, for
//! clocks that chance has a part in.

use fastrand::Rng;

/// Samples with fewer boots have no interval.
const LEAST: usize = 5;

/// Times that the boots are drawn anew.
const DRAWS: usize = 2000;

/// The same boots give the same interval.
const SEED: u64 = 0x5eed;

/// The interval that holds the median of the boots in 95 of 100 cases: the
/// percentiles 2.5 and 97.5 of the medians of boots drawn with replacement
/// (Efron and Tibshirani, An Introduction to the Bootstrap, 13.3).
pub fn of_median(samples: &[u64]) -> Option<[u64; 2]> {
    if samples.len() < LEAST {
        return None;
    }
    let mut chance = Rng::with_seed(SEED);
    let mut drawn = vec![0; samples.len()];
    let mut medians: Vec<u64> = (0..DRAWS)
        .map(|_| {
            drawn.fill_with(|| samples[chance.usize(..samples.len())]);
            median(&mut drawn)
        })
        .collect();
    medians.sort_unstable();
    Some([medians[DRAWS / 40], medians[DRAWS - 1 - DRAWS / 40]])
}

/// The value in the middle of `samples`, which is not empty; the upper one of
/// two.
fn median(samples: &mut [u64]) -> u64 {
    let middle = samples.len() / 2;
    *samples.select_nth_unstable(middle).1
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
