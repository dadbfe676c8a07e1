// SPDX-License-Identifier: GPL-2.0-only
//! Sets of bytes.

/// A set of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Set([u64; 4]);

impl Set {
    /// All bytes.
    pub(crate) const ALL: Set = Set([u64::MAX; 4]);

    /// The set of one byte.
    pub(crate) fn of(byte: u8) -> Self {
        let mut set = Self::default();
        set.add(byte);
        set
    }

    pub(crate) fn add(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    pub(crate) fn add_range(&mut self, from: u8, to: u8) {
        for byte in from..=to {
            self.add(byte);
        }
    }

    pub(crate) fn add_set(&mut self, other: &Set) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine |= theirs;
        }
    }

    #[inline]
    pub(crate) fn has(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    /// Whether another set has all of it.
    pub(crate) fn within(&self, other: &Set) -> bool {
        self.0
            .iter()
            .zip(other.0)
            .all(|(mine, theirs)| mine & !theirs == 0)
    }

    /// Whether another set has nothing of it.
    pub(crate) fn apart(&self, other: &Set) -> bool {
        self.0
            .iter()
            .zip(other.0)
            .all(|(mine, theirs)| mine & theirs == 0)
    }

    pub(crate) fn inverse(&self) -> Self {
        Self(self.0.map(|bits| !bits))
    }

    /// With both cases of each letter.
    pub(crate) fn both_cases(mut self) -> Self {
        for byte in 0..=u8::MAX {
            if self.has(byte) {
                self.add(byte.to_ascii_lowercase());
                self.add(byte.to_ascii_uppercase());
            }
        }
        self
    }

    pub(crate) fn len(&self) -> u32 {
        self.0.iter().map(|bits| bits.count_ones()).sum()
    }

    pub(crate) fn bytes(&self) -> impl Iterator<Item = u8> {
        let mut left = self.0;
        std::iter::from_fn(move || {
            let word = left.iter().position(|bits| *bits != 0)?;
            let bit = left[word].trailing_zeros();
            left[word] &= left[word] - 1;
            u8::try_from(64 * word).ok().map(|base| base + bit as u8)
        })
    }

    /// The bits of its ASCII bytes, unless it has others.
    pub(crate) fn ascii(&self) -> Option<u128> {
        (self.0[2] == 0 && self.0[3] == 0)
            .then(|| u128::from(self.0[0]) | u128::from(self.0[1]) << 64)
    }

    /// `\w`, ASCII only.
    pub(crate) fn word() -> Self {
        let mut set = Self::digit();
        set.add_range(b'a', b'z');
        set.add_range(b'A', b'Z');
        set.add(b'_');
        set
    }

    /// `\d`.
    pub(crate) fn digit() -> Self {
        let mut set = Self::default();
        set.add_range(b'0', b'9');
        set
    }

    /// `\s`, with the vertical tab.
    pub(crate) fn space() -> Self {
        let mut set = Self::of(b' ');
        set.add_range(9, 13);
        set
    }
}
