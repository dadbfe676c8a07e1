// SPDX-License-Identifier: GPL-2.0-only
//! In: a run, and how it was pinned. Out: a value that returns the pins when it
//! is dropped, in the way in which they were taken (R8).

use core::{
    mem,
    num::NonZeroU64, //
};

use super::PageRun;

/// A way to pin pages, with what it takes to return them.
///
/// A value vouches for pages that are pinned: whoever makes one has pinned
/// them. Where returning a pin that was never taken would be unsound, only
/// `unsafe` code may be able to make one. [`Pinned`] does not give it away.
pub trait Mechanism: Copy + Eq {
    /// Whether its pages count as locked memory. Reserved pages, and those
    /// without a `struct page`, do not.
    fn counted(&self) -> bool;

    /// Returns one pin of each page of `run`.
    fn release(&self, run: PageRun);
}

/// A run and one pin of each of its pages.
///
/// # Invariants
///
/// The value owns one pin, taken by `how`, of each page of `run`, and no other
/// value owns the same one.
#[must_use = "a run that is dropped is unpinned"]
#[derive(Debug)]
pub struct Pinned<M: Mechanism> {
    run: PageRun,
    how: M,
}

impl<M: Mechanism> Pinned<M> {
    /// Takes over the pins of `run`, which were taken by `how`.
    #[inline]
    pub fn new(run: PageRun, how: M) -> Self {
        Self { run, how }
    }

    /// The pages.
    #[inline]
    pub fn run(&self) -> PageRun {
        self.run
    }

    /// Whether they count as locked memory.
    #[inline]
    pub fn counted(&self) -> bool {
        self.how.counted()
    }

    /// Gives the pins away: from here on, whoever took the run has to return
    /// them.
    #[inline]
    pub fn hand_over(self) -> PageRun {
        let run = self.run;
        mem::forget(self);
        run
    }

    /// Adds `next`, if it continues this run and was pinned in the same way.
    ///
    /// # Errors
    /// `next`, unchanged, if not.
    #[inline]
    pub fn append(&mut self, next: Self) -> Result<(), Self> {
        match self.run.join(next.run) {
            Some(run) if next.how == self.how => {
                next.hand_over();
                self.run = run;
                Ok(())
            }
            _ => Err(next),
        }
    }

    /// Cuts off what is behind the first `pages` pages, if there is something.
    #[inline]
    pub fn cut_off(&mut self, pages: NonZeroU64) -> Option<Self> {
        let (head, tail) = self.run.split(pages);
        let run = tail?;
        self.run = head;
        Some(Self { run, how: self.how })
    }
}

impl<M: Mechanism> Drop for Pinned<M> {
    #[inline]
    fn drop(&mut self) {
        self.how.release(self.run);
    }
}
