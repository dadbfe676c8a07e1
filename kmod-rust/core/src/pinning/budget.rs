// SPDX-License-Identifier: GPL-2.0-only
//! In: a limit, what is locked already, and a run with the external pins in it.
//! Out: how many pages are to be accounted, or that it would be too many.
//!
//! A page is locked once, however often it is pinned. One that an external user
//! has pinned through `vfio_pin_pages()` is accounted already, and stays so
//! when the IOMMU's pin goes. So the external pins of a range are those of this
//! very range, no more and no less (F1), and a range is asked for once (F3).

/// How much memory may be locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Any amount (CAP_IPC_LOCK).
    None,
    /// Up to so many pages (RLIMIT_MEMLOCK), this number included.
    Pages(u64),
}

/// Why a run was not accounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BudgetError {
    /// The limit would be exceeded.
    OverLimit,
    /// The number of locked pages would not be a number.
    Overflow,
    /// More pages of the run are pinned externally than it has.
    Miscounted,
}

/// The pages that are to be accounted when all is well, and the limit to them.
#[derive(Debug)]
pub struct Budget {
    limit: Limit,
    charged: u64,
}

impl Budget {
    /// A budget that nothing was taken from.
    #[inline]
    pub const fn new(limit: Limit) -> Self {
        Self { limit, charged: 0 }
    }

    /// How many pages are to be accounted.
    #[inline]
    pub const fn charged(&self) -> u64 {
        self.charged
    }

    /// Adds `pages` pages, of which `external` are accounted already. `locked`
    /// tells how many pages the process has locked, what was charged before not
    /// among them; it is asked only where a limit has to be kept.
    ///
    /// A run that adds nothing is never over the limit, even if the process is.
    ///
    /// # Errors
    /// If it would be too much; nothing is added then.
    #[inline]
    pub fn charge(
        &mut self,
        pages: u64,
        external: u64,
        locked: impl FnOnce() -> u64,
    ) -> Result<(), BudgetError> {
        let added = pages.checked_sub(external).ok_or(BudgetError::Miscounted)?;
        if added == 0 {
            return Ok(());
        }
        let charged = self
            .charged
            .checked_add(added)
            .ok_or(BudgetError::Overflow)?;
        if let Limit::Pages(limit) = self.limit {
            let total = locked().checked_add(charged).ok_or(BudgetError::Overflow)?;
            if total > limit {
                return Err(BudgetError::OverLimit);
            }
        }
        self.charged = charged;
        Ok(())
    }
}

/// How many pages of a range are no longer locked when `unpinned` pages of it
/// are unpinned: all but the `external` ones, which stay pinned externally.
///
/// `None` if there are more external pins than there were pages.
#[inline]
pub const fn unlocked(unpinned: u64, external: u64) -> Option<u64> {
    unpinned.checked_sub(external)
}
