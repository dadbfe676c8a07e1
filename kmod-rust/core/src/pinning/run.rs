// SPDX-License-Identifier: GPL-2.0-only
//! In: a first pfn and a number of pages. Out: a [`PageRun`], the noun that
//! everything else works on, and what can be done to it.

use core::num::NonZeroU64;

/// Consecutive pfns, whatever backs them.
///
/// # Invariants
///
/// There is at least one page, and the exclusive end is a number:
/// `first + pages <= u64::MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRun {
    first: u64,
    pages: NonZeroU64,
}

impl PageRun {
    /// The `pages` pfns from `first` on. `None` if there are none, or if the
    /// end is not a number.
    #[inline]
    pub const fn new(first: u64, pages: u64) -> Option<Self> {
        let Some(pages) = NonZeroU64::new(pages) else {
            return None;
        };
        match first.checked_add(pages.get()) {
            Some(_) => Some(Self { first, pages }),
            None => None,
        }
    }

    /// The first pfn.
    #[inline]
    pub const fn first(self) -> u64 {
        self.first
    }

    /// The number of pages, never 0.
    #[inline]
    pub const fn pages(self) -> u64 {
        self.pages.get()
    }

    /// The pfn after the last one.
    #[inline]
    pub const fn end(self) -> u64 {
        // By the invariant this does not wrap.
        self.first.wrapping_add(self.pages.get())
    }

    /// Both runs as one, if `next` begins where `self` ends.
    #[inline]
    pub const fn join(self, next: Self) -> Option<Self> {
        if self.end() != next.first {
            return None;
        }
        match self.pages.checked_add(next.pages.get()) {
            Some(pages) => Some(Self {
                first: self.first,
                pages,
            }),
            None => None,
        }
    }

    /// The first `pages` pages, and the others if there are any. `None` if
    /// `pages` is 0: a run cannot be empty.
    #[inline]
    pub const fn split(self, pages: u64) -> Option<(Self, Option<Self>)> {
        let Some(head) = NonZeroU64::new(pages) else {
            return None;
        };
        let Some(rest) = self.pages.get().checked_sub(pages) else {
            return Some((self, None));
        };
        let Some(rest) = NonZeroU64::new(rest) else {
            return Some((self, None));
        };
        let tail = Self {
            // Within the run, whose end does not wrap.
            first: self.first.wrapping_add(pages),
            pages: rest,
        };
        let head = Self {
            first: self.first,
            pages: head,
        };
        Some((head, Some(tail)))
    }

    /// The run, cut off after `pages` pages. `None` if that leaves nothing.
    #[inline]
    pub const fn clamp(self, pages: u64) -> Option<Self> {
        match self.split(pages) {
            Some((head, _)) => Some(head),
            None => None,
        }
    }
}
