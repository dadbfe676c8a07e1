// SPDX-License-Identifier: GPL-2.0-only

//! In: what C knows of a container, a `struct vfio_dma` of it, and a range. Out:
//! who accounts for pages ([`Account`]), what they are mapped to ([`Mapping`]),
//! and what they are unmapped from ([`Translated`]).

use core::{
    marker::PhantomData,
    num::NonZeroU64,
    ptr, //
};

use kernel::{
    bindings,
    error::Error,
    ffi::{
        c_int,
        c_ulong, //
    },
    page::PAGE_SHIFT,
    prelude::*,
    types::NotThreadSafe, //
};

use super::{
    done,
    pinning::{
        unaccount,
        HugePage,
        Ledger,
        Limit,
        PageRun,
        PinError,
        Request,
        Target,
        Translation,
        Unmapper, //
    },
    pins::adopt, //
};

/// The container's lock (`struct vfio_iommu`'s `lock`) is held for as long as
/// this exists.
pub(crate) struct Locked {
    _not_send: NotThreadSafe,
}

impl Locked {
    /// Trusts the caller.
    ///
    /// # Safety
    ///
    /// The current thread holds the lock, and does not give it back before the
    /// value is gone.
    #[inline]
    pub(crate) unsafe fn assume() -> Self {
        Self {
            _not_send: NotThreadSafe,
        }
    }
}

/// A `struct vfio_dma`. Where it leads to stays as it is while the lock is held.
///
/// # Invariants
///
/// `raw` is valid for `'lock`, and belongs to the container whose lock is held.
#[derive(Clone, Copy)]
pub(crate) struct Dma<'lock> {
    raw: *mut bindings::vfio_dma,
    _lock: PhantomData<&'lock Locked>,
}

impl<'lock> Dma<'lock> {
    /// Wraps one.
    ///
    /// # Safety
    ///
    /// See the invariants.
    #[inline]
    pub(crate) unsafe fn new(_lock: &'lock Locked, raw: *mut bindings::vfio_dma) -> Self {
        // INVARIANT: The caller says so.
        Self {
            raw,
            _lock: PhantomData,
        }
    }

    /// Its first iova.
    #[inline]
    fn iova(self) -> u64 {
        // SAFETY: `raw` is valid, and the lock is held.
        unsafe { (*self.raw).iova >> PAGE_SHIFT }
    }

    /// Its first virtual page.
    #[inline]
    fn page(self) -> u64 {
        // SAFETY: `raw` is valid, and the lock is held.
        unsafe { (*self.raw).vaddr as u64 >> PAGE_SHIFT }
    }

    /// How many pages were mapped.
    #[inline]
    fn pages(self) -> u64 {
        // SAFETY: `raw` is valid, and the lock is held.
        unsafe { (*self.raw).size as u64 >> PAGE_SHIFT }
    }

    /// What the device may do.
    #[inline]
    pub(crate) fn prot(self) -> c_int {
        // SAFETY: `raw` is valid, and the lock is held.
        unsafe { (*self.raw).prot }
    }

    /// Whether the limit does not apply.
    #[inline]
    fn lock_cap(self) -> bool {
        // SAFETY: `raw` is valid, and the lock is held.
        unsafe { (*self.raw).lock_cap }
    }

    /// Whether any page is reserved or has no `struct page`.
    #[inline]
    fn has_rsvd(self) -> bool {
        // SAFETY: `raw` is valid, and the lock is held.
        unsafe { (*self.raw).has_rsvd }
    }

    /// Whether any page is pinned externally.
    #[inline]
    fn has_external(self) -> bool {
        // SAFETY: `raw` is valid, and the lock that its tree needs is held.
        unsafe { !(*self.raw).pfn_list.rb_node.is_null() }
    }
}

/// Accounts for locked memory. The `mmap_lock` is taken for that, and given back.
///
/// # Invariants
///
/// `locked` is valid for `'lock`.
pub(crate) struct Account<'lock> {
    dma: Dma<'lock>,
    locked: *const c_ulong,
}

