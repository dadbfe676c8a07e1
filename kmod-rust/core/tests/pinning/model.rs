// SPDX-License-Identifier: GPL-2.0-only
//! What has to come out, found page by page and without any run.

use std::collections::BTreeMap;

use kmod_core::pinning::{Limit, PinError};

use crate::world::{Fault, Page, World};

/// What is mapped and how many pages are locked when a range was mapped, and
/// what went wrong, if something did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub(crate) table: BTreeMap<u64, Page>,
    pub(crate) locked: u64,
    pub(crate) result: Result<(), PinError<Fault>>,
}

/// Maps a range into an empty IOMMU, at most `at_once` pages at a time.
pub(crate) fn map(
    world: &World,
    page: u64,
    iova: u64,
    pages: u64,
    at_once: u64,
    limit: Limit,
) -> Mapped {
    let mut mapped = Mapped {
        table: BTreeMap::new(),
        locked: world.locked.get(),
        result: Ok(()),
    };
    let mut done = 0;
    while done < pages {
        let part = at_once.min(pages - done);
        match group(world, page + done, iova + done, part, limit, mapped.locked) {
            Err(error) => {
                mapped.result = Err(error);
                break;
            }
            Ok((group, charged)) => {
                mapped.locked += charged;
                for page in group {
                    mapped.table.insert(iova + done, page);
                    done += 1;
                }
            }
        }
    }
    mapped
}

/// The pages that a range begins with and that are neighbours in memory, and
/// how many of them are to be accounted for. The page behind them has to be
/// there too, since whether it is a neighbour is only known when it is pinned.
fn group(
    world: &World,
    page: u64,
    iova: u64,
    pages: u64,
    limit: Limit,
    locked: u64,
) -> Result<(Vec<Page>, u64), PinError<Fault>> {
    let mut group: Vec<Page> = Vec::new();
    let mut charged = 0;
    for offset in 0..pages {
        let next = *world
            .memory
            .get(&(page + offset))
            .ok_or(PinError::Other(Fault::NoMemory(page + offset)))?;
        let continues = |last: &Page| last.pfn + 1 == next.pfn && last.reserved == next.reserved;
        if !group.last().is_none_or(continues) {
            break;
        }
        if !next.reserved && !world.external.contains(&(iova + offset)) {
            charged += 1;
            match limit {
                Limit::Pages(limit) if locked + charged > limit => {
                    return Err(PinError::OverLimit);
                }
                _ => {}
            }
        }
        group.push(next);
    }
    Ok((group, charged))
}
