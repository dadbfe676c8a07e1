// SPDX-License-Identifier: GPL-2.0-only
//! In: what an IOMMU translates. Out: the runs that a range of it is made of,
//! from the first page on (R9).
//!
//! The translation is the only record of what is pinned. The process may have
//! changed its mind since.

use core::num::NonZeroU64;

use super::PageRun;

/// An IOMMU's page table.
pub trait Translation {
    /// The run that the pages from `iova` on are translated to, at most `max`
    /// pages (not 0). `None` if `iova` is not translated.
    fn extent(&mut self, iova: u64, max: u64) -> Option<PageRun>;
}

impl<T: Translation + ?Sized> Translation for &mut T {
    #[inline]
    fn extent(&mut self, iova: u64, max: u64) -> Option<PageRun> {
        (**self).extent(iova, max)
    }
}

/// The runs of a range of iovas, up to the first page without a translation.
/// None of them reaches beyond the range.
///
/// # Invariants
///
/// `at + left` does not overflow.
#[derive(Debug)]
pub struct Extents<T> {
    translation: T,
    at: u64,
    left: u64,
}

impl<T: Translation> Extents<T> {
    /// The runs of the `pages` pages from `iova` on. `None` if the end of the
    /// range is not a number.
    #[inline]
    pub fn new(translation: T, iova: u64, pages: u64) -> Option<Self> {
        iova.checked_add(pages)?;
        Some(Self {
            translation,
            at: iova,
            left: pages,
        })
    }

    /// The iova of the next run.
    #[inline]
    pub fn position(&self) -> u64 {
        self.at
    }
}

impl<T: Translation> Iterator for Extents<T> {
    type Item = PageRun;

    #[inline]
    fn next(&mut self) -> Option<PageRun> {
        let left = NonZeroU64::new(self.left)?;
        let run = self.translation.extent(self.at, self.left)?.clamp(left);
        // The run is not longer than what is left.
        self.at = self.at.wrapping_add(run.pages());
        self.left = self.left.wrapping_sub(run.pages());
        Some(run)
    }
}

/// The first `pages` pages of `runs`: the last one is cut off where they end.
#[inline]
pub fn prefix<I>(runs: I, pages: u64) -> Prefix<I::IntoIter>
where
    I: IntoIterator<Item = PageRun>,
{
    Prefix {
        runs: runs.into_iter(),
        left: pages,
    }
}

/// What [`prefix`] makes.
#[derive(Debug)]
pub struct Prefix<I> {
    runs: I,
    left: u64,
}

impl<I: Iterator<Item = PageRun>> Iterator for Prefix<I> {
    type Item = PageRun;

    #[inline]
    fn next(&mut self) -> Option<PageRun> {
        let left = NonZeroU64::new(self.left)?;
        let run = self.runs.next()?.clamp(left);
        // The run is not longer than what is left.
        self.left = self.left.wrapping_sub(run.pages());
        Some(run)
    }
}
