// SPDX-License-Identifier: GPL-2.0-only
//! What another kernel, or another day, would change without anybody wanting
//! it: where free memory lies, and how full the allocators are. A seed decides,
//! and each round of boots has another one, so that the spread over the boots
//! covers it.

use std::os::fd::{FromRawFd, OwnedFd};

use anyhow::Result;
use nix::errno::Errno;

use crate::memory::{PAGES_2M, Region};

/// Upper bounds of what is held for as long as the benchmark runs.
const HUGE_PAGES: u64 = 48;
const SMALL_PAGES: u64 = 4096;
const FILES: u64 = 400;

/// Held until dropped.
pub(super) struct Luck {
    _memory: Vec<Region>,
    _files: Vec<OwnedFd>,
}

impl Luck {
    /// The luck of this seed; 0 for none.
    pub(super) fn of(seed: u32) -> Result<Self> {
        let mut dice = Dice(u64::from(seed));
        let mut luck = Self {
            _memory: Vec::new(),
            _files: Vec::new(),
        };
        if seed == 0 {
            return Ok(luck);
        }
        luck._memory
            .push(scattered(&mut dice, HUGE_PAGES, PAGES_2M)?);
        luck._memory.push(scattered(&mut dice, SMALL_PAGES, 1)?);
        for _ in 0..dice.below(FILES) {
            // SAFETY: takes numbers only.
            let fd = Errno::result(unsafe { libc::eventfd(0, 0) })?;
            // SAFETY: a positive answer is a new descriptor that nobody else owns.
            luck._files.push(unsafe { OwnedFd::from_raw_fd(fd) });
        }
        Ok(luck)
    }
}

/// Some pages of a size, of which some are freed again.
fn scattered(dice: &mut Dice, most: u64, unit: usize) -> Result<Region> {
    let count = 1 + dice.below(most) as usize;
    let region = Region::anonymous((count + 1) * unit, 0)?.aligned(unit);
    let advice = if unit > 1 {
        libc::MADV_HUGEPAGE
    } else {
        libc::MADV_NOHUGEPAGE
    };
    region.advise(0, region.pages(), advice)?;
    region.populate();
    for page in 0..count {
        if dice.below(2) == 0 {
            region.advise(page * unit, unit, libc::MADV_DONTNEED)?;
        }
    }
    Ok(region)
}

/// A generator of numbers (splitmix64) that is the same everywhere.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ word >> 31) % bound
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_luck_and_another_one_other() {
        let throws = |seed| {
            let mut dice = Dice(seed);
            [(); 8].map(|()| dice.below(1000))
        };
        assert_eq!(throws(1), throws(1));
        assert_ne!(throws(1), throws(2));
    }
}
