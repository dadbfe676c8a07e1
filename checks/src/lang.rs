// SPDX-License-Identifier: GPL-2.0-only
//! What is known of a file's own language: the types and modifiers that were
//! learnt while reading it, in order.

use std::cell::Cell;
use std::collections::HashSet;

/// Types and modifiers that the file uses as such.
#[derive(Clone, Debug)]
pub(crate) struct Lang {
    types: HashSet<Vec<u8>>,
    /// What the types begin, end and are long like: most words are no type.
    shapes: [u64; 16],
    modifiers: Vec<Vec<u8>>,
    /// Steps that patterns may still take: no text makes them quadratic.
    steps: Cell<u64>,
}

impl Default for Lang {
    fn default() -> Self {
        Self {
            types: HashSet::new(),
            shapes: [0; 16],
            modifiers: Vec::new(),
            steps: Cell::new(u64::MAX),
        }
    }
}

/// More than this is not a source, but a text made to be slow.
const LIMIT: usize = 100_000;

impl Lang {
    /// For a text of so many bytes. Of the kernel's headers and sources nearly all
    /// need less than 100 steps a byte, and the dearest, a header of tracepoints,
    /// 450. The least that a text has takes some hundredths of a second.
    pub(crate) fn for_text(bytes: usize) -> Self {
        Self {
            steps: Cell::new(4_000_000 + 1_000 * bytes as u64),
            ..Self::default()
        }
    }

    /// Takes some of the steps that are left.
    pub(crate) fn take_steps(&self, most: u32) -> u32 {
        let taken = u32::try_from(self.steps.get()).map_or(most, |left| left.min(most));
        self.steps.set(self.steps.get() - u64::from(taken));
        taken
    }

    /// Gives back what was not needed.
    pub(crate) fn return_steps(&self, steps: u32) {
        self.steps
            .set(self.steps.get().saturating_add(u64::from(steps)));
    }

    pub(crate) fn is_learnt_type(&self, word: &[u8]) -> bool {
        let (index, bit) = shape(word);
        self.shapes[index] & bit != 0 && self.types.contains(word)
    }

    pub(crate) fn modifiers(&self) -> &[Vec<u8>] {
        &self.modifiers
    }

    pub(crate) fn learn_type(&mut self, word: &[u8]) {
        if self.types.len() < LIMIT && !word.is_empty() {
            let (index, bit) = shape(word);
            self.shapes[index] |= bit;
            self.types.insert(word.to_owned());
        }
    }

    pub(crate) fn learn_modifier(&mut self, word: &[u8]) {
        if self.modifiers.len() < LIMIT / 100 && !word.is_empty() {
            self.modifiers.push(word.to_owned());
        }
    }
}

/// Where a word's bit is.
#[inline]
fn shape(word: &[u8]) -> (usize, u64) {
    let (Some(first), Some(last)) = (word.first(), word.last()) else {
        return (0, 0);
    };
    let middle = word[word.len() / 2];
    let hash = usize::from(*first)
        .wrapping_mul(31)
        .wrapping_add(usize::from(*last).wrapping_mul(17))
        .wrapping_add(usize::from(middle).wrapping_mul(7))
        .wrapping_add(word.len().wrapping_mul(131));
    (hash / 64 % 16, 1 << (hash % 64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::re::re;

    #[test]
    fn steps_that_were_taken_and_not_returned_are_gone() {
        let lang = Lang::for_text(0);
        let mut taken = 0;
        loop {
            let steps = lang.take_steps(1_000_000);
            lang.return_steps(steps / 2);
            taken += u64::from(steps - steps / 2);
            if steps == 0 {
                break;
            }
        }
        assert_eq!(taken, 4_000_000);
        assert!(!re!("a").is(&lang, &b"a"[..]));
    }
}
