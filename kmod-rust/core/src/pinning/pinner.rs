// SPDX-License-Identifier: GPL-2.0-only
//! In: a [`Request`] for a range of virtual pages, a [`Source`] that pins them,
//! a [`Ledger`] that accounts for them. Out: the longest run that the range
//! begins with, pinned and accounted; what was pinned beyond it is kept for the
//! next request (R6).
//!
//! The loop takes a run, sees whether it continues what it has, accounts it and
//! adds it, whatever backs it. There is no first page, no last page, and no
//! page that is pinned to find out about the next one.

use super::budget::{unlocked, BudgetError};
use super::{Budget, Limit, Mechanism, Pinned};

/// Where pinned pages come from.
pub trait Source {
    /// How it pins.
    type How: Mechanism;
    /// Why it cannot.
    type Error;

    /// The run at the virtual page `page`: the next one of those that were
    /// pinned, if there is one, or else a new one, for which at most `max` pages
    /// (not 0) are pinned.
    ///
    /// # Errors
    /// If the first page cannot be pinned.
    fn next(&mut self, page: u64, max: u64) -> Result<Pinned<Self::How>, Self::Error>;

    /// The next run of those that were pinned, in the order of their virtual
    /// addresses. `None` if all of them were taken.
    fn take(&mut self) -> Option<Pinned<Self::How>>;
}

/// Who accounts for locked memory.
pub trait Ledger {
    /// Why it cannot.
    type Error;

    /// How many pages the process has locked by now.
    fn locked(&self) -> u64;

    /// How many of the `pages` pages from `iova` on are pinned externally, and
    /// accounted for that.
    fn external(&self, iova: u64, pages: u64) -> u64;

    /// Accounts for `pages` more pages (not 0).
    ///
    /// # Errors
    /// If that is not possible; nothing is accounted then.
    fn account(&mut self, pages: u64) -> Result<(), Self::Error>;

    /// Accounts for `pages` pages less (not 0).
    fn release(&mut self, pages: u64);
}

/// Accounts for `pages` pages less, which are those from `iova` on and are not
/// pinned any more: all but those that are pinned externally.
#[inline]
pub fn unaccount<L: Ledger>(ledger: &mut L, iova: u64, pages: u64) {
    match unlocked(pages, ledger.external(iova, pages)) {
        None | Some(0) => {}
        Some(pages) => ledger.release(pages),
    }
}

/// Why nothing was pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinError<E> {
    /// What the source or the ledger said, unchanged (R5, R7).
    Other(E),
    /// The pages would be more than the process may lock.
    OverLimit,
    /// The number of pages is not a number.
    Overflow,
    /// The ledger counted more external pins than there are pages, or nothing
    /// may be mapped at once.
    Broken,
}

impl<E> From<BudgetError> for PinError<E> {
    fn from(error: BudgetError) -> Self {
        match error {
            BudgetError::OverLimit => Self::OverLimit,
            BudgetError::Overflow => Self::Overflow,
            BudgetError::Miscounted => Self::Broken,
        }
    }
}

/// A range of virtual pages, and where the device will see it.
///
/// # Invariants
///
/// `pages` is not 0; neither `page + pages` nor `iova + pages` overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    page: u64,
    iova: u64,
    pages: u64,
}

impl Request {
    /// The `pages` virtual pages from `page` on, to be seen from `iova` on.
    /// `None` if there are none, or if an end is not a number.
    #[inline]
    pub const fn new(page: u64, iova: u64, pages: u64) -> Option<Self> {
        if pages == 0 || page.checked_add(pages).is_none() || iova.checked_add(pages).is_none() {
            return None;
        }
        Some(Self { page, iova, pages })
    }

    /// The first virtual page.
    #[inline]
    pub const fn page(self) -> u64 {
        self.page
    }

    /// Where the device will see it.
    #[inline]
    pub const fn iova(self) -> u64 {
        self.iova
    }

    /// How many pages, never 0.
    #[inline]
    pub const fn pages(self) -> u64 {
        self.pages
    }

