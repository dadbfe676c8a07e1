// SPDX-License-Identifier: GPL-2.0-only
//! A process, its memory, an IOMMU and a ledger, all of it made up. What is
//! pinned is counted page by page, so a pin too many or too few shows.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use kmod_core::pinning::{
    Ledger, Mechanism, PageRun, Pinned, Room, Source, Target, Translation, Unmapper,
};

/// What is at a virtual page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) pfn: u64,
    pub(crate) reserved: bool,
}

/// Why something did not work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    NoMemory(u64),
    Pin,
    Account,
    Map,
}

/// What exists.
#[derive(Debug, Default)]
pub(crate) struct World {
    /// What the process has at its virtual pages.
    pub(crate) memory: BTreeMap<u64, Page>,
    /// How often each pfn is pinned; reserved ones are counted like the others.
    pub(crate) pins: RefCell<BTreeMap<u64, i64>>,
    /// Where the IOMMU leads.
    pub(crate) table: RefCell<BTreeMap<u64, Page>>,
    /// Pages that are accounted for.
    pub(crate) locked: Cell<u64>,
    /// Iovas that are pinned externally, and accounted for that.
    pub(crate) external: BTreeSet<u64>,
}

impl World {
    pub(crate) fn pin(&self, pfn: u64, by: i64) {
        let mut pins = self.pins.borrow_mut();
        let count = pins.entry(pfn).or_default();
        *count += by;
        assert!(*count >= 0, "pfn {pfn} is unpinned more often than pinned");
        if *count == 0 {
            pins.remove(&pfn);
        }
    }

    /// Holds whenever nothing is on its way: every pin is that of a translation.
    pub(crate) fn assert_balanced(&self) {
        let mut expected: BTreeMap<u64, i64> = BTreeMap::new();
        for page in self.table.borrow().values() {
            *expected.entry(page.pfn).or_default() += 1;
        }
        assert_eq!(*self.pins.borrow(), expected);
    }

    /// How many translated pages are accounted for because of that.
    pub(crate) fn charged(&self) -> u64 {
        let table = self.table.borrow();
        let charged = table
            .iter()
            .filter(|(iova, page)| !page.reserved && !self.external.contains(iova));
        charged.count() as u64
    }
}

/// A pin in the world.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How<'w> {
    pub(crate) world: &'w World,
    pub(crate) reserved: bool,
}

impl PartialEq for How<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.reserved == other.reserved
    }
}

impl Eq for How<'_> {}

impl Mechanism for How<'_> {
    fn counted(&self) -> bool {
        !self.reserved
    }

    fn release(&self, run: PageRun) {
        for pfn in run.first()..run.end() {
            self.world.pin(pfn, -1);
        }
    }
}

/// Pins up to so many pages at a time, and hands them out in runs that are not
/// longer than `cut`.
#[derive(Debug)]
pub(crate) struct Memory<'w> {
    pub(crate) world: &'w World,
    /// Pages pinned at once, one after the other and from the start again.
    pub(crate) fills: Vec<u64>,
    pub(crate) cut: u64,
    /// Which pinning fails, counted from 0.
    pub(crate) fails_at: Option<usize>,
    pub(crate) filled: usize,
    pub(crate) ready: VecDeque<Pinned<How<'w>>>,
}

impl<'w> Memory<'w> {
    pub(crate) fn new(world: &'w World, fills: &[u64], cut: u64) -> Self {
        Self {
            world,
            fills: fills.to_vec(),
            cut,
            fails_at: None,
            filled: 0,
            ready: VecDeque::new(),
        }
    }
}

impl<'w> Source for Memory<'w> {
    type How = How<'w>;
    type Error = Fault;

    fn next(&mut self, page: u64, max: u64) -> Result<Pinned<How<'w>>, Fault> {
        assert!(max > 0, "nothing is asked for");
        if let Some(run) = self.ready.pop_front() {
            return Ok(run);
        }
        let nth = self.filled;
        self.filled += 1;
        if self.fails_at == Some(nth) {
            return Err(Fault::Pin);
        }
        let world = self.world;
        let most = self.fills[nth % self.fills.len()].min(max);
        let pages: Vec<Page> = (page..page + most)
            .map_while(|page| world.memory.get(&page).copied())
            .collect();
        if pages.is_empty() {
            return Err(Fault::NoMemory(page));
        }
        let mut runs: Vec<(PageRun, bool)> = Vec::new();
        for page in pages {
            world.pin(page.pfn, 1);
            let run = PageRun::new(page.pfn, 1).unwrap();
            let longer = runs
                .last()
                .filter(|(last, reserved)| *reserved == page.reserved && last.pages() < self.cut)
                .and_then(|(last, _)| last.join(run));
            match (longer, runs.last_mut()) {
                (Some(longer), Some((last, _))) => *last = longer,
                _ => runs.push((run, page.reserved)),
            }
        }
        self.ready = runs
            .into_iter()
            .map(|(run, reserved)| Pinned::new(run, How { world, reserved }))
            .collect();
        Ok(self.ready.pop_front().unwrap())
    }

    fn discard(&mut self) {
        self.ready.clear();
    }
}

