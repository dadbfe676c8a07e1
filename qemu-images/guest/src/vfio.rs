// SPDX-License-Identifier: GPL-2.0-only
//! VFIO as user space sees it: container, group, device, and the ioctls of the
//! type1 IOMMU backend. Layouts and numbers are those of
//! `include/uapi/linux/vfio.h`.

use std::fs::{File, OpenOptions};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

use anyhow::{Context, Result, ensure};
use nix::errno::Errno;

use crate::memory::Region;
use crate::pci;

pub(crate) const fn io(number: u64) -> libc::Ioctl {
    // _IO(';', 100 + number)
    (((b';' as u64) << 8) | (100 + number)) as libc::Ioctl
}

const GET_API_VERSION: libc::Ioctl = io(0);
const CHECK_EXTENSION: libc::Ioctl = io(1);
const SET_IOMMU: libc::Ioctl = io(2);
const GROUP_GET_STATUS: libc::Ioctl = io(3);
const GROUP_SET_CONTAINER: libc::Ioctl = io(4);
const GROUP_GET_DEVICE_FD: libc::Ioctl = io(6);
const DEVICE_GET_REGION_INFO: libc::Ioctl = io(8);
const IOMMU_GET_INFO: libc::Ioctl = io(12);
/// `VFIO_IOMMU_MAP_DMA`.
pub const IOMMU_MAP_DMA: libc::Ioctl = io(13);
/// `VFIO_IOMMU_UNMAP_DMA`.
pub const IOMMU_UNMAP_DMA: libc::Ioctl = io(14);
/// `VFIO_IOMMU_DIRTY_PAGES`.
pub const IOMMU_DIRTY_PAGES: libc::Ioctl = io(17);

/// `VFIO_DMA_MAP_FLAG_READ`: the device may read.
pub const READ: u32 = 1 << 0;
/// `VFIO_DMA_MAP_FLAG_WRITE`: the device may write.
pub const WRITE: u32 = 1 << 1;
/// `VFIO_DMA_MAP_FLAG_VADDR`: a new vaddr for a mapping that was invalidated.
pub const MAP_VADDR: u32 = 1 << 2;
/// `VFIO_DMA_UNMAP_FLAG_GET_DIRTY_BITMAP`.
pub const UNMAP_GET_DIRTY: u32 = 1 << 0;
/// `VFIO_DMA_UNMAP_FLAG_ALL`.
pub const UNMAP_ALL: u32 = 1 << 1;
/// `VFIO_DMA_UNMAP_FLAG_VADDR`.
pub const UNMAP_VADDR: u32 = 1 << 2;
/// `VFIO_IOMMU_DIRTY_PAGES_FLAG_START`.
pub const DIRTY_START: u32 = 1 << 0;
/// `VFIO_IOMMU_DIRTY_PAGES_FLAG_STOP`.
pub const DIRTY_STOP: u32 = 1 << 1;
/// `VFIO_IOMMU_DIRTY_PAGES_FLAG_GET_BITMAP`.
pub const DIRTY_GET: u32 = 1 << 2;

/// The flavours of the type1 interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// `VFIO_TYPE1_IOMMU`.
    V1 = 1,
    /// `VFIO_TYPE1v2_IOMMU`.
    V2 = 3,
}

/// `VFIO_UNMAP_ALL`, an extension.
pub const EXT_UNMAP_ALL: i32 = 9;
/// `VFIO_UPDATE_VADDR`, an extension.
pub const EXT_UPDATE_VADDR: i32 = 10;

/// `struct vfio_iommu_type1_dma_map`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DmaMap {
    /// Size of this structure as the caller knows it.
    pub argsz: u32,
    /// [`READ`], [`WRITE`], [`MAP_VADDR`].
    pub flags: u32,
    /// Process virtual address.
    pub vaddr: u64,
    /// IO virtual address.
    pub iova: u64,
    /// Bytes.
    pub size: u64,
}
const _: () = assert!(size_of::<DmaMap>() == 32);

/// `struct vfio_bitmap`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Bitmap {
    /// Bytes for each bit.
    pub pgsize: u64,
    /// Bytes of the bitmap.
    pub size: u64,
    /// Its address.
    pub data: u64,
}

