// SPDX-License-Identifier: GPL-2.0-only
//! In: a [`Request`] for a range of virtual pages, a [`Source`] that pins them,
//! a [`Ledger`] that accounts for them. Out: the longest run that the range
//! begins with, pinned and accounted; what was pinned beyond it is kept for the
//! next request (R6).
//!
//! The loop takes a run, sees whether it continues what it has, accounts it and
//! adds it, whatever backs it. There is no first page, no last page, and no
//! page that is pinned to find out about the next one.

use core::num::NonZeroU64;

use super::budget::{
    unlocked,
    BudgetError, //
};
use super::{
    Budget,
    Limit,
    Mechanism,
    Pinned, //
};

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

    /// Unpins those that were pinned and that nobody has taken.
    fn discard(&mut self);
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
    /// The ledger counted more external pins than there are pages.
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
/// Neither `page + pages` nor `iova + pages` overflow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    page: u64,
    iova: u64,
    pages: NonZeroU64,
}

impl Request {
    /// The `pages` virtual pages from `page` on, to be seen from `iova` on.
    /// `None` if there are none, or if an end is not a number.
    #[inline]
    pub const fn new(page: u64, iova: u64, pages: u64) -> Option<Self> {
        if page.checked_add(pages).is_none() || iova.checked_add(pages).is_none() {
            return None;
        }
        match NonZeroU64::new(pages) {
            Some(pages) => Some(Self { page, iova, pages }),
            None => None,
        }
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
        self.pages.get()
    }

    /// The first `pages` pages, or all if there are less.
    #[inline]
    pub fn first(self, pages: NonZeroU64) -> Self {
        Self {
            pages: self.pages.min(pages),
            ..self
        }
    }

    /// What is left behind the first `done` pages. `None` if that is nothing.
    #[inline]
    pub const fn after(self, done: u64) -> Option<Self> {
        let Some(pages) = self.pages.get().checked_sub(done) else {
            return None;
        };
        match NonZeroU64::new(pages) {
            None => None,
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
        self.source.discard();
    }

    #[inline]
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
        let pages = gathered.run().pages();
        let mut wanted = self.admit(request, pages, &mut gathered, &mut budget, ledger)?;
        while let Some(want) = wanted {
            // All of the request is still wanted, so there is no leftover.
            let run = self.next(want)?;
            let pages = run.run().pages();
            if let Err(run) = gathered.append(run) {
                self.leftover = Some(run);
                break;
            }
            wanted = self.admit(want, pages, &mut gathered, &mut budget, ledger)?;
        }
        if budget.charged() != 0 {
            ledger.account(budget.charged()).map_err(PinError::Other)?;
        }
        // Within the request, whose end is a number.
        self.next_page = request.page.wrapping_add(gathered.run().pages());
        Ok(gathered)
    }

    /// Takes the last `pages` pages of `gathered` for those at the start of
    /// `want`. Returns what is left of that. What they have beyond it, as a
    /// leftover of a longer request may, is a leftover again.
    #[inline]
    fn admit<L>(
        &mut self,
        want: Request,
        pages: u64,
        gathered: &mut Pinned<S::How>,
        budget: &mut Budget,
        ledger: &L,
    ) -> Result<Option<Request>, PinError<S::Error>>
    where
        L: Ledger<Error = S::Error>,
    {
        let mut pages = pages;
        if pages > want.pages() {
            // What is beyond is a part of the run.
            let beyond = pages.wrapping_sub(want.pages());
            let within = gathered.run().pages().wrapping_sub(beyond);
            self.leftover = NonZeroU64::new(within).and_then(|within| gathered.cut_off(within));
            pages = want.pages();
        }
        if gathered.counted() {
            let external = ledger.external(want.iova, pages);
            budget.charge(pages, external, || ledger.locked())?;
        }
        Ok(want.after(pages))
    }

    /// The run at the start of `want`, if there is no leftover.
    #[inline]
    fn next(&mut self, want: Request) -> Result<Pinned<S::How>, PinError<S::Error>> {
        self.source
            .next(want.page, want.pages.get())
            .map_err(PinError::Other)
    }
}
