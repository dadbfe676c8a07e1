// SPDX-License-Identifier: GPL-2.0-only
//! Proves row F7: while a thread maps and unmaps a range, others replace,
//! discard, move, protect, fork and populate it. Every map that succeeds has
//! pinned exactly its pages, every one that fails has pinned none, what is
//! mapped is what was pinned, and no page that the device writes to ever
//! belongs to anybody else: a third thread keeps taking memory of the same kind
//! from the same pool and looks for traces of the device.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use nix::errno::Errno;
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, fork};

use crate::context::{Ctx, IOVA};
use crate::kernel;
use crate::memory::{Backing, PAGES_1G, PAGES_2M, Region};
use crate::nvme::{MAX_PAGES, Nvme};
use crate::vfio::{Container, READ, WRITE};

/// How long to wait for a round that counts, where a single one takes seconds.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the device writes: no other writer has these patterns.
const SEEDS: std::ops::Range<u64> = 0..MAX_PAGES as u64;

pub(super) fn run(ctx: &mut Ctx) -> Result<()> {
    for kind in KINDS {
        ctx.case(kind.name, |ctx| race(ctx, kind));
    }
    Ok(())
}

/// A kind of memory to fight over.
struct Kind {
    name: &'static str,
    backing: Backing,
    /// Units of the backing that are fought over.
    units: usize,
    /// Flags that make new memory of the kind.
    flags: i32,
}

const HUGE_2M: i32 = libc::MAP_HUGETLB | libc::MAP_HUGE_2MB;
const HUGE_1G: i32 = libc::MAP_HUGETLB | libc::MAP_HUGE_1GB;

const KINDS: &[Kind] = &[
    Kind {
        name: "4k",
        backing: Backing::Small,
        units: 3 * PAGES_2M,
        flags: 0,
    },
    Kind {
        name: "thp",
        backing: Backing::Thp,
        units: 4,
        flags: 0,
    },
    Kind {
        name: "hugetlb_2m",
        backing: Backing::Huge2M,
        units: 4,
        flags: HUGE_2M,
    },
    Kind {
        name: "memfd_hugetlb_2m",
        backing: Backing::Shared2M,
        units: 4,
        flags: HUGE_2M,
    },
    Kind {
        name: "hugetlb_1g",
        backing: Backing::Huge1G,
        units: 1,
        flags: HUGE_1G,
    },
];

impl Kind {
    /// Pages that are fought over.
    fn contested(&self) -> usize {
        self.units * self.backing.unit()
    }

    /// Pages at the end that are left in peace, so that their contents tell
    /// whether DMA still leads where it should. The 1 GiB page has no room.
    fn quiet(&self) -> usize {
        if self.backing == Backing::Huge1G {
            0
        } else {
            PAGES_2M
        }
    }

    /// The smallest piece in which its mappings can be changed.
    fn piece(&self) -> usize {
        self.backing.unit().min(PAGES_1G)
    }
}

/// A generator of numbers that need not be good ones (xorshift64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

fn race(ctx: &mut Ctx, kind: &Kind) -> Result<()> {
    let region = Region::new(kind.backing, kind.contested() + kind.quiet())?;
    let container = ctx.container(crate::vfio::Api::V2)?;
    let mut nvme = Nvme::start(&container, 0)?;
    nvme.prepare_disk(SEEDS)?;
    let soak = Duration::from_secs(ctx.job.soak_s.into());
    let stop = AtomicBool::new(false);
    let changes = AtomicUsize::new(0);
    let (rounds, intact) = std::thread::scope(|scope| {
        let changer = scope.spawn(|| change(kind, &region, &stop, &changes));
        let victim = scope.spawn(|| stay_intact(kind, &stop));
        let rounds = map_and_unmap(kind, &container, &region, &mut nvme, soak, &changes);
        stop.store(true, Ordering::Relaxed);
        let changed = changer.join().expect("it does not panic");
        let intact = victim.join().expect("it does not panic");
        (rounds, changed.and(intact))
    });
    let rounds = rounds?;
    intact?;
    ensure!(
        rounds.mapped > 0,
        "nothing could be mapped in {} attempts",
        rounds.refused
    );
    ensure!(
        changes.load(Ordering::Relaxed) > 0,
        "nothing was changed meanwhile"
    );
    Ok(())
}

#[derive(Default)]
struct Rounds {
    mapped: usize,
    refused: usize,
}