/// `struct vfio_iommu_type1_dma_unmap` and the bitmap that may follow it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct DmaUnmap {
    /// Size of this structure as the caller knows it: 24 without the bitmap.
    pub argsz: u32,
    /// [`UNMAP_GET_DIRTY`], [`UNMAP_ALL`], [`UNMAP_VADDR`].
    pub flags: u32,
    /// IO virtual address.
    pub iova: u64,
    /// Bytes; on return, bytes unmapped.
    pub size: u64,
    /// Where the dirty bitmap goes.
    pub bitmap: Bitmap,
}
const _: () = assert!(size_of::<DmaUnmap>() == 48);

/// `struct vfio_iommu_type1_dirty_bitmap` with its `_get` part.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Dirty {
    /// Size of this structure as the caller knows it: 8 without a range.
    pub argsz: u32,
    /// [`DIRTY_START`], [`DIRTY_STOP`], [`DIRTY_GET`].
    pub flags: u32,
    /// IO virtual address.
    pub iova: u64,
    /// Bytes.
    pub size: u64,
    /// Where the bitmap goes.
    pub bitmap: Bitmap,
}
const _: () = assert!(size_of::<Dirty>() == 48);

#[repr(C)]
#[derive(Default)]
struct GroupStatus {
    argsz: u32,
    flags: u32,
}

/// `struct vfio_region_info`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct RegionInfo {
    argsz: u32,
    flags: u32,
    index: u32,
    cap_offset: u32,
    /// Bytes.
    pub size: u64,
    /// Where it begins in the device's file.
    pub offset: u64,
}
const _: () = assert!(size_of::<RegionInfo>() == 32);

/// An ioctl whose argument is a number.
fn ioctl_number(fd: RawFd, request: libc::Ioctl, argument: libc::c_long) -> Result<i32, Errno> {
    // SAFETY: the requests used with it take their argument by value and touch
    // no memory of this process.
    Errno::result(unsafe { libc::ioctl(fd, request, argument) })
}

/// An ioctl whose argument is a structure. The kernel reads and writes at most
/// `argsz` bytes of it, which callers that lie about `argsz` must not exceed;
/// those only ever understate it.
pub(crate) fn ioctl_struct<T>(
    fd: RawFd,
    request: libc::Ioctl,
    argument: &mut T,
) -> Result<i32, Errno> {
    // SAFETY: `argument` is a live, exclusive reference to a `repr(C)`
    // structure of the layout that the request expects.
    Errno::result(unsafe { libc::ioctl(fd, request, std::ptr::from_mut(argument)) })
}

/// An ioctl on a pointer that may be wild: the kernel is to answer -EFAULT.
///
/// # Errors
/// What the kernel answers.
pub fn ioctl_wild(
    container: &Container,
    request: libc::Ioctl,
    address: usize,
) -> Result<i32, Errno> {
    // SAFETY: the callers pass addresses at which nothing is mapped, so that
    // the kernel has nothing to read or overwrite.
    Errno::result(unsafe { libc::ioctl(container.fd(), request, address) })
}

/// An open container with its groups and devices. Dropping it closes all, the
/// container last: mappings that are left are then the kernel's to undo.
#[derive(Debug)]
pub struct Container {
    devices: Vec<File>,
    groups: Vec<File>,
    container: File,
}

impl Container {
    /// A container of these devices, by name: `0000:00:05.0`.
    ///
    /// # Errors
    /// When VFIO refuses.
    pub fn open(api: Api, bdfs: &[&str]) -> Result<Self> {
        Self::open_at("/dev/vfio/vfio", api, bdfs)
    }

    /// The same behind iommufd, which then plays type1.
    ///
    /// # Errors
    /// When VFIO or iommufd refuses.
    pub fn open_compat(api: Api, bdfs: &[&str]) -> Result<Self> {
        Self::open_at("/dev/iommu", api, bdfs)
    }

