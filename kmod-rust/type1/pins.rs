// SPDX-License-Identifier: GPL-2.0-only

//! In: pages that C has pinned. Out: [`Pinned`] runs, which return the pins when
//! they are dropped.

use kernel::{
    bindings,
    error::Error,
    ffi::{
        c_int,
        c_ulong, //
    },
    page::PAGE_SHIFT,
    prelude::*, //
};

use super::{
    done,
    pinning::{
        Mechanism,
        PageRun,
        Pinned,
        Source, //
    }, //
};

/// How pages were pinned, and so how that is undone.
///
/// Only [`adopt`] makes one, for the run that it belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct How(Kind);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// With `FOLL_PIN`, to be read by the device.
    ToRead,
    /// With `FOLL_PIN`, to be written by the device: they are dirty.
    ToWrite,
    /// Not at all, as they are reserved or have no `struct page`.
    Reserved,
}

/// Takes over the pins of `run`.
///
/// # Safety
///
/// Unless `reserved`, each page of `run` has a `struct page` and a pin of
/// `FOLL_PIN`, taken for the access in `prot`, which nobody else returns.
#[inline]
pub(crate) unsafe fn adopt(run: PageRun, prot: c_int, reserved: bool) -> Pinned<How> {
    let kind = if reserved {
        Kind::Reserved
    } else if prot & WRITE != 0 {
        Kind::ToWrite
    } else {
        Kind::ToRead
    };
    Pinned::new(run, How(kind))
}

/// The device may write.
const WRITE: c_int = bindings::IOMMU_WRITE as c_int;

impl Mechanism for How {
    #[inline]
    fn counted(&self) -> bool {
        self.0 != Kind::Reserved
    }

    #[inline]
    fn release(&self, run: PageRun) {
        let dirty = match self.0 {
            Kind::ToRead => false,
            Kind::ToWrite => true,
            Kind::Reserved => return,
        };
        // SAFETY: `self` is from `adopt`, so each page has a pin that belongs to
        // the `Pinned` that calls this, once, when it ends.
        unsafe {
            bindings::vfio_type1_unpin(run.first() as c_ulong, run.pages() as c_ulong, dirty)
        };
    }
}

/// What C has pinned and nobody has taken yet.
///
/// # Invariants
///
/// Each page of `raw.run`, and of `raw.pages` from `raw.offset` on, `raw.size`
/// of them, has a pin that was taken for `prot` and that belongs to this value;
/// but not the run if `raw.rsvd` is set.
pub(crate) struct Batch<'a> {
    raw: &'a mut bindings::vfio_batch,
    prot: c_int,
}

impl<'a> Batch<'a> {
    /// Takes over a batch.
    ///
    /// # Safety
    ///
    /// The pins in `raw` were taken for `prot`, and nobody else returns them.
    /// `raw.pages` has room for `raw.capacity` pages.
    #[inline]
    pub(crate) unsafe fn new(raw: &'a mut bindings::vfio_batch, prot: c_int) -> Self {
        // INVARIANT: The caller says so.
        Self { raw, prot }
    }

    /// The run of the batch, which has none then. `None` if it had none before.
    #[inline]
    fn take(&mut self) -> Option<Pinned<How>> {
        let run = PageRun::new(self.raw.run.pfn as u64, self.raw.run.npage as u64)?;
        // INVARIANT: The pins of the run no longer belong to the batch.
        self.raw.run.npage = 0;
        // SAFETY: They belonged to it until now, by its invariant.
        Some(unsafe { adopt(run, self.prot, self.raw.rsvd) })
    }
}

impl Source for Batch<'_> {
    type How = How;
    type Error = Error;

    #[inline]
    fn next(&mut self, page: u64, max: u64) -> Result<Pinned<How>> {
        if self.is_empty() {
            self.fill((page as c_ulong) << PAGE_SHIFT, max as c_ulong)?;
        } else {
            self.has_run();
        }
        self.take().ok_or(EIO)
    }

    #[inline]
    fn discard(&mut self) {
        if !self.is_empty() {
            self.unpin_all();
        }
    }
}

impl Batch<'_> {
    /// Whether there is neither a run nor a page.
    #[inline]
    fn is_empty(&self) -> bool {
        self.raw.run.npage == 0 && self.raw.size == 0
    }

    /// Makes a run of the first pages if there is none. False if there are none.
    #[inline]
    fn has_run(&mut self) -> bool {
        // SAFETY: `raw` is valid.
        // INVARIANT: Pages go from the array to the run, with their pins.
        unsafe { bindings::vfio_type1_has_run(self.raw) }
    }

    /// Gets the pages at `vaddr`, `max` at most: a huge page is a run by itself.
    /// The batch is empty before, and has a run afterwards.
    #[inline]
    fn fill(&mut self, vaddr: c_ulong, max: c_ulong) -> Result {
        // SAFETY: `raw` is valid. The thread has a `mm`: this is only called on
        // behalf of the process whose memory it is.
        // INVARIANT: What C adds to the batch it has pinned for `prot`.
        let huge = unsafe { bindings::vfio_type1_pin_huge(self.raw, vaddr, max, self.prot) };
        if huge > 0 {
            return Ok(());
        }
        done(huge)?;
        // SAFETY: As above.
        // INVARIANT: As above.
        done(unsafe { bindings::vfio_type1_pin_pages(self.raw, vaddr, max, self.prot) })
    }

    /// Unpins all that is left.
    #[cold]
    #[inline(never)]
    fn unpin_all(&mut self) {
        while self.has_run() {
            drop(self.take());
        }
    }
}

impl Drop for Batch<'_> {
    #[inline]
    fn drop(&mut self) {
        self.discard();
    }
}
