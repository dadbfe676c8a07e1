// SPDX-License-Identifier: GPL-2.0-only
//! In: a range of iovas, and the [`Unmapper`] that knows what it is translated
//! to. Out: nothing of it is translated any more, and what was is unpinned.
//!
//! In this order: read the runs, unmap them all at once, then unpin them. What
//! cannot be remembered yet is left for the next round.

use super::{
    prefix,
    Extents,
    PageRun,
    Translation, //
};

/// What a range is unmapped from.
pub trait Unmapper: Translation {
    /// Takes the translations of the `pages` pages (not 0) from `iova` on away,
    /// from the device, too. Returns how many pages, from the first one on, are
    /// not translated any more.
    fn unmap(&mut self, iova: u64, pages: u64) -> u64;

    /// Returns the pins of the pages that `iova` and those after it were
    /// translated to. They are not any more.
    fn unpin(&mut self, iova: u64, run: PageRun);

    /// Hears that `iova` is not translated.
    fn missing(&mut self, iova: u64);

    /// Hears that `iova` is translated but cannot be unmapped. This is the end.
    fn stuck(&mut self, iova: u64);
}

/// Where the runs of a round are remembered.
pub trait Room {
    /// Remembers the next ones of `runs`, as many as there is room for, which is
    /// one at least, and forgets those of before. The others are not asked for.
    fn fill(&mut self, runs: impl Iterator<Item = PageRun>);

    /// The runs, in the order in which they came.
    fn runs(&self) -> &[PageRun];

    /// Hears that another round will follow. There may be more room then.
    fn grow(&mut self);
}

/// Unmaps and unpins the `pages` pages from `iova` on, except for those that are
/// not translated.
///
/// The range ends where the numbers do, if it does not end before.
#[inline]
pub fn unmap<U: Unmapper, R: Room>(unmapper: &mut U, room: &mut R, iova: u64, pages: u64) {
    let mut at = iova;
    let mut left = pages.min(u64::MAX.wrapping_sub(iova));
    while left != 0 {
        let found = read(unmapper, room, at, left);
        let done = if found == 0 {
            unmapper.missing(at);
            1
        } else {
            let done = unmapper.unmap(at, found).min(found);
            unpin(unmapper, room, at, done);
            done
        };
        if done == 0 {
            unmapper.stuck(at);
            return;
        }
        // Not more than what is left.
        at = at.wrapping_add(done);
        left = left.wrapping_sub(done);
        if left != 0 {
            room.grow();
        }
    }
}

/// Remembers what is translated from `iova` on, and returns how many pages that
/// is: up to the first one that is not, or that there is no room for.
#[inline]
fn read<U: Unmapper, R: Room>(unmapper: &mut U, room: &mut R, iova: u64, pages: u64) -> u64 {
    let Some(mut extents) = Extents::new(unmapper, iova, pages) else {
        return 0;
    };
    room.fill(&mut extents);
    // It only grows.
    extents.position().wrapping_sub(iova)
}

/// Unpins the first `pages` pages of what is remembered.
#[inline]
fn unpin<U: Unmapper, R: Room>(unmapper: &mut U, room: &R, iova: u64, pages: u64) {
    let mut at = iova;
    for run in prefix(room.runs().iter().copied(), pages) {
        unmapper.unpin(at, run);
        // Within the range, whose end is a number.
        at = at.wrapping_add(run.pages());
    }
}
