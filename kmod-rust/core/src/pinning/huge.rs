// SPDX-License-Identifier: GPL-2.0-only
//! In: a page, and the size of what it is a part of. Out: how many pages of it
//! are left, in the one place where this is computed (R4).

use core::num::NonZeroU64;

/// The size of a huge page, a folio or a page table: a power of two of pages.
///
/// # Invariants
///
/// `mask` is less than a power of two by one, and half of the numbers at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HugePage {
    mask: u64,
}

impl HugePage {
    /// `2^order` pages. `None` if that is not a number.
    #[inline]
    pub const fn of_order(order: u32) -> Option<Self> {
        match 1u64.checked_shl(order) {
            Some(pages) => Some(Self {
                // A power of two is not 0.
                mask: pages.wrapping_sub(1),
            }),
            None => None,
        }
    }

    /// How many pages it has.
    #[inline]
    pub const fn pages(self) -> NonZeroU64 {
        // By the invariant this is the power of two.
        NonZeroU64::MIN.saturating_add(self.mask)
    }

    /// How many pages there are from `index` to the end of the huge page that
    /// `index` is in, itself included: from 1 to [`pages`](Self::pages).
    ///
    /// `index` has to be a number of the kind by which the huge page is aligned:
    /// a pfn for a folio, a virtual page for what a page table covers. An iova
    /// is neither (F2).
    #[inline]
    pub const fn residual(self, index: u64) -> NonZeroU64 {
        // By the invariant the mask is that of the offset. What the offset lacks
        // are the pages behind this one.
        NonZeroU64::MIN.saturating_add(self.mask & !index)
    }
}
