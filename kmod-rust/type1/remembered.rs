// SPDX-License-Identifier: GPL-2.0-only

//! In: runs. Out: the same, a moment later. The pages of a run must not be
//! unpinned before the IOTLB is flushed, and to flush less often, many runs are
//! remembered until then.

use core::{
    mem::MaybeUninit,
    slice, //
};

use kernel::{
    alloc::{
        flags::{
            __GFP_NOWARN,
            GFP_KERNEL, //
        },
        KVec, //
    },
    bindings, //
};

use super::pinning::{
    PageRun,
    Room, //
};

/// How many are remembered if there is memory for that.
const MANY: usize = 512;

/// Runs: at first a few, where C has room for them; many, if there are more than
/// those and memory is to be had.
///
/// # Invariants
///
/// The first `len` places of `many`, or of `few` if there is no `many`, are
/// initialized. No other part of `many` counts as one of its elements.
pub(crate) struct Remembered<'a> {
    few: &'a mut [MaybeUninit<PageRun>],
    many: Option<KVec<PageRun>>,
    len: usize,
}

impl<'a> Remembered<'a> {
    /// Room for `places` runs at `few`.
    ///
    /// # Safety
    ///
    /// There is so much room, and nobody else uses it during `'a`.
    #[inline]
    pub(crate) unsafe fn new(few: *mut bindings::vfio_run, places: usize) -> Self {
        const { assert!(size_of::<PageRun>() <= size_of::<bindings::vfio_run>()) };
        const { assert!(align_of::<PageRun>() <= align_of::<bindings::vfio_run>()) };
        // INVARIANT: It is about none of the places.
        Self {
            // SAFETY: The caller says so, and a run of ours needs no more room.
            few: unsafe { slice::from_raw_parts_mut(few.cast(), places) },
            many: None,
            len: 0,
        }
    }
}

impl Room for Remembered<'_> {
    #[inline]
    fn fill(&mut self, runs: impl Iterator<Item = PageRun>) {
        let places = match &mut self.many {
            Some(many) => many.spare_capacity_mut(),
            None => &mut *self.few,
        };
        let mut len = 0usize;
        for (place, run) in places.iter_mut().zip(runs) {
            place.write(run);
            // Not more than there are places.
            len = len.wrapping_add(1);
        }
        // INVARIANT: So many were written to, from the first one on.
        self.len = len;
    }

    #[inline]
    fn runs(&self) -> &[PageRun] {
        let first = match &self.many {
            Some(many) => many.as_ptr(),
            None => self.few.as_ptr().cast(),
        };
        // SAFETY: By the invariant, and they are borrowed for as long as `self`.
        unsafe { slice::from_raw_parts(first, self.len) }
    }

    #[inline]
    fn grow(&mut self) {
        if self.many.is_none() {
            // INVARIANT: It is about none of the places.
            self.len = 0;
            // Without it a few are remembered at a time, as before.
            self.many = KVec::with_capacity(MANY, GFP_KERNEL | __GFP_NOWARN).ok();
        }
    }
}
