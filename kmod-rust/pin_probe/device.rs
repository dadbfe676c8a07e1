// SPDX-License-Identifier: GPL-2.0-only

//! In: what VFIO asks of the device. Out: a device that pins, and pins that end.
//!
//! A pin is a value. [`Pinned`] is unpinned when it is dropped; what is to outlast a call becomes
//! part of a [`Kept`], of which [`Pinned`]s come again. Neither can be made from anything else, so
//! that no page is unpinned more often than it was pinned, nor at another IOVA.

use core::{
    marker::PhantomData,
    mem,
    ptr::{
        self,
        NonNull, //
    }, //
};

use kernel::{
    bindings,
    device,
    error::{
        from_err_ptr,
        from_result,
        to_result, //
    },
    faux,
    page::PAGE_SHIFT,
    prelude::*,
    transmute::FromBytes,
    types::ForeignOwnable,
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

use crate::pins::Pins;

/// `helpers.h`: Rust asks, C answers.
mod c {
    use kernel::{
        bindings,
        ffi::c_int, //
    };

    /// `struct vfio_device`, which only C looks into.
    #[repr(C)]
    pub(super) struct VfioDevice {
        _opaque: [u8; 0],
    }

    // Only pointers go across: what structures in a device are empty does not matter.
    #[allow(improper_ctypes)]
    extern "C" {
        pub(super) fn pin_probe_register(parent: *mut bindings::device) -> *mut VfioDevice;
        pub(super) fn pin_probe_unregister(vdev: *mut VfioDevice);
        pub(super) fn pin_probe_pin_page(vdev: *mut VfioDevice, iova: u64, write: bool) -> c_int;
        pub(super) fn pin_probe_unpin_page(vdev: *mut VfioDevice, iova: u64);
    }
}

/// A registered VFIO device without an IOMMU, and what it hangs on.
///
/// # Invariants
///
/// `vdev` came from `pin_probe_register()`, and goes to `pin_probe_unregister()` when dropped.
pub(crate) struct Registration {
    vdev: NonNull<c::VfioDevice>,
    _parent: faux::Registration,
}

// SAFETY: VFIO lets any thread unregister a device.
unsafe impl Send for Registration {}

// SAFETY: Nothing can be done with a shared reference.
unsafe impl Sync for Registration {}

impl Registration {
    /// Registers the device, below a device of the faux bus of that name.
    pub(crate) fn new(name: &CStr) -> Result<Self> {
        let parent = faux::Registration::new(name, None)?;
        let below: &device::Device<device::Bound> = parent.as_ref().as_ref();
        // A transparent wrapper, of which the kernel crate does not give away the inside.
        let below = ptr::from_ref(below).cast::<bindings::device>().cast_mut();
        // SAFETY: The parent is a device, and outlives this one, as fields are dropped after
        // their structure.
        let vdev = unsafe { c::pin_probe_register(below) };
        let vdev = NonNull::new(from_err_ptr(vdev)?).ok_or(ENODEV)?;
        // INVARIANT: It came from there just now.
        Ok(Self {
            vdev,
            _parent: parent,
        })
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // SAFETY: By the invariant it is registered, and this is the only end of it.
        unsafe { c::pin_probe_unregister(self.vdev.as_ptr()) };
    }
}

/// The device, open, for as long as a callback of VFIO takes.
///
/// # Invariants
///
/// `vdev` is a device of [`Registration`], and open for `'a`.
pub(crate) struct Device<'a> {
    vdev: NonNull<c::VfioDevice>,
    _open: PhantomData<&'a ()>,
}

/// A page of the IOVA space, by its number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IovaPage(u64);

impl IovaPage {
    /// The last page that there can be.
    pub(crate) const LAST: Self = Self(u64::MAX >> PAGE_SHIFT);

    /// The page that holds an IOVA.
    pub(crate) fn of(iova: u64) -> Self {
        Self(iova >> PAGE_SHIFT)
    }

    /// The page that is `count` pages further on.
    pub(crate) fn plus(self, count: u32) -> Result<Self> {
        let page = self.0.checked_add(u64::from(count)).map(Self);
        page.filter(|page| *page <= Self::LAST).ok_or(EOVERFLOW)
    }

    fn iova(self) -> u64 {
        self.0 << PAGE_SHIFT
    }
}

impl<'a> Device<'a> {
    /// # Safety
    ///
    /// VFIO called with `vdev`, which stays open until `'a` ends.
    unsafe fn lent(vdev: NonNull<c::VfioDevice>) -> Self {
        // INVARIANT: The caller says so.
        Self {
            vdev,
            _open: PhantomData,
        }
    }

    /// Pins a page of the container, once.
    pub(crate) fn pin(&self, page: IovaPage, write: bool) -> Result<Pinned<'_>> {
        // SAFETY: By the invariant the device is open, which is all that VFIO asks for.
        to_result(unsafe { c::pin_probe_pin_page(self.vdev.as_ptr(), page.iova(), write) })?;
        // INVARIANT: It was pinned just now.
        Ok(Pinned { device: self, page })
    }
}

/// A page that is pinned once, until this is dropped.
///
/// # Invariants
///
/// One pin of `page` that `device` took is this one's.
#[must_use = "it is unpinned at once"]
pub(crate) struct Pinned<'a> {
    device: &'a Device<'a>,
    page: IovaPage,
}

