// SPDX-License-Identifier: GPL-2.0-only

//! In: runs. Out: the same, a moment later. The pages of a run must not be
//! unpinned before the IOTLB is flushed, and to flush less often, many runs are
//! remembered until then.

use kernel::alloc::{
    flags::{
        __GFP_NOWARN,
        GFP_KERNEL, //
    },
    KVec, //
};

use super::pinning::{
    PageRun,
    Room, //
};

/// How many fit on the stack, which is enough for most mappings of huge pages.
const FEW: usize = 8;

/// How many are remembered if there is memory for that.
const MANY: usize = 512;

/// Runs: at first a few on the stack; many, if there are more than those and
/// memory is to be had.
///
/// # Invariants
///
/// The first `len` of `few` are there. They are not used once `many` has memory.
pub(crate) struct Remembered {
    few: [Option<PageRun>; FEW],
    len: usize,
    many: KVec<PageRun>,
}

impl Remembered {
    /// Room for a few.
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            few: [None; FEW],
            len: 0,
            many: KVec::new(),
        }
    }
}

impl Room for Remembered {
    #[inline]
    fn clear(&mut self) {
        self.len = 0;
        self.many.clear();
    }

    #[inline]
    fn is_full(&self) -> bool {
        match self.many.capacity() {
            0 => self.len == FEW,
            capacity => self.many.len() == capacity,
        }
    }

    #[inline]
    fn push(&mut self, run: PageRun) {
        if self.many.capacity() != 0 {
            // It is not full.
            let _ = self.many.push_within_capacity(run);
        } else if let Some(slot) = self.few.get_mut(self.len) {
            *slot = Some(run);
            self.len = self.len.wrapping_add(1);
        }
    }

    #[inline]
    fn runs(&self) -> impl Iterator<Item = PageRun> {
        let few = self.few.iter().take(self.len).flatten();
        few.chain(&self.many).copied()
    }

    #[inline]
    fn grow(&mut self) {
        if self.many.capacity() == 0 {
            // Without it a few are remembered at a time, as before.
            if let Ok(many) = KVec::with_capacity(MANY, GFP_KERNEL | __GFP_NOWARN) {
                self.many = many;
            }
        }
    }
}
