// SPDX-License-Identifier: GPL-2.0-only
//! Small universes, and all that can be asked of them.

use std::num::NonZeroU64;

use kmod_core::pinning::{
    map, unlocked, unmap, Budget, BudgetError, HugePage, Limit, PageRun, Pinner, Request,
};

use crate::model;
use crate::world::{Books, Iommu, Memory, Page, Slots, World};

/// What a virtual page of a small process can be.
const PAGES: [Option<Page>; 5] = [
    None,
    Some(Page {
        pfn: 10,
        reserved: false,
    }),
    Some(Page {
        pfn: 11,
        reserved: false,
    }),
    Some(Page {
        pfn: 12,
        reserved: true,
    }),
    Some(Page {
        pfn: 13,
        reserved: true,
    }),
];

/// Where a small process begins, and where the device sees it.
const PAGE: u64 = 100;
const IOVA: u64 = 7000;

#[test]
fn a_range_of_any_memory_is_mapped_as_page_by_page() {
    const SIZE: u64 = 4;
    for kind in 0..PAGES.len().pow(SIZE as u32) {
        let memory: Vec<Option<Page>> = (0..SIZE as u32)
            .map(|page| PAGES[kind / PAGES.len().pow(page) % PAGES.len()])
            .collect();
        for external in [0b0000, 0b0010, 0b1100, 0b1111] {
            for (start, pages) in ranges(SIZE) {
                for limit in [
                    Limit::None,
                    Limit::Pages(3),
                    Limit::Pages(4),
                    Limit::Pages(6),
                ] {
                    for (fill, cut, at_once) in
                        [(1, 1, 9), (2, 2, 9), (9, 1, 2), (9, 9, 9), (3, 2, 1)]
                    {
                        let world = small(&memory, external);
                        one_map(&world, (start, pages), limit, (fill, cut, at_once));
                    }
                }
            }
        }
    }
}

fn ranges(size: u64) -> impl Iterator<Item = (u64, u64)> {
    (0..size).flat_map(move |start| (1..=size - start).map(move |pages| (start, pages)))
}

fn small(memory: &[Option<Page>], external: u32) -> World {
    let world = World {
        memory: (PAGE..)
            .zip(memory)
            .filter_map(|(page, at)| Some((page, (*at)?)))
            .collect(),
        external: (0..32)
            .filter(|bit| external >> bit & 1 == 1)
            .map(|bit| IOVA + bit)
            .collect(),
        ..World::default()
    };
    world.locked.set(3);
    world
}

fn one_map(
    world: &World,
    (start, pages): (u64, u64),
    limit: Limit,
    (fill, cut, at_once): (u64, u64, u64),
) {
    let expected = model::map(world, PAGE + start, IOVA + start, pages, at_once, limit);
    let request = Request::new(PAGE + start, IOVA + start, pages).unwrap();
    let at_once = NonZeroU64::new(at_once).unwrap();
    let mut iommu = Iommu::new(world);
    let mut books = Books::new(world);
    {
        let mut pinner = Pinner::new(Memory::new(world, &[fill], cut));
        let result = map(&mut pinner, request, at_once, limit, &mut books, &mut iommu);
        assert_eq!(result, expected.result);
        if result.is_err() {
            world.assert_balanced();
        }
    }
    assert_eq!(*world.table.borrow(), expected.table);
    assert_eq!(world.locked.get(), expected.locked);
    world.assert_balanced();
}

#[test]
fn a_range_is_unmapped_whatever_is_translated_in_it() {
    const SIZE: u64 = 5;
    for kind in 0..PAGES.len().pow(SIZE as u32) {
        for (start, pages) in ranges(SIZE) {
            for (room, extent, unmaps) in [(1, 9, 9), (2, 1, 9), (9, 9, 9), (9, 2, 1), (9, 9, 0)] {
                let world = World::default();
                for page in 0..SIZE {
                    let at = PAGES[kind / PAGES.len().pow(page as u32) % PAGES.len()];
                    if let Some(at) = at {
                        world.table.borrow_mut().insert(IOVA + page, at);
                        world.pin(at.pfn, 1);
                    }
                }
                let range = IOVA + start..IOVA + start + pages;
                let before = world.table.borrow().clone();
                let mut iommu = Iommu {
                    extent,
                    unmaps,
                    ..Iommu::new(&world)
                };
                let mut slots = Slots {
                    runs: Vec::new(),
                    most: room,
                };
                unmap(&mut iommu, &mut slots, range.start, pages);

                world.assert_balanced();
                let end = iommu.stuck.unwrap_or(range.end);
                for iova in IOVA..IOVA + SIZE {
                    let gone = (range.start..end).contains(&iova);
                    let left = world.table.borrow().get(&iova).copied();
                    let want = if gone {
                        None
                    } else {
                        before.get(&iova).copied()
                    };
                    assert_eq!(left, want, "iova {iova}");
                }
                let missing: Vec<u64> = (range.start..end)
                    .filter(|iova| !before.contains_key(iova))
                    .collect();
                assert_eq!(iommu.missing, missing);
                let translated = before.range(range.clone()).count() as u64;
                assert_eq!(iommu.stuck.is_some(), unmaps < translated);
            }
        }
    }
}

