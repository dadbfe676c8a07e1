// SPDX-License-Identifier: GPL-2.0-only
//! What was executed during which measurement. Of one that is made several times
//! the last counts: the first ones fill caches. Pure.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use guest::bench::marker;

/// Whether a measurement runs. Outside of one, a block costs one load.
static RUNNING: AtomicBool = AtomicBool::new(false);

/// A translated block.
pub(crate) struct Block {
    address: u64,
    instructions: u64,
    entered: AtomicU64,
}

impl Block {
    pub(crate) fn new(address: u64, instructions: u64) -> Self {
        Self {
            address,
            instructions,
            entered: AtomicU64::new(0),
        }
    }

    /// Counts an execution; whether it is the first of a measurement.
    pub(crate) fn enter(&self) -> bool {
        RUNNING.load(Ordering::Relaxed) && self.entered.fetch_add(1, Ordering::Relaxed) == 0
    }
}

/// All measurements.
pub(crate) struct Tally {
    /// The number that the marks spell, so far.
    number: u32,
    /// Blocks entered in the measurement that runs.
    touched: Vec<&'static Block>,
    /// Measurement to address to instructions.
    sums: BTreeMap<u32, BTreeMap<u64, u64>>,
}

impl Tally {
    pub(crate) const fn new() -> Self {
        Self {
            number: 0,
            touched: Vec::new(),
            sums: BTreeMap::new(),
        }
    }

    pub(crate) fn touch(&mut self, block: &'static Block) {
        self.touched.push(block);
    }

    /// The guest executed a mark.
    pub(crate) fn mark(&mut self, displacement: u32) {
        match displacement {
            marker::ZERO => self.number <<= 1,
            marker::ONE => self.number = self.number << 1 | 1,
            marker::BEGIN => RUNNING.store(true, Ordering::Relaxed),
            marker::END => {
                RUNNING.store(false, Ordering::Relaxed);
                let mut sums = BTreeMap::new();
                // A block that was translated anew is there twice.
                for block in self.touched.drain(..) {
                    let entered = block.entered.swap(0, Ordering::Relaxed);
                    *sums.entry(block.address).or_default() += entered * block.instructions;
                }
                self.sums.insert(self.number, sums);
                self.number = 0;
            }
            _ => {}
        }
    }

    /// A line `NUMBER ADDRESS INSTRUCTIONS` for each block.
    pub(crate) fn report(&self) -> String {
        let mut text = String::new();
        for (number, sums) in &self.sums {
            for (address, sum) in sums {
                let _ = writeln!(text, "{number} {address:#x} {sum}");
            }
        }
        text
    }
}