    fn open_at(path: &str, api: Api, bdfs: &[&str]) -> Result<Self> {
        let container = OpenOptions::new()
            .read(true)
            .write(true)
            .open(path)
            .with_context(|| format!("cannot open {path}"))?;
        ensure!(
            ioctl_number(container.as_raw_fd(), GET_API_VERSION, 0) == Ok(0),
            "an unknown version of the VFIO API"
        );
        let mut new = Self {
            devices: Vec::new(),
            groups: Vec::new(),
            container,
        };
        for (index, bdf) in bdfs.iter().enumerate() {
            new.add_group(bdf)?;
            if index == 0 {
                ioctl_number(new.fd(), SET_IOMMU, api as libc::c_long)
                    .with_context(|| format!("cannot set the IOMMU to {api:?}"))?;
            }
            new.add_device(bdf)?;
        }
        Ok(new)
    }

    /// Takes one more device in.
    ///
    /// # Errors
    /// When VFIO refuses.
    pub fn add(&mut self, bdf: &str) -> Result<()> {
        self.add_group(bdf)?;
        self.add_device(bdf)
    }

    /// Takes the device that came last out again, and its group with it.
    pub fn remove_last(&mut self) {
        self.devices.pop();
        self.groups.pop();
    }

    fn add_group(&mut self, bdf: &str) -> Result<()> {
        let path = format!("/dev/vfio/{}", pci::iommu_group(bdf)?);
        let group = OpenOptions::new()
            .read(true)
            .write(true)
            .open(&path)
            .with_context(|| format!("cannot open {path}"))?;
        let mut status = GroupStatus {
            argsz: size_of::<GroupStatus>() as u32,
            flags: 0,
        };
        ioctl_struct(group.as_raw_fd(), GROUP_GET_STATUS, &mut status)?;
        ensure!(status.flags & 1 != 0, "the group of {bdf} is not viable");
        let mut container = self.container.as_raw_fd();
        ioctl_struct(group.as_raw_fd(), GROUP_SET_CONTAINER, &mut container)
            .context("cannot set the container")?;
        self.groups.push(group);
        Ok(())
    }

    fn add_device(&mut self, bdf: &str) -> Result<()> {
        let group = self.groups.last().context("a group comes first")?;
        let name = std::ffi::CString::new(bdf)?;
        // SAFETY: the request reads a NUL-terminated string, which `name` is.
        let fd = Errno::result(unsafe {
            libc::ioctl(group.as_raw_fd(), GROUP_GET_DEVICE_FD, name.as_ptr())
        })
        .with_context(|| format!("cannot open {bdf}"))?;
        // SAFETY: a positive answer is a new descriptor that nobody else owns.
        let device = unsafe { OwnedFd::from_raw_fd(fd) };
        self.devices.push(device.into());
        Ok(())
    }

    /// Its descriptor.
    pub fn fd(&self) -> RawFd {
        self.container.as_raw_fd()
    }

    /// The file of the `index`-th device.
    pub fn device(&self, index: usize) -> &File {
        &self.devices[index]
    }

    /// Whether an extension is there.
    pub fn has(&self, extension: i32) -> bool {
        ioctl_number(self.fd(), CHECK_EXTENSION, extension.into()) == Ok(1)
    }

