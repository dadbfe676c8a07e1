// SPDX-License-Identifier: GPL-2.0-only

//! In: ranges to pin and to unpin. Out: which pages are pinned, and how often.
//!
//! type1 takes locks of its own to pin and to unpin, and holds them when it tells that a range is
//! unmapped. So the lock here is never held around either.

use kernel::{
    new_mutex,
    prelude::*,
    rbtree::RBTree,
    sync::Mutex, //
};

use crate::device::{
    Device,
    IovaPage,
    Kept,
    Pinned,
    Range, //
};

/// The pins that an open device has.
#[pin_data]
pub(crate) struct Pins {
    #[pin]
    kept: Mutex<RBTree<IovaPage, Kept>>,
}

impl Pins {
    /// None.
    pub(crate) fn new() -> impl PinInit<Self> {
        pin_init!(Self {
            kept <- new_mutex!(RBTree::new()),
        })
    }

    /// Pins each page of the range once more. Those before the one that fails stay pinned.
    pub(crate) fn pin(&self, device: &Device<'_>, range: &Range) -> Result {
        for number in 0..range.npage {
            let page = IovaPage::of(range.iova).plus(number)?;
            self.keep(device.pin(page, range.write != 0)?)?;
        }
        Ok(())
    }

    /// Unpins each page of the range once, up to the first that is not pinned.
    pub(crate) fn unpin(&self, device: &Device<'_>, range: &Range) -> Result {
        for number in 0..range.npage {
            let page = IovaPage::of(range.iova).plus(number)?;
            drop(self.take(device, page).ok_or(ENOENT)?);
        }
        Ok(())
    }

    /// Unpins every page from the first to the last, as often as it was pinned.
    pub(crate) fn unpin_all(&self, device: &Device<'_>, first: IovaPage, last: IovaPage) {
        while let Some(mut kept) = self.take_from(first, last) {
            while let Some(pinned) = kept.take(device) {
                drop(pinned);
            }
        }
    }

    /// A pin that cannot be kept ends, after the lock, which is a local variable.
    fn keep(&self, pinned: Pinned<'_>) -> Result {
        let page = pinned.page();
        let mut kept = self.kept.lock();
        if let Some(kept) = kept.get_mut(&page) {
            return kept.keep(pinned);
        }
        kept.try_create_and_insert(page, Kept::none(page), GFP_KERNEL)?;
        kept.get_mut(&page).ok_or(ENOENT)?.keep(pinned)
    }

    fn take<'a>(&self, device: &'a Device<'a>, page: IovaPage) -> Option<Pinned<'a>> {
        let mut all = self.kept.lock();
        let kept = all.get_mut(&page)?;
        let pinned = kept.take(device);
        if kept.is_empty() {
            all.remove(&page);
        }
        pinned
    }

    fn take_from(&self, first: IovaPage, last: IovaPage) -> Option<Kept> {
        let mut kept = self.kept.lock();
        let page = *kept.cursor_lower_bound(&first)?.current().0;
        if page > last {
            return None;
        }
        kept.remove(&page)
    }
}
