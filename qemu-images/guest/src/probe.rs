// SPDX-License-Identifier: GPL-2.0-only
//! The kernel's side of some scenarios: pin_probe, a VFIO device that pins pages
//! and an eye on the counters of a page, and iommu_probe, a device behind an
//! IOMMU of its own. Layouts are those of `kmod-rust/pin_probe/pin_probe.h` and
//! `kmod-rust/probe/iommu_probe.h`.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;

use anyhow::{Context, Result};
use nix::errno::Errno;

use crate::init::{load_module, unload_module};
use crate::kernel;
use crate::memory::Region;

/// The device that pins through `vfio_pin_pages()`.
pub const EMULATED: &str = "pin_probe";
/// The device behind a second IOMMU, there while [`Probe::second_iommu`] is.
pub const SECOND: &str = "iommu_probe";

const SECOND_IOMMU: &str = "/sys/module/iommu_probe/parameters/present";
const UNSAFE_INTERRUPTS: &str = "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts";

/// `_IOC()` of the letter P.
const fn request(direction: u64, number: u64, size: usize) -> libc::Ioctl {
    (direction << 30 | (size as u64) << 16 | (b'P' as u64) << 8 | number) as libc::Ioctl
}

const PIN: libc::Ioctl = request(1, 0, size_of::<Range>());
const UNPIN: libc::Ioctl = request(1, 1, size_of::<Range>());
const PAGE: libc::Ioctl = request(3, 2, size_of::<PageState>());
const TRANSLATE: libc::Ioctl = request(3, 0, size_of::<Translation>());

#[repr(C)]
struct Range {
    iova: u64,
    npage: u32,
    write: u32,
}

#[repr(C)]
struct Translation {
    iova: u64,
    phys: u64,
}

/// `struct pin_probe_page`: what the kernel knows about a page.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PageState {
    vaddr: u64,
    /// Of the page.
    pub pfn: u64,
    /// Of the first page of its folio.
    pub folio_pfn: u64,
    /// References of the folio.
    pub refcount: i32,
    /// Pins of the folio; -1 if it does not count them apart from references.
    pub pincount: i32,
    /// The folio has 2^order pages.
    pub order: u32,
    /// NUMA node.
    pub nid: i32,
    flags: u32,
    padding: u32,
}
const _: () = assert!(size_of::<PageState>() == 48);

impl PageState {
    /// Whether it lies in ZONE_MOVABLE.
    pub fn is_movable(&self) -> bool {
        self.flags & 1 != 0
    }

    /// Whether it belongs to a hugetlb folio.
    pub fn is_hugetlb(&self) -> bool {
        self.flags & 2 != 0
    }

    /// Pins of the folio, in pages.
    ///
    /// A folio without a counter of its own adds `GUP_PIN_COUNTING_BIAS` = 1024
    /// to its references for each pin.
    pub fn pins(&self) -> i32 {
        if self.pincount >= 0 {
            self.pincount
        } else {
            self.refcount / 1024
        }
    }
}

/// The loaded module; unloaded when dropped, which everything that uses its
/// devices must have been before.
#[derive(Debug)]
pub struct Probe {
    eye: File,
}

impl Probe {
    /// Loads the module.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn load() -> Result<Self> {
        load_module(Path::new("/modules/pin_probe.ko"))?;
        let eye = File::options()
            .read(true)
            .write(true)
            .open("/dev/pin_probe")
            .context("cannot open /dev/pin_probe")?;
        Ok(Self { eye })
    }

    /// The state of a page of a region.
    ///
    /// # Errors
    /// A page that is not there.
    pub fn page(&self, region: &Region, page: usize) -> Result<PageState> {
        let mut state = PageState {
            vaddr: region.address(page),
            ..PageState::default()
        };
        // SAFETY: the request fills a structure of this layout, which `state` is.
        Errno::result(unsafe {
            libc::ioctl(self.eye.as_raw_fd(), PAGE, std::ptr::from_mut(&mut state))
        })
        .with_context(|| format!("page {page} has no state"))?;
        Ok(state)
    }

    /// Brings [`SECOND`] to life for as long as the guard lives. Its interrupts
    /// are not isolated, which type1 has to be told to accept.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn second_iommu(&self) -> Result<SecondIommu> {
        kernel::write(UNSAFE_INTERRUPTS, "1")?;
        load_module(Path::new("/modules/iommu_probe.ko"))?;
        let guard = SecondIommu;
        kernel::write(SECOND_IOMMU, "1")?;
        Ok(guard)
    }
}

impl Drop for Probe {
    fn drop(&mut self) {
        // `eye` keeps the module in place.
        if let Ok(null) = File::open("/dev/null") {
            self.eye = null;
        }
        if let Err(error) = unload_module("pin_probe") {
            eprintln!("pin_probe stays: {error:#}");
        }
    }
}

/// See [`Probe::second_iommu`].
#[derive(Debug)]
pub struct SecondIommu;

impl Drop for SecondIommu {
    fn drop(&mut self) {
        for undone in [
            kernel::write(SECOND_IOMMU, "0"),
            unload_module("iommu_probe"),
            kernel::write(UNSAFE_INTERRUPTS, "0"),
        ] {
            if let Err(error) = undone {
                eprintln!("{error:#}");
            }
        }
    }
}

fn range(device: &File, request: libc::Ioctl, range: &Range) -> Result<(), Errno> {
    // SAFETY: the request reads a structure of this layout, which `range` is.
    Errno::result(unsafe { libc::ioctl(device.as_raw_fd(), request, std::ptr::from_ref(range)) })
        .map(drop)
}

/// Has [`EMULATED`] pin pages for writing, each once more.
///
/// # Errors
/// What `vfio_pin_pages()` answers; pages before the one that failed stay pinned.
pub fn pin(device: &File, iova: u64, pages: u32) -> Result<(), Errno> {
    range(
        device,
        PIN,
        &Range {
            iova,
            npage: pages,
            write: 1,
        },
    )
}

/// The opposite of [`pin`].
///
/// # Errors
/// ENOENT for a page that it did not pin.
pub fn unpin(device: &File, iova: u64, pages: u32) -> Result<(), Errno> {
    range(
        device,
        UNPIN,
        &Range {
            iova,
            npage: pages,
            write: 1,
        },
    )
}

/// The page frame that [`SECOND`]'s IOMMU leads to, if it leads anywhere.
///
/// # Errors
/// What the kernel answers.
pub fn translate(device: &File, iova: u64) -> Result<Option<u64>, Errno> {
    let mut translation = Translation { iova, phys: 0 };
    // SAFETY: the request fills a structure of this layout, which it is.
    Errno::result(unsafe {
        libc::ioctl(
            device.as_raw_fd(),
            TRANSLATE,
            std::ptr::from_mut(&mut translation),
        )
    })?;
    Ok((translation.phys != 0).then_some(translation.phys >> 12))
}