    /// Maps `pages` (4 KiB each) of a region, beginning with page `first`.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn map(
        &self,
        region: &Region,
        first: usize,
        pages: usize,
        iova: u64,
        flags: u32,
    ) -> Result<(), Errno> {
        self.map_raw(&mut DmaMap {
            argsz: size_of::<DmaMap>() as u32,
            flags,
            vaddr: region.address(first),
            iova,
            size: (pages as u64) << 12,
        })
    }

    /// Maps as the structure says.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn map_raw(&self, map: &mut DmaMap) -> Result<(), Errno> {
        ioctl_struct(self.fd(), IOMMU_MAP_DMA, map).map(drop)
    }

    /// Unmaps a range; returns the bytes unmapped.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn unmap(&self, iova: u64, size: u64) -> Result<u64, Errno> {
        self.unmap_raw(&mut DmaUnmap {
            argsz: 24,
            iova,
            size,
            ..DmaUnmap::default()
        })
    }

    /// Unmaps everything; returns the bytes unmapped.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn unmap_all(&self) -> Result<u64, Errno> {
        self.unmap_raw(&mut DmaUnmap {
            argsz: 24,
            flags: UNMAP_ALL,
            ..DmaUnmap::default()
        })
    }

    /// Unmaps as the structure says; returns the bytes unmapped.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn unmap_raw(&self, unmap: &mut DmaUnmap) -> Result<u64, Errno> {
        ioctl_struct(self.fd(), IOMMU_UNMAP_DMA, unmap)?;
        Ok(unmap.size)
    }

    /// Starts, stops or reads dirty tracking as the structure says.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn dirty(&self, dirty: &mut Dirty) -> Result<(), Errno> {
        ioctl_struct(self.fd(), IOMMU_DIRTY_PAGES, dirty).map(drop)
    }

    /// `VFIO_IOMMU_GET_INFO`.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn info(&self) -> Result<Info> {
        let mut raw = InfoBuffer { words: [0; 128] };
        raw.words[0] = size_of::<InfoBuffer>() as u32;
        ioctl_struct(self.fd(), IOMMU_GET_INFO, &mut raw)?;
        Info::parse(&raw.words).context("VFIO_IOMMU_GET_INFO answered something unknown")
    }

    /// Where a region of the `device`-th device lies.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn region(&self, device: usize, index: u32) -> Result<RegionInfo> {
        let mut info = RegionInfo {
            argsz: size_of::<RegionInfo>() as u32,
            index,
            ..RegionInfo::default()
        };
        ioctl_struct(
            self.device(device).as_raw_fd(),
            DEVICE_GET_REGION_INFO,
            &mut info,
        )?;
        Ok(info)
    }
}

#[repr(C, align(8))]
struct InfoBuffer {
    words: [u32; 128],
}

/// What the IOMMU offers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Sizes that it maps in one entry, a bit each.
    pub pgsizes: u64,
    /// IOVAs that may be mapped: first and last of each range.
    pub ranges: Vec<(u64, u64)>,
    /// Mappings that may still be made.
    pub dma_avail: Option<u32>,
}

impl Info {
    /// `struct vfio_iommu_type1_info` and its capability chain: id 1 the IOVA
    /// ranges, id 3 the mappings left.
    fn parse(words: &[u32]) -> Option<Self> {
        let long =
            |at: usize| Some(u64::from(*words.get(at)?) | u64::from(*words.get(at + 1)?) << 32);
        let mut info = Self {
            pgsizes: long(2)?,
            ..Self::default()
        };
        let has_caps = words[1] & 2 != 0;
        let mut at = if has_caps { words.get(4)? / 4 } else { 0 } as usize;
        while at != 0 {
            let (id, next) = (words.get(at)? & 0xffff, words.get(at + 1)? / 4);
            match id {
                1 => {
                    for range in 0..*words.get(at + 2)? as usize {
                        info.ranges
                            .push((long(at + 4 + 4 * range)?, long(at + 6 + 4 * range)?));
                    }
                }
                3 => info.dma_avail = words.get(at + 2).copied(),
                _ => {}
            }
            // A chain only ever goes forward.
            at = if next as usize > at { next as usize } else { 0 };
        }
        Some(info)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_header() {
        // _IO(VFIO_TYPE, VFIO_BASE + 13), as `printf "%#x" VFIO_IOMMU_MAP_DMA`.
        assert_eq!(IOMMU_MAP_DMA, 0x3b71);
        assert_eq!(IOMMU_DIRTY_PAGES, 0x3b75);
    }

    #[test]
    fn the_capability_chain_is_followed() {
        let mut words = [0; 64];
        words[1] = 3;
        words[2] = 0x4020_1000;
        words[4] = 24;
        words[6..14].copy_from_slice(&[1 | 1 << 16, 64, 1, 0, 0x1000, 0, 0xfedf_ffff, 1]);
        words[16..19].copy_from_slice(&[3 | 1 << 16, 0, 65535]);
        let info = Info::parse(&words).unwrap();
        assert_eq!(info.pgsizes, 0x4020_1000);
        assert_eq!(info.ranges, [(0x1000, 0x1_fedf_ffff)]);
        assert_eq!(info.dma_avail, Some(65535));
    }

    #[test]
    fn a_chain_that_runs_in_circles_ends() {
        let mut words = [0; 64];
        words[1] = 2;
        words[4] = 24;
        words[6..8].copy_from_slice(&[7, 24]);
        assert!(Info::parse(&words).is_some());
    }
}
