// SPDX-License-Identifier: GPL-2.0-only
//! In: a page, and the size of what it is a part of. Out: how many pages of it
//! are left, in the one place where this is computed (R4).

/// The size of a huge page, a folio or a page table: a power of two of pages.
///
/// # Invariants
///
/// `pages` is a power of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HugePage {
    pages: u64,
}

impl HugePage {
    /// `2^order` pages. `None` if that is not a number.
    #[inline]
    pub const fn of_order(order: u32) -> Option<Self> {
        match 1u64.checked_shl(order) {
            Some(pages) => Some(Self { pages }),
            None => None,
        }
    }

    /// How many pages it has.
    #[inline]
    pub const fn pages(self) -> u64 {
        self.pages
    }

    /// How many pages there are from `index` to the end of the huge page that
    /// `index` is in, itself included: from 1 to [`pages`](Self::pages).
    ///
    /// `index` has to be a number of the kind by which the huge page is aligned:
    /// a pfn for a folio, a virtual page for what a page table covers. An iova
    /// is neither (F2).
    #[inline]
    pub const fn residual(self, index: u64) -> u64 {
        // By the invariant the mask is that of the offset, and the offset is
        // less than the size.
        self.pages.wrapping_sub(index & self.pages.wrapping_sub(1))
    }
}