impl Pinned<'_> {
    /// Which page.
    pub(crate) fn page(&self) -> IovaPage {
        self.page
    }
}

impl Drop for Pinned<'_> {
    fn drop(&mut self) {
        // SAFETY: By the invariant the device is open, and a pin of this page is left.
        unsafe { c::pin_probe_unpin_page(self.device.vdev.as_ptr(), self.page.iova()) };
    }
}

/// Pins of one page that outlast the call that took them.
///
/// # Invariants
///
/// `count` pins of `page` are this one's.
pub(crate) struct Kept {
    page: IovaPage,
    count: u32,
}

impl Kept {
    /// Nothing of a page yet.
    pub(crate) fn none(page: IovaPage) -> Self {
        // INVARIANT: No pins.
        Self { page, count: 0 }
    }

    /// Takes over a pin of the page. One that does not fit ends here.
    pub(crate) fn keep(&mut self, pinned: Pinned<'_>) -> Result {
        if pinned.page != self.page {
            return Err(EINVAL);
        }
        self.count = self.count.checked_add(1).ok_or(EOVERFLOW)?;
        // INVARIANT: The pin was that one's, and is this one's from here on.
        mem::forget(pinned);
        Ok(())
    }

    /// Gives one of the pins away.
    pub(crate) fn take<'a>(&mut self, device: &'a Device<'a>) -> Option<Pinned<'a>> {
        self.count = self.count.checked_sub(1)?;
        // INVARIANT: The pin was this one's; there is one device only that took pins.
        Some(Pinned {
            device,
            page: self.page,
        })
    }

    /// Whether there is nothing left.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }
}

/// `struct pin_probe_range`: a range of the container's IOVA space.
#[repr(C)]
pub(crate) struct Range {
    /// In bytes.
    pub(crate) iova: u64,
    /// Pages.
    pub(crate) npage: u32,
    /// Not 0 to pin for writing.
    pub(crate) write: u32,
}

// SAFETY: Integers, of which any bits are a value, and no padding.
unsafe impl FromBytes for Range {}

/// What can be asked of an open device; numbers are in `pin_probe.h`.
const PIN: u32 = kernel::ioctl::_IOW::<Range>(b'P' as u32, 0);
const UNPIN: u32 = kernel::ioctl::_IOW::<Range>(b'P' as u32, 1);

/// The operations of the device, as `helpers.c` has VFIO call them: `pins` is what
/// [`pin_probe_init`] returned, and is used until [`pin_probe_release`].
type Foreign = *mut c_void;

#[no_mangle]
extern "C" fn pin_probe_init() -> Foreign {
    match KBox::pin_init(Pins::new(), GFP_KERNEL) {
        Ok(pins) => pins.into_foreign(),
        Err(_) => ptr::null_mut(),
    }
}

/// # Safety
///
/// See [`Foreign`]; nothing uses `pins` any more.
#[no_mangle]
unsafe extern "C" fn pin_probe_release(pins: Foreign) {
    // SAFETY: It came from `into_foreign()`, and the caller gives it back.
    drop(unsafe { Pin::<KBox<Pins>>::from_foreign(pins) });
}

/// # Safety
///
/// See [`Foreign`] and [`Device::lent`].
#[no_mangle]
unsafe extern "C" fn pin_probe_close(pins: Foreign, vdev: NonNull<c::VfioDevice>) {
    // SAFETY: It came from `into_foreign()`, and is not released before this returns.
    let pins = unsafe { Pin::<KBox<Pins>>::borrow(pins) };
    // SAFETY: VFIO closes the device when this returns, not before.
    let device = unsafe { Device::lent(vdev) };
    pins.unpin_all(&device, IovaPage::of(0), IovaPage::LAST);
}

/// # Safety
///
/// See [`Foreign`] and [`Device::lent`].
#[no_mangle]
unsafe extern "C" fn pin_probe_ioctl(
    pins: Foreign,
    vdev: NonNull<c::VfioDevice>,
    cmd: c_uint,
    arg: c_ulong,
) -> c_long {
    // SAFETY: It came from `into_foreign()`, and is not released before this returns.
    let pins = unsafe { Pin::<KBox<Pins>>::borrow(pins) };
    // SAFETY: VFIO keeps the device open while its file is in use.
    let device = unsafe { Device::lent(vdev) };
    from_result(|| {
        let pin = match cmd {
            PIN => true,
            UNPIN => false,
            _ => return Err(ENOTTY),
        };
        let user = UserSlice::new(UserPtr::from_addr(arg), size_of::<Range>());
        let range = user.reader().read::<Range>()?;
        if pin {
            pins.pin(&device, &range)?;
        } else {
            pins.unpin(&device, &range)?;
        }
        Ok(0)
    })
}

/// # Safety
///
/// See [`Foreign`] and [`Device::lent`].
#[no_mangle]
unsafe extern "C" fn pin_probe_dma_unmap(
    pins: Foreign,
    vdev: NonNull<c::VfioDevice>,
    iova: u64,
    length: u64,
) {
    // SAFETY: It came from `into_foreign()`, and is not released before this returns.
    let pins = unsafe { Pin::<KBox<Pins>>::borrow(pins) };
    // SAFETY: VFIO tells open devices only, and closes none of them meanwhile.
    let device = unsafe { Device::lent(vdev) };
    let last = iova.saturating_add(length.saturating_sub(1));
    pins.unpin_all(&device, IovaPage::of(iova), IovaPage::of(last));
}
