// SPDX-License-Identifier: GPL-2.0-only
//! The order in which the free huge pages of 2 MiB lie in memory. Whatever was
//! freed before decides it, and it decides how long the runs are that the next
//! region is made of: a cost per huge page means nothing without it.

use anyhow::Result;

use crate::kernel;
use crate::memory::{Backing, PAGES_2M, Region};

/// Takes `pages` huge pages of the pool and gives them back, so that the next
/// region gets them in the order of memory.
pub(super) fn tidy(pages: usize) -> Result<()> {
    let all = Region::new(Backing::Huge2M, pages * PAGES_2M)?;
    // What is freed last is taken first.
    for page in in_memory(&all)?.into_iter().rev() {
        all.punch(page * PAGES_2M, PAGES_2M)?;
    }
    Ok(())
}

/// The huge pages of a region in the order of memory, by their index in it.
pub(super) fn in_memory(region: &Region) -> Result<Vec<usize>> {
    let mut places = (0..region.pages() / PAGES_2M)
        .map(|page| Ok((kernel::frame(region.address(page * PAGES_2M))?, page)))
        .collect::<Result<Vec<_>>>()?;
    places.sort_unstable();
    Ok(places.into_iter().map(|(_, page)| page).collect())
}