/// Maps and unmaps parts of the range until the time is up.
fn map_and_unmap(
    kind: &Kind,
    container: &Container,
    region: &Region,
    nvme: &mut Nvme,
    soak: Duration,
    changes: &AtomicUsize,
) -> Result<Rounds> {
    let (pins, locked) = (kernel::pins()?, kernel::locked_kib()?);
    let expect = |pages: usize, what: &str| -> Result<()> {
        let pinned = kernel::pins()? - pins;
        ensure!(
            pinned == pages as i64,
            "{what}: {pinned} pages are pinned, not {pages}"
        );
        let accounted = (kernel::locked_kib()? - locked) / 4;
        ensure!(
            accounted == pages as i64,
            "{what}: {accounted} pages are accounted, not {pages}"
        );
        Ok(())
    };
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let mut rounds = Rounds::default();
    let start = Instant::now();
    // At least one mapping and one change, however slow machine and kernel are.
    let longest = soak.max(PATIENCE);
    loop {
        let nothing_yet = rounds.mapped == 0 || changes.load(Ordering::Relaxed) == 0;
        let spent = start.elapsed();
        if spent >= if nothing_yet { longest } else { soak } {
            break;
        }
        let first = dice.below(kind.piece().min(700));
        let pages = region.pages() - first;
        let iova = IOVA + (dice.below(3) as u64) * 4096;
        match container.map(region, first, pages, iova, READ | WRITE) {
            Ok(()) => rounds.mapped += 1,
            // A hole, or no huge page is free: user space's own fault.
            Err(Errno::EFAULT | Errno::ENOMEM | Errno::EHWPOISON) => {
                rounds.refused += 1;
                expect(0, "after a map that failed")?;
                continue;
            }
            Err(error) => anyhow::bail!("a map failed with {error}"),
        }
        expect(pages, "while it is mapped")?;
        for _ in 0..3 {
            let targets: Vec<usize> = (0..MAX_PAGES)
                .map(|index| index * pages / MAX_PAGES)
                .collect();
            let iovas: Vec<u64> = targets
                .iter()
                .map(|&page| iova + (page as u64) * 4096)
                .collect();
            nvme.read(0, &iovas)?;
            for (seed, &page) in targets.iter().enumerate() {
                let page = first + page;
                if page >= kind.contested() {
                    ensure!(
                        region.holds(page, seed as u64),
                        "the device's write to page {page} did not arrive"
                    );
                }
            }
        }
        let bytes = (pages as u64) * 4096;
        let unmapped = container.unmap(iova, bytes)?;
        ensure!(
            unmapped == bytes,
            "{unmapped} of {bytes} bytes were unmapped"
        );
        expect(0, "after unmap")?;
    }
    Ok(rounds)
}

/// Changes what is mapped in the contested part, in every way there is.
fn change(kind: &Kind, region: &Region, stop: &AtomicBool, changes: &AtomicUsize) -> Result<()> {
    let elsewhere = Region::anonymous(kind.piece() * 2, libc::MAP_NORESERVE)?;
    let elsewhere = elsewhere.aligned(kind.piece());
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    let contested = kind.contested();
    let unit = kind.piece();
    while !stop.load(Ordering::Relaxed) {
        let units = contested / unit;
        let at = dice.below(units);
        let count = (1 + dice.below(units - at)).min(300);
        let (first, pages) = (at * unit, count * unit);
        // Each may fail for want of memory; the map then finds a hole.
        let _ = match dice.below(7) {
            0 | 1 => renew(kind, region, first, pages),
            2 => region.advise(first, pages, libc::MADV_DONTNEED),
            3 => region
                .move_and_return(first, unit, &elsewhere)
                .or_else(|_| renew(kind, region, first, unit)),
            4 => write_in_child(region, first, pages),
            5 => protect_for_a_moment(region, first, pages),
            // A THP is split, and its pages are collapsed into one again.
            _ if kind.backing == Backing::Thp => renew(kind, region, first + 17, 1)
                .and_then(|()| region.advise(first, unit, libc::MADV_POPULATE_WRITE))
                .and_then(|()| region.advise(first, unit, libc::MADV_COLLAPSE)),
            _ => Ok(()),
        };
        let _ = region.advise(first, pages, libc::MADV_POPULATE_WRITE);
        changes.fetch_add(1, Ordering::Relaxed);
    }
    Ok(())
}

/// Other memory at the same addresses.
fn renew(kind: &Kind, region: &Region, first: usize, pages: usize) -> Result<(), Errno> {
    match kind.backing {
        // The file stays, its pages do not.
        Backing::Shared2M => region.advise(first, pages, libc::MADV_REMOVE),
        Backing::Thp => {
            region.replace(first, pages, 0)?;
            region.advise(first, pages, libc::MADV_HUGEPAGE)
        }
        _ => region.replace(first, pages, kind.flags),
    }
}

fn protect_for_a_moment(region: &Region, first: usize, pages: usize) -> Result<(), Errno> {
    region.protect_part(first, pages, libc::PROT_READ)?;
    std::thread::yield_now();
    region.protect_part(first, pages, libc::PROT_READ | libc::PROT_WRITE)
}

/// A child shares the pages, writes to them and is gone.
fn write_in_child(region: &Region, first: usize, pages: usize) -> Result<(), Errno> {
    // SAFETY: the child calls nothing that another thread could hold a lock of.
    match unsafe { fork() }? {
        ForkResult::Parent { child } => waitpid(child, None).map(drop),
        ForkResult::Child => {
            let _ = region.advise(first, pages, libc::MADV_POPULATE_WRITE);
            // SAFETY: ends the process at once.
            unsafe { libc::_exit(0) }
        }
    }
}

/// Takes and gives back memory of the same kind, which nobody but this thread
/// writes to.
fn stay_intact(kind: &Kind, stop: &AtomicBool) -> Result<()> {
    // A second page of 1 GiB is all there is, and the others need it.
    let (flags, pages) = match kind.backing {
        Backing::Huge2M | Backing::Shared2M => (HUGE_2M, 2 * PAGES_2M),
        Backing::Huge1G | Backing::Shared1G | Backing::Thp | Backing::Small => (0, 2 * PAGES_2M),
        Backing::Shared => (0, 100),
    };
    // Always in the same place: a hole that the other thread makes for a moment
    // must not be taken.
    let own = Region::anonymous(pages + PAGES_2M, libc::MAP_NORESERVE)?.aligned(PAGES_2M);
    while !stop.load(Ordering::Relaxed) {
        let taken = own
            .replace(0, pages, flags)
            .and_then(|()| own.advise(0, pages, libc::MADV_POPULATE_WRITE));
        if taken.is_err() {
            std::thread::yield_now();
            continue;
        }
        own.mark_all();
        for _ in 0..3 {
            std::thread::yield_now();
            let written = own.written();
            ensure!(
                written.is_empty(),
                "somebody wrote to pages {written:?} of memory that is not mapped for DMA"
            );
        }
    }
    Ok(())
}