#[test]
fn the_residual_of_a_huge_page_is_what_counting_gives() {
    for order in 0..8 {
        let huge = HugePage::of_order(order).unwrap();
        assert_eq!(huge.pages().get(), 1 << order);
        for index in 0..512 {
            let counted = (index..)
                .take_while(|at| at >> order == index >> order)
                .count();
            let residual = huge.residual(index).get();
            assert_eq!(residual, counted as u64, "{index} of 2^{order}");
        }
    }
}

#[test]
fn the_largest_huge_pages_have_a_residual_too() {
    let half = HugePage::of_order(63).unwrap();
    assert_eq!(half.pages().get(), 1 << 63);
    assert_eq!(half.residual(0).get(), 1 << 63);
    assert_eq!(half.residual(u64::MAX).get(), 1);
    assert_eq!(HugePage::of_order(64), None);
    assert_eq!(HugePage::of_order(u32::MAX), None);
}

/// Numbers at both ends.
fn numbers() -> impl Iterator<Item = u64> + Clone {
    (0..5).chain(u64::MAX - 4..=u64::MAX)
}

#[test]
fn a_run_is_never_empty_and_ends_at_a_number() {
    for first in numbers() {
        for pages in numbers() {
            let fits = pages > 0 && u128::from(first) + u128::from(pages) <= u128::from(u64::MAX);
            let run = PageRun::new(first, pages);
            assert_eq!(run.is_some(), fits, "{first} + {pages}");
            if let Some(run) = run {
                assert_eq!((run.first(), run.pages()), (first, pages));
                assert_eq!(run.end(), first + pages);
            }
        }
    }
}

#[test]
fn the_parts_of_a_run_are_the_run() {
    for run in runs() {
        for at in numbers().filter_map(NonZeroU64::new) {
            match run.split(at) {
                (head, None) => {
                    assert!(at.get() >= run.pages());
                    assert_eq!(head, run);
                }
                (head, Some(tail)) => {
                    assert_eq!((head.first(), head.pages()), (run.first(), at.get()));
                    assert_eq!((tail.first(), tail.end()), (head.end(), run.end()));
                    assert_eq!(head.join(tail), Some(run));
                }
            }
            assert_eq!(run.clamp(at).pages(), run.pages().min(at.get()));
        }
    }
}

#[test]
fn only_neighbours_are_joined() {
    for run in runs() {
        for next in runs() {
            let joined = run.join(next);
            assert_eq!(joined.is_some(), run.end() == next.first());
            if let Some(joined) = joined {
                assert_eq!((joined.first(), joined.end()), (run.first(), next.end()));
            }
        }
    }
}

fn runs() -> impl Iterator<Item = PageRun> + Clone {
    numbers().flat_map(|first| numbers().filter_map(move |pages| PageRun::new(first, pages)))
}

#[test]
fn a_request_ends_at_numbers_and_is_cut_within_itself() {
    for page in numbers() {
        for iova in numbers() {
            for pages in numbers() {
                let ends = |start: u64| start.checked_add(pages).is_some();
                let request = Request::new(page, iova, pages);
                assert_eq!(request.is_some(), pages > 0 && ends(page) && ends(iova));
                let Some(request) = request else { continue };
                for cut in numbers() {
                    if let Some(cut) = NonZeroU64::new(cut) {
                        assert_eq!(request.first(cut).pages(), pages.min(cut.get()));
                    }
                    let after = request.after(cut);
                    let left = Request::new(
                        page.wrapping_add(cut),
                        iova.wrapping_add(cut),
                        pages.saturating_sub(cut),
                    );
                    assert_eq!(after, if cut < pages { left } else { None });
                }
            }
        }
    }
}

#[test]
fn the_budget_is_kept_to_the_page() {
    for limit in numbers() {
        for locked in numbers() {
            for pages in numbers() {
                for external in numbers() {
                    let mut budget = Budget::new(Limit::Pages(limit));
                    let added = pages.checked_sub(external);
                    let expected = match added {
                        None => Err(BudgetError::Miscounted),
                        Some(0) => Ok(()),
                        Some(added) => match locked.checked_add(added) {
                            None => Err(BudgetError::Overflow),
                            Some(total) if total > limit => Err(BudgetError::OverLimit),
                            Some(_) => Ok(()),
                        },
                    };
                    assert_eq!(budget.charge(pages, external, || locked), expected);
                    let charged = if expected.is_ok() { added } else { None };
                    assert_eq!(budget.charged(), charged.unwrap_or(0));
                    assert_eq!(unlocked(pages, external), added);
                }
            }
        }
    }
}

#[test]
fn what_was_charged_counts_for_the_next_run() {
    let mut budget = Budget::new(Limit::Pages(10));
    assert_eq!(budget.charge(3, 1, || 5), Ok(()));
    assert_eq!(budget.charge(4, 0, || 5), Err(BudgetError::OverLimit));
    assert_eq!(budget.charge(3, 0, || 5), Ok(()));
    assert_eq!(budget.charge(1, 1, || 99), Ok(()), "it adds nothing");
    assert_eq!(budget.charged(), 5);
    let mut all = Budget::new(Limit::None);
    assert_eq!(all.charge(u64::MAX, 0, || unreachable!()), Ok(()));
    assert_eq!(
        all.charge(1, 0, || unreachable!()),
        Err(BudgetError::Overflow)
    );
    assert_eq!(all.charged(), u64::MAX);
}