    /// The first `pages` pages, or all if there are less. `None` if `pages` is 0.
    #[inline]
    pub const fn first(self, pages: u64) -> Option<Self> {
        if pages == 0 {
            return None;
        }
        Some(Self {
            pages: if pages < self.pages {
                pages
            } else {
                self.pages
            },
            ..self
        })
    }

    /// What is left behind the first `done` pages. `None` if that is nothing.
    #[inline]
    pub const fn after(self, done: u64) -> Option<Self> {
        match self.pages.checked_sub(done) {
            None | Some(0) => None,
            Some(pages) => Some(Self {
                // Less than the ends, which are numbers.
                page: self.page.wrapping_add(done),
                iova: self.iova.wrapping_add(done),
                pages,
            }),
        }
    }
}

/// Pins ranges run by run, and keeps what it has pinned too early.
///
/// # Invariants
///
/// The leftovers, first `leftover` and then what the source has left, are the
/// pages at the virtual addresses from `next_page` on.
///
/// Dropping it unpins them.
#[derive(Debug)]
pub struct Pinner<S: Source> {
    // Declared, and so dropped, before the source.
    leftover: Option<Pinned<S::How>>,
    next_page: u64,
    source: S,
}

impl<S: Source> Pinner<S> {
    /// Begins without leftovers.
    #[inline]
    pub const fn new(source: S) -> Self {
        Self {
            leftover: None,
            next_page: 0,
            source,
        }
    }

    /// Pins and accounts for the run that `request` begins with: from its first
    /// page up to where memory is not contiguous, is pinned in another way, or
    /// the request ends.
    ///
    /// Leftovers of the last request are used if they are those of this one,
    /// and unpinned if they are not.
    ///
    /// # Errors
    /// If a page cannot be pinned or accounted for, wherever it is in the run.
    /// Nothing is pinned or accounted then, and there are no leftovers.
    #[inline]
    pub fn pin<L>(
        &mut self,
        request: Request,
        limit: Limit,
        ledger: &mut L,
    ) -> Result<Pinned<S::How>, PinError<S::Error>>
    where
        L: Ledger<Error = S::Error>,
    {
        let result = self.gather(request, limit, ledger);
        if result.is_err() {
            self.discard();
        }
        result
    }

    /// Unpins what is left over.
    #[inline]
    pub fn discard(&mut self) {
        self.leftover = None;
        while self.source.take().is_some() {}
    }

    fn gather<L>(
        &mut self,
        request: Request,
        limit: Limit,
        ledger: &mut L,
    ) -> Result<Pinned<S::How>, PinError<S::Error>>
    where
        L: Ledger<Error = S::Error>,
    {
        if request.page != self.next_page {
            self.discard();
        }
        let mut budget = Budget::new(limit);
        let mut gathered = match self.leftover.take() {
            Some(run) => run,
            None => self.next(request)?,
        };
        let mut before = 0;
        loop {
            // A leftover of a longer request may reach beyond this one.
            if let Some(rest) = gathered.cut_off(request.pages) {
                self.leftover = Some(rest);
            }
            let done = gathered.run().pages();
            if gathered.counted() {
                // It has grown, within the request, whose end is a number.
                let added = done.wrapping_sub(before);
                let external = ledger.external(request.iova.wrapping_add(before), added);
                budget.charge(added, external, || ledger.locked())?;
            }
            before = done;
            let Some(want) = request.after(done) else {
                break;
            };
            // All of the request is still wanted, so there is no leftover.
            if let Err(run) = gathered.append(self.next(want)?) {
                self.leftover = Some(run);
                break;
            }
        }
        if budget.charged() != 0 {
            ledger.account(budget.charged()).map_err(PinError::Other)?;
        }
        // Within the request, whose end is a number.
        self.next_page = request.page.wrapping_add(before);
        Ok(gathered)
    }

    /// The run at the start of `want`, if there is no leftover.
    #[inline]
    fn next(&mut self, want: Request) -> Result<Pinned<S::How>, PinError<S::Error>> {
        self.source
            .next(want.page, want.pages)
            .map_err(PinError::Other)
    }
}