/// Accounts in the world.
#[derive(Debug)]
pub(crate) struct Books<'w> {
    pub(crate) world: &'w World,
    /// Which `account` fails, counted from 0.
    pub(crate) fails_at: Option<usize>,
    pub(crate) accounted: usize,
}

impl<'w> Books<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        Self {
            world,
            fails_at: None,
            accounted: 0,
        }
    }
}

impl Ledger for Books<'_> {
    type Error = Fault;

    fn locked(&self) -> u64 {
        self.world.locked.get()
    }

    fn external(&self, iova: u64, pages: u64) -> u64 {
        self.world.external.range(iova..iova + pages).count() as u64
    }

    fn account(&mut self, pages: u64) -> Result<(), Fault> {
        assert!(pages > 0, "accounts for nothing");
        let nth = self.accounted;
        self.accounted += 1;
        if self.fails_at == Some(nth) {
            return Err(Fault::Account);
        }
        self.world.locked.set(self.world.locked.get() + pages);
        Ok(())
    }

    fn release(&mut self, pages: u64) {
        assert!(pages > 0, "releases nothing");
        let locked = self.world.locked.get().checked_sub(pages);
        self.world
            .locked
            .set(locked.expect("more is released than was accounted for"));
    }
}

/// An IOMMU.
#[derive(Debug)]
pub(crate) struct Iommu<'w> {
    pub(crate) world: &'w World,
    /// Which `map` fails, counted from 0.
    pub(crate) fails_at: Option<usize>,
    pub(crate) mapped: usize,
    /// The longest extent it finds.
    pub(crate) extent: u64,
    /// How many pages it unmaps at most, each time.
    pub(crate) unmaps: u64,
    pub(crate) missing: Vec<u64>,
    pub(crate) stuck: Option<u64>,
}

impl<'w> Iommu<'w> {
    pub(crate) fn new(world: &'w World) -> Self {
        Self {
            world,
            fails_at: None,
            mapped: 0,
            extent: u64::MAX,
            unmaps: u64::MAX,
            missing: Vec::new(),
            stuck: None,
        }
    }
}

impl Target for Iommu<'_> {
    type Error = Fault;

    fn map(&mut self, iova: u64, run: PageRun, counted: bool) -> Result<(), Fault> {
        let nth = self.mapped;
        self.mapped += 1;
        if self.fails_at == Some(nth) {
            return Err(Fault::Map);
        }
        for offset in 0..run.pages() {
            let pfn = run.first() + offset;
            assert!(
                self.world.pins.borrow().contains_key(&pfn),
                "pfn {pfn} is mapped and not pinned"
            );
            let page = Page {
                pfn,
                reserved: !counted,
            };
            let old = self.world.table.borrow_mut().insert(iova + offset, page);
            assert_eq!(old, None, "iova {} is mapped twice", iova + offset);
        }
        Ok(())
    }
}

impl Translation for Iommu<'_> {
    fn extent(&mut self, iova: u64, max: u64) -> Option<PageRun> {
        assert!(max > 0, "nothing is asked for");
        let table = self.world.table.borrow();
        let first = table.get(&iova)?.pfn;
        // One page too long every now and then: the range is not its business.
        let most = self.extent.min(max.saturating_add(first % 2));
        let pages = (0..most)
            .take_while(|offset| {
                table
                    .get(&(iova + offset))
                    .is_some_and(|page| page.pfn == first + offset)
            })
            .count();
        PageRun::new(first, pages as u64)
    }
}

impl Unmapper for Iommu<'_> {
    fn unmap(&mut self, iova: u64, pages: u64) -> u64 {
        assert!(pages > 0, "unmaps nothing");
        let done = pages.min(self.unmaps);
        for iova in iova..iova + done {
            assert!(
                self.world.table.borrow().contains_key(&iova),
                "iova {iova} is not translated"
            );
        }
        // What it was is needed to unpin it, and to see that this is right.
        self.unmaps = self.unmaps.saturating_sub(done);
        done
    }

    fn unpin(&mut self, iova: u64, run: PageRun) {
        for offset in 0..run.pages() {
            let page = self.world.table.borrow_mut().remove(&(iova + offset));
            let page = page.expect("it was translated, and is unpinned once");
            assert_eq!(page.pfn, run.first() + offset, "another page is unpinned");
            self.world.pin(page.pfn, -1);
        }
    }

    fn missing(&mut self, iova: u64) {
        self.missing.push(iova);
    }

    fn stuck(&mut self, iova: u64) {
        assert_eq!(self.stuck.replace(iova), None, "it goes on after the end");
    }
}

/// Room for some runs, and for one more each time that it may grow.
#[derive(Debug)]
pub(crate) struct Slots {
    pub(crate) runs: Vec<PageRun>,
    pub(crate) most: usize,
}

impl Room for Slots {
    fn fill(&mut self, runs: impl Iterator<Item = PageRun>) {
        self.runs = runs.take(self.most).collect();
    }

    fn runs(&self) -> &[PageRun] {
        &self.runs
    }

    fn grow(&mut self) {
        self.most += 1;
    }
}
