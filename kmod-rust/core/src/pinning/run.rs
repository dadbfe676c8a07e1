// SPDX-License-Identifier: GPL-2.0-only
//! In: a first pfn and a number of pages. Out: a [`PageRun`], the noun that
//! everything else works on, and what can be done to it.

use core::num::NonZeroU64;

/// Consecutive pfns, whatever backs them.
///
/// # Invariants
///
/// There is at least one page, and the exclusive end is a number:
/// `first < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRun {
    first: u64,
    end: u64,
}

impl PageRun {
    /// The `pages` pfns from `first` on. `None` if there are none, or if the
    /// end is not a number.
    #[inline]
    pub const fn new(first: u64, pages: u64) -> Option<Self> {
        // Neither adding nothing nor wrapping around leads beyond `first`.
        let end = first.wrapping_add(pages);
        if first < end {
            Some(Self { first, end })
        } else {
            None
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
        // By the invariant this does not wrap.
        self.end.wrapping_sub(self.first)
    }

    /// The pfn after the last one.
    #[inline]
    pub const fn end(self) -> u64 {
        self.end
    }

    /// Both runs as one, if `next` begins where `self` ends.
    #[inline]
    pub const fn join(self, next: Self) -> Option<Self> {
        if self.end != next.first {
            return None;
        }
        Some(Self {
            first: self.first,
            end: next.end,
        })
    }

    /// The first `pages` pages, and the others if there are any.
    #[inline]
    pub const fn split(self, pages: NonZeroU64) -> (Self, Option<Self>) {
        if self.pages() <= pages.get() {
            return (self, None);
        }
        // Within the run, whose end is a number.
        let middle = self.first.wrapping_add(pages.get());
        let head = Self {
            first: self.first,
            end: middle,
        };
        let tail = Self {
            first: middle,
            end: self.end,
        };
        (head, Some(tail))
    }

    /// The run, cut off after `pages` pages.
    #[inline]
    pub const fn clamp(self, pages: NonZeroU64) -> Self {
        self.split(pages).0
    }
}
