// SPDX-License-Identifier: GPL-2.0-only

//! How VFIO type1 pins and maps memory, and how it undoes that.
//!
//! In: a range of a `struct vfio_dma`, from the C of the same module. Out: the
//! range is pinned, accounted for and mapped, or an error; or it is unmapped,
//! and unpinned in the way in which it was pinned.
//!
//! All decisions are those of [`pinning`], which knows nothing of the kernel and
//! is safe code. What is left for here is to tell it what the kernel does:
//!
//! - [`pins`]: where pins come from, and how they are returned;
//! - [`container`]: who accounts for them, and what they are mapped to;
//! - [`remembered`]: where runs are kept between unmapping and unpinning.
//!
//! Who owns a pin: the [`pins::Batch`] from when C has filled it; a
//! [`pinning::Pinned`] from when it is taken out of there; the translation of
//! the IOMMU from when the run is mapped; a `Pinned` again from when it is
//! unmapped, which returns the pin when it is dropped.

use kernel::{
    bindings,
    error::{
        to_result,
        Error, //
    },
    ffi::{
        c_int,
        c_ulong, //
    },
    prelude::*, //
};

pub mod pinning;

mod container;
mod pins;
mod remembered;

use container::{
    Dma,
    Locked,
    Mapping,
    Translated, //
};
use pinning::{
    PinError,
    Pinner, //
};
use pins::Batch;
use remembered::Remembered;

/// Pins, accounts for and maps a range.
///
/// If it fails, what was mapped stays mapped, and the batch is empty.
///
/// # Safety
///
/// - `args` and what it points to are valid for the call, and so is `batch`.
/// - The caller holds the lock of the container that `args.dma` belongs to,
///   and is a thread of the process whose memory is to be pinned.
/// - `args.domain`, if it is not null, is a domain of this container or about to
///   become one.
/// - Each page in `batch` has a pin that was taken for `args.prot` and that
///   belongs to the batch.
#[export]
pub unsafe extern "C" fn vfio_rust_pin_map(
    args: *const bindings::vfio_pin_map,
    batch: *mut bindings::vfio_batch,
) -> c_int {
    // SAFETY: The caller says that it is valid, and nobody writes to it.
    let args = unsafe { &*args };
    // SAFETY: The caller says that it is valid. It is the caller's own.
    let batch = unsafe { &mut *batch };
    // SAFETY: The caller holds the lock, and gets it back when this returns.
    let lock = unsafe { Locked::assume() };
    // SAFETY: The caller says what `domain` is, and that the rest is valid.
    let mapping = unsafe { Mapping::new(&lock, args) };
    // SAFETY: The caller says that the pins in there are as they have to be.
    let batch = unsafe { Batch::new(batch, mapping.prot()) };
    match pin_map(mapping, batch) {
        Ok(()) => 0,
        Err(error) => error.to_errno(),
    }
}

fn pin_map(mut mapping: Mapping<'_>, batch: Batch<'_>) -> Result {
    let mut pinner = Pinner::new(batch);
    let (Some(request), Some(at_once)) = (mapping.request(), mapping.at_once()) else {
        return Err(EINVAL);
    };
    let limit = mapping.limit();
    let mut account = mapping.account();
    pinning::map(
        &mut pinner,
        request,
        at_once,
        limit,
        &mut account,
        &mut mapping,
    )
    .map_err(|error| mapping.explain(error))
}

/// [`to_result()`], at no cost if all is well.
#[inline]
fn done(ret: c_int) -> Result {
    if ret < 0 {
        to_result(ret)
    } else {
        Ok(())
    }
}

impl From<PinError<Error>> for Error {
    fn from(error: PinError<Error>) -> Self {
        match error {
            PinError::Other(error) => error,
            PinError::OverLimit => ENOMEM,
            PinError::Overflow => EOVERFLOW,
            // C has broken its word.
            PinError::Broken => {
                kernel::warn_on!(true);
                EIO
            }
        }
    }
}

/// Unmaps all of `dma` and unpins what was mapped there. Returns how many pages
/// were unpinned that count as locked memory.
///
/// With `undo`, parts of the range may never have been mapped, and the pages are
/// accounted for here, but for those that are pinned externally; without, the
/// caller does it.
///
/// # Safety
///
/// - `domain` and `dma` are valid for the call, and there is room for `places`
///   runs at `few` (one at least), which nobody else uses.
/// - The caller holds the lock of the container that `dma` and `domain` belong
///   to.
/// - Whatever `domain` has in the range was mapped by [`vfio_rust_pin_map()`]
///   for `dma`, nothing else unpins it, and no other domain leads there any
///   more.
#[export]
pub unsafe extern "C" fn vfio_rust_unmap_unpin(
    domain: *mut bindings::iommu_domain,
    dma: *mut bindings::vfio_dma,
    few: *mut bindings::vfio_run,
    places: c_ulong,
    undo: bool,
) -> c_ulong {
    // SAFETY: The caller holds the lock, and gets it back when this returns.
    let lock = unsafe { Locked::assume() };
    // SAFETY: The caller says that it is valid and whose it is.
    let dma = unsafe { Dma::new(&lock, dma) };
    // SAFETY: The caller says that the pins of the range belong to it.
    let mut translated = unsafe { Translated::new(domain, dma, undo) };
    // SAFETY: The caller says that the room is there, for this call.
    let mut remembered = unsafe { Remembered::new(few, places) };
    let (iova, pages) = translated.range();
    pinning::unmap(&mut translated, &mut remembered, iova, pages);
    translated.unpinned()
}
