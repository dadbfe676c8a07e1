// SPDX-License-Identifier: GPL-2.0-only
//! Large universes, at random: memory of huge and small pages, external pins
//! anywhere, and anything may fail at any time.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::num::NonZeroU64;

use kmod_core::pinning::{
    map, prefix, unmap, Extents, Ledger, Limit, Mechanism, PageRun, Pinned, Pinner, Request,
    Source, Translation, Unmapper,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use crate::model;
use crate::world::{Books, How, Iommu, Memory, Page, Slots, World};

const PAGE: u64 = 1000;
const IOVA: u64 = 50_000;
const SIZE: u64 = 96;

/// Pieces of memory: how many pages, from which of a few places on, and whether
/// reserved or not there at all.
fn memory() -> impl Strategy<Value = BTreeMap<u64, Page>> {
    let piece = (1..24u64, 0..5u64, 0..8u32);
    vec(piece, 1..16).prop_map(|pieces| {
        let mut memory = BTreeMap::new();
        let mut at = PAGE;
        for (pages, place, kind) in pieces {
            for offset in 0..pages {
                // Most pieces continue what was before: at is a part of the pfn.
                let page = Page {
                    pfn: 100_000 * place + at + offset,
                    reserved: kind == 1,
                };
                if kind != 0 {
                    memory.insert(at + offset, page);
                }
            }
            at += pages;
        }
        memory
    })
}

fn world() -> impl Strategy<Value = World> {
    (memory(), vec(0..SIZE, 0..12), 0..50u64).prop_map(|(memory, external, locked)| {
        let world = World {
            memory,
            external: external.into_iter().map(|page| IOVA + page).collect(),
            ..World::default()
        };
        world.locked.set(locked);
        world
    })
}

fn limit() -> impl Strategy<Value = Limit> {
    option::weighted(0.6, 0..160u64).prop_map(|limit| limit.map_or(Limit::None, Limit::Pages))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn a_range_is_mapped_as_page_by_page(
        world in world(),
        (start, pages) in (0..SIZE - 1, 1..SIZE),
        limit in limit(),
        fills in vec(1..40u64, 1..5),
        cut in 1..40u64,
        at_once in 1..120u64,
    ) {
        let expected = model::map(&world, PAGE + start, IOVA + start, pages, at_once, limit);
        let request = Request::new(PAGE + start, IOVA + start, pages).unwrap();
        let mut pinner = Pinner::new(Memory::new(&world, &fills, cut));
        let (mut books, mut iommu) = (Books::new(&world), Iommu::new(&world));
        let at_once = NonZeroU64::new(at_once).unwrap();
        let result = map(&mut pinner, request, at_once, limit, &mut books, &mut iommu);
        prop_assert_eq!(result, expected.result);
        drop(pinner);
        prop_assert_eq!(&*world.table.borrow(), &expected.table);
        prop_assert_eq!(world.locked.get(), expected.locked);
        world.assert_balanced();
    }

    /// Whatever fails and whenever: pinned is what is mapped, and accounted for
    /// is what is mapped and counts.
    #[test]
    fn nothing_is_lost_when_something_fails(
        world in world(),
        (start, pages) in (0..SIZE - 1, 1..SIZE),
        limit in limit(),
        fills in vec(1..40u64, 1..5),
        cut in 1..40u64,
        fails in (option::of(0..6usize), option::of(0..6usize), option::of(0..6usize)),
    ) {
        let before = world.locked.get();
        let request = Request::new(PAGE + start, IOVA + start, pages).unwrap();
        let mut pinner = Pinner::new(Memory {
            fails_at: fails.0,
            ..Memory::new(&world, &fills, cut)
        });
        let mut books = Books { fails_at: fails.1, ..Books::new(&world) };
        let mut iommu = Iommu { fails_at: fails.2, ..Iommu::new(&world) };
        let result = map(&mut pinner, request, NonZeroU64::MAX, limit, &mut books, &mut iommu);
        if result.is_err() {
            world.assert_balanced();
        } else {
            prop_assert_eq!(world.table.borrow().len() as u64, pages);
        }
        drop(pinner);
        world.assert_balanced();
        prop_assert_eq!(world.locked.get(), before + world.charged());

        let mut slots = Slots { runs: Vec::new(), most: 2 };
        unmap(&mut iommu, &mut slots, IOVA + start, pages);
        prop_assert!(world.table.borrow().is_empty());
        world.assert_balanced();
    }

    /// One pinner serves any requests: what it keeps never gets to an address
    /// where it was not found.
    #[test]
    fn leftovers_are_those_of_their_addresses(
        world in world(),
        requests in vec((0..SIZE - 1, 1..30u64, any::<bool>()), 1..12),
        fills in vec(1..40u64, 1..5),
        cut in 1..40u64,
    ) {
        let mut pinner = Pinner::new(Memory::new(&world, &fills, cut));
        let mut books = Books::new(&world);
        let mut next = 0;
        for (start, pages, go_on) in requests {
            let start = if go_on { next } else { start };
            let request = Request::new(PAGE + start, IOVA + start, pages).unwrap();
            let Ok(pinned) = pinner.pin(request, Limit::None, &mut books) else {
                prop_assert!(world.pins.borrow().is_empty(), "an error leaves nothing behind");
                continue;
            };
            let run = pinned.run();
            prop_assert!(run.pages() <= pages);
            for offset in 0..run.pages() {
                let page = world.memory[&(PAGE + start + offset)];
                prop_assert_eq!(page.pfn, run.first() + offset);
                prop_assert_eq!(page.reserved, !pinned.counted());
            }
            let behind = world.memory.get(&(PAGE + start + run.pages()));
            let continues = behind
                .is_some_and(|page| page.pfn == run.end() && page.reserved != pinned.counted());
            prop_assert!(run.pages() == pages || !continues, "the run ends early");
            next = start + run.pages();
        }
        drop(pinner);
        prop_assert!(world.pins.borrow().is_empty());
    }

    #[test]
    fn a_pinned_run_is_unpinned_once_however_it_is_cut(
        first in 0..1000u64,
        pages in 1..60u64,
        cuts in vec((1..70u64, any::<bool>()), 0..10),
        reserved in any::<bool>(),
    ) {
        let world = World::default();
        for pfn in first..first + pages {
            world.pin(pfn, 1);
        }
        let how = How { world: &world, reserved };
        let mut parts = VecDeque::from([Pinned::new(PageRun::new(first, pages).unwrap(), how)]);
        for (at, join) in cuts {
            let Some(mut part) = parts.pop_front() else { break };
            match parts.pop_front() {
                Some(next) if join => match part.append(next) {
                    Ok(()) => parts.push_front(part),
                    Err(next) => parts.extend([part, next]),
                },
                next => {
                    parts.extend(next);
                    let behind = part.cut_off(NonZeroU64::new(at).unwrap());
                    prop_assert!(behind.is_none() || part.run().pages() == at);
                    parts.push_front(part);
                    parts.extend(behind);
                }
            }
        }
        let held: u64 = parts.iter().map(|part| part.run().pages()).sum();
        prop_assert_eq!(world.pins.borrow().len() as u64, held);
        // One of them goes to somebody else, who returns it.
        if let Some(part) = parts.pop_back() {
            for pfn in part.run().first()..part.run().end() {
                world.pin(pfn, 1);
            }
            let run = part.hand_over();
            how.release(run);
            how.release(run);
        }
        drop(parts);
        prop_assert!(world.pins.borrow().is_empty());
    }

    #[test]
    fn extents_are_the_range_and_no_more(
        places in vec(option::weighted(0.8, 0..4u64), 1..60),
        (start, pages) in (0..60u64, 0..60u64),
        longest in 1..20u64,
        cut in 0..70u64,
    ) {
        let world = World::default();
        for (offset, place) in (0u64..).zip(&places) {
            if let Some(place) = place {
                let page = Page { pfn: 1000 * place + offset, reserved: false };
                world.table.borrow_mut().insert(IOVA + offset, page);
            }
        }
        let expected: Vec<u64> = (start..start + pages)
            .map_while(|offset| Some(world.table.borrow().get(&(IOVA + offset))?.pfn))
            .collect();
        let mut iommu = Iommu { extent: longest, ..Iommu::new(&world) };
        let mut extents = Extents::new(&mut iommu, IOVA + start, pages).unwrap();
        let runs: Vec<PageRun> = extents.by_ref().collect();
        let pfns = |runs: &[PageRun]| -> Vec<u64> {
            runs.iter().flat_map(|run| run.first()..run.end()).collect()
        };
        prop_assert_eq!(extents.position(), IOVA + start + expected.len() as u64);
        prop_assert_eq!(&pfns(&runs), &expected);
        let head: Vec<PageRun> = prefix(runs, cut).collect();
        let most = expected.len().min(cut as usize);
        prop_assert_eq!(pfns(&head), &expected[..most]);
    }

    /// A source, a ledger and an IOMMU that say anything at all: no panic, no
    /// endless loop, and no pin that is lost.
    #[test]
    fn liars_do_no_harm(
        lies in vec((any::<bool>(), number(), number(), any::<bool>()), 1..40),
        (page, iova, pages) in (number(), number(), number()),
        (at_once, locked, external) in (number(), number(), number()),
        limit in option::of(number()),
    ) {
        let liar = std::cell::RefCell::new((lies, BTreeSet::new()));
        let at_once = NonZeroU64::new(at_once).unwrap_or(NonZeroU64::MIN);
        if let Some(request) = Request::new(page, iova, pages) {
            let limit = limit.map_or(Limit::None, Limit::Pages);
            let mut pinner = Pinner::new(Liar(&liar));
            let mut ledger = LyingLedger { locked, external };
            let _ = map(&mut pinner, request, at_once, limit, &mut ledger, &mut Liar(&liar));
            drop(pinner);
            let held = liar.borrow().1.len();
            prop_assert_eq!(held, 0);
        }
        let mut slots = Slots { runs: Vec::new(), most: 3 };
        unmap(&mut Liar(&liar), &mut slots, iova, pages.min(50));
    }
}

/// Small, large, and everything between.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![0..6u64, u64::MAX - 6..=u64::MAX, any::<u64>()]
}

