// SPDX-License-Identifier: GPL-2.0-only

//! In: what C knows of a container, a `struct vfio_dma` of it, and a range. Out:
//! who accounts for pages ([`Account`]), what they are mapped to ([`Mapping`]),
//! and what they are unmapped from ([`Translated`]).

use core::marker::PhantomData;

use kernel::{
    bindings,
    error::Error,
    ffi::c_ulong,
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

/// A `struct vfio_dma`, which stays as it is while the lock is held.
///
/// # Invariants
///
/// `raw` is valid for `'lock`, and belongs to the container whose lock is held.
/// If `external` is not set, no page of it is pinned externally; pages only
/// become so under the lock.
#[derive(Clone, Copy)]
pub(crate) struct Dma<'lock> {
    raw: *mut bindings::vfio_dma,
    external: bool,
    _lock: PhantomData<&'lock Locked>,
}

impl<'lock> Dma<'lock> {
    /// Wraps one.
    ///
    /// # Safety
    ///
    /// See the invariants.
    #[inline]
    pub(crate) unsafe fn new(
        _lock: &'lock Locked,
        raw: *mut bindings::vfio_dma,
        external: bool,
    ) -> Self {
        // INVARIANT: The caller says so.
        Self {
            raw,
            external,
            _lock: PhantomData,
        }
    }
}

/// Accounts for locked memory. The `mmap_lock` is taken for that, and given back.
pub(crate) struct Account<'lock> {
    dma: Dma<'lock>,
}

impl<'lock> Account<'lock> {
    /// Accounts for the pages of `dma`.
    #[inline]
    pub(crate) fn new(dma: Dma<'lock>) -> Self {
        Self { dma }
    }
}

impl Ledger for Account<'_> {
    type Error = Error;

    #[inline]
    fn locked(&self) -> u64 {
        // SAFETY: Reads a number of the current thread's `mm`, which it has:
        // there is no limit to ask for where nothing is pinned.
        unsafe { bindings::vfio_type1_locked() as u64 }
    }

    #[inline]
    fn external(&self, iova: u64, pages: u64) -> u64 {
        if !self.dma.external {
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

/// A range to be mapped, and where to.
///
/// # Invariants
///
/// What `args` points to is valid for `'a`, during which the lock is held.
pub(crate) struct Mapping<'a> {
    args: &'a bindings::vfio_pin_map,
}

impl<'a> Mapping<'a> {
    /// Wraps what C asks for.
    ///
    /// # Safety
    ///
    /// See the invariants.
    #[inline]
    pub(crate) unsafe fn new(_lock: &'a Locked, args: &'a bindings::vfio_pin_map) -> Self {
        // INVARIANT: The caller says so.
        Self { args }
    }

    /// The range, in pages. `None` if its end is not a number.
    #[inline]
    pub(crate) fn request(&self) -> Option<Request> {
        Request::new(
            self.args.vaddr as u64 >> PAGE_SHIFT,
            self.args.iova >> PAGE_SHIFT,
            self.args.npage as u64,
        )
    }

    /// How many pages may be mapped by one call.
    #[inline]
    pub(crate) fn at_once(&self) -> u64 {
        self.args.at_once as u64
    }

    /// How many pages may be locked.
    #[inline]
    pub(crate) fn limit(&self) -> Limit {
        if self.args.lock_cap {
            Limit::None
        } else {
            Limit::Pages(self.args.limit as u64)
        }
    }

    /// The error for C. Says so if it is the limit.
    #[cold]
    pub(crate) fn explain(&self, error: PinError<Error>) -> Error {
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

/// A range to be unmapped.
///
/// # Invariants
///
/// What `args` points to is valid for `'a`, during which the lock is held. What
/// the domain translates the range to has the pins that [`adopt`] asks for, and
/// they belong to this value.
pub(crate) struct Translated<'a> {
    args: &'a bindings::vfio_unmap_unpin,
    account: Account<'a>,
    unpinned: u64,
}

impl<'a> Translated<'a> {
    /// Wraps what C asks for.
    ///
    /// # Safety
    ///
    /// See the invariants.
    #[inline]
    pub(crate) unsafe fn new(dma: Dma<'a>, args: &'a bindings::vfio_unmap_unpin) -> Self {
        // INVARIANT: The caller says so.
        Self {
            args,
            account: Account::new(dma),
            unpinned: 0,
        }
    }

    /// The range in pages: its start and its length.
    #[inline]
    pub(crate) fn range(&self) -> (u64, u64) {
        (self.args.iova >> PAGE_SHIFT, self.args.npage as u64)
    }

    /// How many pages were unpinned that count as locked memory.
    #[inline]
    pub(crate) fn unpinned(&self) -> c_ulong {
        self.unpinned as c_ulong
    }

    /// How many pages from the first one of `run` on are reserved, or are not,
    /// as that one is; and whether they are.
    #[inline]
    fn kind(&self, run: PageRun) -> (u64, bool) {
        if !self.args.has_rsvd {
            return (run.pages(), false);
        }
        // SAFETY: Any number will do.
        let order = unsafe { bindings::vfio_type1_order(run.first() as c_ulong) };
        // A folio is reserved as a whole or not at all, and aligned to its size.
        match u32::try_from(order).ok().and_then(HugePage::of_order) {
            Some(folio) => (folio.residual(run.first()), false),
            None => (1, true),
        }
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
            bindings::vfio_type1_extent(self.args.domain, iova << PAGE_SHIFT, size, &mut phys)
        };
        PageRun::new(phys >> PAGE_SHIFT, (size >> PAGE_SHIFT) as u64)
    }
}

impl Unmapper for Translated<'_> {
    #[inline]
    fn unmap(&mut self, iova: u64, pages: u64) -> u64 {
        let size = (pages as usize) << PAGE_SHIFT;
        // SAFETY: The domain is valid, and the range is its caller's to unmap.
        let size =
            unsafe { bindings::vfio_type1_unmap(self.args.domain, iova << PAGE_SHIFT, size) };
        (size >> PAGE_SHIFT) as u64
    }

    #[inline]
    fn unpin(&mut self, iova: u64, run: PageRun) {
        let mut unpinned = 0u64;
        let mut rest = Some(run);
        while let Some(run) = rest {
            let (pages, reserved) = self.kind(run);
            let Some((part, behind)) = run.split(pages) else {
                return;
            };
            // SAFETY: By the invariant: the range was translated to it, and is
            // not any more, so it does not come here again.
            let pinned = unsafe { adopt(part, self.args.prot, reserved) };
            if pinned.counted() {
                unpinned = unpinned.wrapping_add(part.pages());
            }
            drop(pinned);
            rest = behind;
        }
        if self.args.undo {
            unaccount(&mut self.account, iova, unpinned);
        }
        self.unpinned = self.unpinned.wrapping_add(unpinned);
    }

    #[cold]
    fn missing(&mut self, _iova: u64) {
        kernel::warn_on!(!self.args.undo);
    }

    #[cold]
    fn stuck(&mut self, _iova: u64) {
        kernel::warn_on!(true);
    }
}
