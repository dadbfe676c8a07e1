// SPDX-License-Identifier: GPL-2.0-only

//! In: an address of the caller. Out: what the kernel knows about the page there.

use core::ptr::NonNull;

use kernel::{
    bindings,
    fs::File,
    miscdevice::{
        MiscDevice,
        MiscDeviceRegistration, //
    },
    prelude::*,
    transmute::{
        AsBytes,
        FromBytes, //
    },
    uaccess::{
        UserPtr,
        UserSlice, //
    }, //
};

/// `helpers.h`: inline functions of mm.
mod c {
    use kernel::{
        bindings::{
            folio,
            page, //
        },
        ffi::{
            c_int,
            c_uint,
            c_ulong, //
        }, //
    };

    // Only pointers go across: what structures in a page are empty does not matter.
    #[allow(improper_ctypes)]
    extern "C" {
        pub(super) fn pin_probe_folio(page: *mut page) -> *mut folio;
        pub(super) fn pin_probe_pfn(page: *const page) -> c_ulong;
        pub(super) fn pin_probe_is_poisoned(page: *const page) -> bool;
        pub(super) fn pin_probe_refcount(folio: *const folio) -> c_int;
        pub(super) fn pin_probe_pincount(folio: *const folio) -> c_int;
        pub(super) fn pin_probe_order(folio: *const folio) -> c_uint;
        pub(super) fn pin_probe_nid(folio: *const folio) -> c_int;
        pub(super) fn pin_probe_is_movable(folio: *const folio) -> bool;
        pub(super) fn pin_probe_is_hugetlb(folio: *const folio) -> bool;
        pub(super) fn pin_probe_put(folio: *mut folio);
    }
}

/// An open `/dev/pin_probe`.
pub(crate) struct Eye;

/// What can be asked of it; numbers are in `pin_probe.h`.
const PAGE: u32 = kernel::ioctl::_IOWR::<State>(b'P' as u32, 2);

#[vtable]
impl MiscDevice for Eye {
    type Ptr = KBox<Self>;

    fn open(_file: &File, _misc: &MiscDeviceRegistration<Self>) -> Result<KBox<Self>> {
        Ok(KBox::new(Self, GFP_KERNEL)?)
    }

    fn ioctl(_eye: &Self, _file: &File, cmd: u32, arg: usize) -> Result<isize> {
        if cmd != PAGE {
            return Err(ENOTTY);
        }
        let user = UserSlice::new(UserPtr::from_addr(arg), size_of::<State>());
        let (mut reader, mut writer) = user.reader_writer();
        let vaddr = reader.read::<State>()?.vaddr;
        let state = Page::of_caller(vaddr)?.state(vaddr);
        writer.write(&state)?;
        Ok(0)
    }
}

/// `struct pin_probe_page`.
#[repr(C)]
struct State {
    vaddr: u64,
    pfn: u64,
    folio_pfn: u64,
    refcount: i32,
    pincount: i32,
    order: u32,
    nid: i32,
    flags: u32,
    padding: u32,
}

// SAFETY: Integers, of which any bits are a value, and no padding but what has a name.
unsafe impl FromBytes for State {}

// SAFETY: The same: no byte is without a value.
unsafe impl AsBytes for State {}

const MOVABLE: u32 = 1 << 0;
const HUGETLB: u32 = 1 << 1;
const HWPOISON: u32 = 1 << 2;

/// A page with a reference, which goes when this is dropped.
///
/// # Invariants
///
/// `folio` is the folio of `page`, and one of its references is this one's.
struct Page {
    page: NonNull<bindings::page>,
    folio: NonNull<bindings::folio>,
}

impl Page {
    /// The page at an address of the caller.
    fn of_caller(vaddr: u64) -> Result<Self> {
        let vaddr = usize::try_from(vaddr).map_err(|_| EFAULT)?;
        let mut page = core::ptr::null_mut();
        // SAFETY: There is room for one page, which is what is asked for.
        let got = unsafe { bindings::get_user_pages_fast(vaddr, 1, 0, &mut page) };
        let page = NonNull::new(page).filter(|_| got == 1).ok_or(EFAULT)?;
        // SAFETY: A page that is referenced belongs to a folio, for as long as it is.
        let folio = unsafe { c::pin_probe_folio(page.as_ptr()) };
        // INVARIANT: The reference is the one just got.
        Ok(Self {
            page,
            folio: NonNull::new(folio).ok_or(EFAULT)?,
        })
    }

    fn state(&self, vaddr: u64) -> State {
        let page = self.page.as_ptr();
        let folio = self.folio.as_ptr();
        // SAFETY: By the invariant the page is there. Pages lie in one array.
        let pfn = unsafe { c::pin_probe_pfn(page) };
        // SAFETY: As above; a folio begins with its first page.
        let folio_pfn = unsafe { c::pin_probe_pfn(folio.cast()) };
        // SAFETY: By the invariant the folio is there.
        let refcount = unsafe { c::pin_probe_refcount(folio) };
        // SAFETY: As above.
        let pincount = unsafe { c::pin_probe_pincount(folio) };
        // SAFETY: As above.
        let order = unsafe { c::pin_probe_order(folio) };
        // SAFETY: As above.
        let nid = unsafe { c::pin_probe_nid(folio) };
        // SAFETY: As above.
        let movable = unsafe { c::pin_probe_is_movable(folio) };
        // SAFETY: As above.
        let hugetlb = unsafe { c::pin_probe_is_hugetlb(folio) };
        // SAFETY: By the invariant the page is there.
        let poisoned = unsafe { c::pin_probe_is_poisoned(page) };
        let flag = |holds: bool, bit: u32| if holds { bit } else { 0 };
        State {
            vaddr,
            pfn: pfn as u64,
            folio_pfn: folio_pfn as u64,
            // Without this one's own.
            refcount: refcount - 1,
            pincount,
            order,
            nid,
            flags: flag(movable, MOVABLE) | flag(hugetlb, HUGETLB) | flag(poisoned, HWPOISON),
            padding: 0,
        }
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // SAFETY: By the invariant there is a reference to give back, and it is not used again.
        unsafe { c::pin_probe_put(self.folio.as_ptr()) };
    }
}