/// Answers from a list of lies, and the runs that it says are pinned.
type Lies = std::cell::RefCell<(Vec<(bool, u64, u64, bool)>, BTreeSet<(u64, u64)>)>;

#[derive(Clone, Copy, Debug)]
struct Liar<'a>(&'a Lies);

impl Liar<'_> {
    fn lie(&self) -> Option<(bool, u64, u64, bool)> {
        self.0.borrow_mut().0.pop()
    }
}

/// A pin that only has to be given back.
#[derive(Clone, Copy, Debug)]
struct Claim<'a>(Liar<'a>, bool);

impl PartialEq for Claim<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.1 == other.1
    }
}

impl Eq for Claim<'_> {}

impl Mechanism for Claim<'_> {
    fn counted(&self) -> bool {
        self.1
    }

    fn release(&self, run: PageRun) {
        // Runs are joined and split: what is left is what does not overlap.
        let held = &mut self.0 .0.borrow_mut().1;
        let parts: Vec<(u64, u64)> = held
            .iter()
            .copied()
            .filter(|(first, end)| *first < run.end() && run.first() < *end)
            .collect();
        for (first, end) in parts {
            held.remove(&(first, end));
            held.extend(
                [(first, run.first()), (run.end(), end)]
                    .into_iter()
                    .filter(|(a, b)| a < b),
            );
        }
    }
}