impl Ledger for Account<'_> {
    type Error = Error;

    #[inline]
    fn locked(&self) -> u64 {
        // SAFETY: It is valid by the invariant. It may change at any time, so it
        // is read as it is.
        unsafe { self.locked.read_volatile() as u64 }
    }

    #[inline]
    fn external(&self, iova: u64, pages: u64) -> u64 {
        if !self.dma.has_external() {
            return 0;
        }
        let iova = iova << PAGE_SHIFT;
        // SAFETY: `raw` is valid, and the lock that its tree needs is held.
        unsafe { bindings::vfio_type1_external(self.dma.raw, iova, pages as c_ulong) as u64 }
    }

    #[inline]
    fn account(&mut self, pages: u64) -> Result {
        // SAFETY: `raw` is valid, and the lock that its count needs is held.
        done(unsafe { bindings::vfio_type1_account(self.dma.raw, pages as c_ulong) })
    }

    #[inline]
    fn release(&mut self, pages: u64) {
        // SAFETY: `raw` is valid, and the lock that its count needs is held.
        unsafe { bindings::vfio_type1_release(self.dma.raw, pages as c_ulong) };
    }
}

/// What is to be mapped, and where to.
///
/// # Invariants
///
/// What `args` points to is valid for `'a`, during which the lock is held.
pub(crate) struct Mapping<'a> {
    args: &'a bindings::vfio_pin_map,
    dma: Dma<'a>,
}

impl<'a> Mapping<'a> {
    /// Wraps what C asks for.
    ///
    /// # Safety
    ///
    /// See the invariants.
    #[inline]
    pub(crate) unsafe fn new(lock: &'a Locked, args: &'a bindings::vfio_pin_map) -> Self {
        // SAFETY: The caller says that it is valid.
        let dma = unsafe { Dma::new(lock, args.dma) };
        // INVARIANT: The caller says so.
        Self { args, dma }
    }

    /// The range. `None` if there is none, or if an end is not a number.
    #[inline]
    pub(crate) fn request(&self) -> Option<Request> {
        let pages = self.args.size as u64 >> PAGE_SHIFT;
        Request::new(self.dma.page(), self.dma.iova(), pages)
    }

    /// What the device may do.
    #[inline]
    pub(crate) fn prot(&self) -> c_int {
        self.dma.prot()
    }

    /// How many pages may be mapped by one call. `None` if that is 0.
    #[inline]
    pub(crate) fn at_once(&self) -> Option<NonZeroU64> {
        NonZeroU64::new(self.args.at_once as u64)
    }

    /// How many pages may be locked.
    #[inline]
    pub(crate) fn limit(&self) -> Limit {
        if self.dma.lock_cap() {
            Limit::None
        } else {
            Limit::Pages(self.args.limit as u64)
        }
    }

    /// Who accounts for the pages.
    #[inline]
    pub(crate) fn account(&self) -> Account<'a> {
        // INVARIANT: What `args` points to is valid for `'a`.
        Account {
            dma: self.dma,
            locked: self.args.locked,
        }
    }

    /// The error for C. Says so if it is the limit.
    #[cold]
    pub(crate) fn explain(self, error: PinError<Error>) -> Error {
        if error == PinError::OverLimit {
            // SAFETY: It prints a number.
            unsafe { bindings::vfio_type1_over_limit(self.args.limit) };
        }
        error.into()
    }
}

impl Target for Mapping<'_> {
    type Error = Error;

    #[inline]
    fn map(&mut self, iova: u64, run: PageRun, counted: bool) -> Result {
        // SAFETY: `args` is valid by the invariant. The pages are pinned, and
        // stay so until they are unmapped.
        done(unsafe {
            bindings::vfio_type1_map(
                self.args,
                iova << PAGE_SHIFT,
                run.first() as c_ulong,
                run.pages() as c_ulong,
                !counted,
            )
        })
    }
}

/// A `vfio_dma` that is to be unmapped.
///
/// # Invariants
///
/// `domain` is valid for `'a`, during which the lock is held. What it translates
/// the range to has the pins that [`adopt`] asks for, and they belong to this
/// value.
pub(crate) struct Translated<'a> {
    domain: *mut bindings::iommu_domain,
    dma: Dma<'a>,
    undo: bool,
    unpinned: u64,
}

