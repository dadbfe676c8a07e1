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
    Account,
    Dma,
    Locked,
    Mapping,
    Translated, //
};
use pinning::{
    PinError,
    Pinner,
    Request, //
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
    // SAFETY: The caller says that it is valid and whose it is.
    let dma = unsafe { Dma::new(&lock, args.dma, args.external) };
    // SAFETY: The caller says that the pins in there are as they have to be.
    let batch = unsafe { Batch::new(batch, args.prot) };
    // SAFETY: The caller says what `domain` is, and that the rest is valid.
    let mapping = unsafe { Mapping::new(&lock, args) };
    match pin_map(mapping, dma, batch) {
        Ok(()) => 0,
        Err(error) => error.to_errno(),
    }
}

fn pin_map(mut mapping: Mapping<'_>, dma: Dma<'_>, batch: Batch<'_>) -> Result {
    let request: Request = mapping.request().ok_or(EOVERFLOW)?;
    let limit = mapping.limit();
    let at_once = mapping.at_once();
    let mut pinner = Pinner::new(batch);
    let mut account = Account::new(dma);
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

/// Unmaps a range and unpins what was mapped there. Returns how many pages were
/// unpinned that count as locked memory.
///
/// With `args.undo`, parts of the range may never have been mapped, and the
/// pages are accounted for here, but for those that are pinned externally;
/// without, the caller does it.
///
/// # Safety
///
/// - `args` and what it points to are valid for the call.
/// - The caller holds the lock of the container that `args.dma` and
///   `args.domain` belong to.
/// - Whatever `args.domain` has in the range was mapped by
///   [`vfio_rust_pin_map()`], nothing else unpins it, and no other domain leads
///   there any more.
/// - `args.prot` is that of the map, and `args.has_rsvd` is set if any page is
///   reserved or has no `struct page`.
#[export]
pub unsafe extern "C" fn vfio_rust_unmap_unpin(args: *const bindings::vfio_unmap_unpin) -> c_ulong {
    // SAFETY: The caller says that it is valid, and nobody writes to it.
    let args = unsafe { &*args };
    // SAFETY: The caller holds the lock, and gets it back when this returns.
    let lock = unsafe { Locked::assume() };
    // SAFETY: The caller says that it is valid and whose it is.
    let dma = unsafe { Dma::new(&lock, args.dma, args.external) };
    // SAFETY: The caller says that the pins of the range belong to it.
    let mut translated = unsafe { Translated::new(dma, args) };
    let (iova, pages) = translated.range();
    pinning::unmap(&mut translated, &mut Remembered::new(), iova, pages);
    translated.unpinned()
}