impl<'a> Source for Liar<'a> {
    type How = Claim<'a>;
    type Error = ();

    fn next(&mut self, _: u64, _: u64) -> Result<Pinned<Claim<'a>>, ()> {
        let (there, first, pages, counted) = self.lie().ok_or(())?;
        let run = PageRun::new(first, pages).filter(|_| there).ok_or(())?;
        self.0.borrow_mut().1.insert((run.first(), run.end()));
        Ok(Pinned::new(run, Claim(*self, counted)))
    }

    fn discard(&mut self) {
        while self.next(0, 0).is_ok() {}
    }
}

impl kmod_core::pinning::Target for Liar<'_> {
    type Error = ();

    fn map(&mut self, _: u64, run: PageRun, counted: bool) -> Result<(), ()> {
        let taken = self.lie().filter(|lie| lie.0).map(|_| ()).ok_or(());
        if taken.is_ok() {
            Claim(*self, counted).release(run);
        }
        taken
    }
}

impl Translation for Liar<'_> {
    fn extent(&mut self, _: u64, _: u64) -> Option<PageRun> {
        let (there, first, pages, _) = self.lie()?;
        PageRun::new(first, pages).filter(|_| there)
    }
}

impl Unmapper for Liar<'_> {
    fn unmap(&mut self, _: u64, _: u64) -> u64 {
        self.lie().map_or(0, |lie| lie.1)
    }

    fn unpin(&mut self, _: u64, _: PageRun) {}

    fn missing(&mut self, _: u64) {}

    fn stuck(&mut self, _: u64) {}
}

struct LyingLedger {
    locked: u64,
    external: u64,
}

impl Ledger for LyingLedger {
    type Error = ();

    fn locked(&self) -> u64 {
        self.locked
    }

    fn external(&self, _: u64, _: u64) -> u64 {
        self.external
    }

    fn account(&mut self, _: u64) -> Result<(), ()> {
        Ok(())
    }

    fn release(&mut self, _: u64) {}
}
