// SPDX-License-Identifier: GPL-2.0-only
//! What is known of a file's own language: the types and modifiers that were
//! learnt while reading it, in order.

use std::collections::HashSet;

/// Types and modifiers that the file uses as such.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lang {
    types: HashSet<Vec<u8>>,
    modifiers: Vec<Vec<u8>>,
}

/// More than this is not a source, but a text made to be slow.
const LIMIT: usize = 100_000;

impl Lang {
    pub(crate) fn is_learnt_type(&self, word: &[u8]) -> bool {
        self.types.contains(word)
    }

    pub(crate) fn modifiers(&self) -> &[Vec<u8>] {
        &self.modifiers
    }

    pub(crate) fn learn_type(&mut self, word: &[u8]) {
        if self.types.len() < LIMIT && !word.is_empty() {
            self.types.insert(word.to_owned());
        }
    }

    pub(crate) fn learn_modifier(&mut self, word: &[u8]) {
        if self.modifiers.len() < LIMIT / 100 && !word.is_empty() {
            self.modifiers.push(word.to_owned());
        }
    }
}