impl<'a> Translated<'a> {
    /// Wraps what C asks for.
    ///
    /// # Safety
    ///
    /// See the invariants.
    #[inline]
    pub(crate) unsafe fn new(
        domain: *mut bindings::iommu_domain,
        dma: Dma<'a>,
        undo: bool,
    ) -> Self {
        // INVARIANT: The caller says so.
        Self {
            domain,
            dma,
            undo,
            unpinned: 0,
        }
    }

    /// The range in pages: its start and its length.
    #[inline]
    pub(crate) fn range(&self) -> (u64, u64) {
        (self.dma.iova(), self.dma.pages())
    }

    /// How many pages were unpinned that count as locked memory.
    #[inline]
    pub(crate) fn unpinned(&self) -> c_ulong {
        self.unpinned as c_ulong
    }

    /// Unpins a run of pages none of which is reserved.
    #[inline]
    fn unpin_all(&self, run: PageRun) -> u64 {
        // SAFETY: By the invariant, and as this is called once for each run.
        drop(unsafe { adopt(run, self.dma.prot(), false) });
        run.pages()
    }

    /// Unpins what is not reserved in a run, and returns how many pages that is.
    #[cold]
    #[inline(never)]
    fn unpin_unreserved(&self, run: PageRun) -> u64 {
        let mut unpinned = 0u64;
        let mut rest = Some(run);
        while let Some(run) = rest {
            let (pages, reserved) = kind(run);
            let (part, behind) = run.split(pages);
            // SAFETY: By the invariant, and as this is called once for each run.
            let pinned = unsafe { adopt(part, self.dma.prot(), reserved) };
            if pinned.counted() {
                unpinned = unpinned.wrapping_add(part.pages());
            }
            drop(pinned);
            rest = behind;
        }
        unpinned
    }

    /// Accounts for `pages` pages less, those from `iova` on.
    #[cold]
    #[inline(never)]
    fn unaccount(&self, iova: u64, pages: u64) {
        // INVARIANT: A constant is valid for ever. It is not asked for.
        let mut account = Account {
            dma: self.dma,
            locked: ptr::from_ref(&0),
        };
        unaccount(&mut account, iova, pages);
    }
}

/// How many pages from the first one of `run` on are reserved, or are not, as
/// that one is; and whether they are.
#[inline]
fn kind(run: PageRun) -> (NonZeroU64, bool) {
    // SAFETY: Any number will do.
    let order = unsafe { bindings::vfio_type1_order(run.first() as c_ulong) };
    // A folio is reserved as a whole or not at all, and aligned to its size.
    match u32::try_from(order).ok().and_then(HugePage::of_order) {
        Some(folio) => (folio.residual(run.first()), false),
        None => (NonZeroU64::MIN, true),
    }
}

impl Translation for Translated<'_> {
    #[inline]
    fn extent(&mut self, iova: u64, max: u64) -> Option<PageRun> {
        let size = (max as usize) << PAGE_SHIFT;
        let mut phys = 0;
        // SAFETY: The domain is valid, and the lock keeps others from changing
        // what it translates.
        let size = unsafe {
            bindings::iommu_iova_to_phys_extent(self.domain, iova << PAGE_SHIFT, size, &mut phys)
        };
        PageRun::new(phys >> PAGE_SHIFT, (size >> PAGE_SHIFT) as u64)
    }
}

impl Unmapper for Translated<'_> {
    #[inline]
    fn unmap(&mut self, iova: u64, pages: u64) -> u64 {
        let size = (pages as usize) << PAGE_SHIFT;
        // SAFETY: The domain is valid, and the range is its caller's to unmap.
        let size = unsafe { bindings::vfio_type1_unmap(self.domain, iova << PAGE_SHIFT, size) };
        (size >> PAGE_SHIFT) as u64
    }

    #[inline]
    fn unpin(&mut self, iova: u64, run: PageRun) {
        let unpinned = if self.dma.has_rsvd() {
            self.unpin_unreserved(run)
        } else {
            self.unpin_all(run)
        };
        if self.undo {
            self.unaccount(iova, unpinned);
        }
        self.unpinned = self.unpinned.wrapping_add(unpinned);
    }

    #[cold]
    fn missing(&mut self, _iova: u64) {
        kernel::warn_on!(!self.undo);
    }

    #[cold]
    fn stuck(&mut self, _iova: u64) {
        kernel::warn_on!(true);
    }
}
