// SPDX-License-Identifier: GPL-2.0-only
//! In: a [`Request`], what pins and accounts it, and what is to map it. Out: all
//! of it pinned, accounted and mapped, or an error and the part that was.
//!
//! Whoever holds a [`Pinned`](super::Pinned) run returns its pins, also on the way out of an
//! error. A run is handed over when it is mapped and not before: from then on
//! the translation is the record of what is pinned.

use core::num::NonZeroU64;

use super::{
    unaccount,
    Ledger,
    Limit,
    PageRun,
    PinError,
    Pinner,
    Request,
    Source, //
};

/// What runs are mapped to.
pub trait Target {
    /// Why it cannot.
    type Error;

    /// Maps `run` from `iova` on. `counted` tells whether it counts as locked
    /// memory.
    ///
    /// # Errors
    /// If it cannot be mapped; nothing of it is then.
    fn map(&mut self, iova: u64, run: PageRun, counted: bool) -> Result<(), Self::Error>;
}

/// Pins, accounts for and maps all of `request`, at most `at_once` pages at a
/// time.
///
/// # Errors
/// If a page cannot be pinned, accounted for or mapped. What was mapped before
/// stays so, and neither pins nor accounts for anything else.
#[inline]
pub fn map<S, L, T>(
    pinner: &mut Pinner<S>,
    request: Request,
    at_once: NonZeroU64,
    limit: Limit,
    ledger: &mut L,
    target: &mut T,
) -> Result<(), PinError<S::Error>>
where
    S: Source,
    L: Ledger<Error = S::Error>,
    T: Target<Error = S::Error>,
{
    let mut wanted = Some(request);
    while let Some(want) = wanted {
        let pinned = pinner.pin(want.first(at_once), limit, ledger)?;
        let run = pinned.run();
        let counted = pinned.counted();
        if let Err(error) = target.map(want.iova(), run, counted) {
            drop(pinned);
            pinner.discard();
            if counted {
                unaccount(ledger, want.iova(), run.pages());
            }
            return Err(PinError::Other(error));
        }
        pinned.hand_over();
        wanted = want.after(run.pages());
    }
    Ok(())
}
