// SPDX-License-Identifier: GPL-2.0-only
//! iommufd as user space sees it: an IO address space with a device in it.
//! Layouts and numbers are those of `include/uapi/linux/iommufd.h` and, for the
//! device's side, `include/uapi/linux/vfio.h`.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;

use anyhow::{Context, Result};
use nix::errno::Errno;

use crate::pci;
use crate::vfio::{io, ioctl_struct};

const fn iommufd(number: u64) -> libc::Ioctl {
    // _IO(';', number)
    (((b';' as u64) << 8) | number) as libc::Ioctl
}

const IOAS_ALLOC: libc::Ioctl = iommufd(0x81);
const IOAS_MAP: libc::Ioctl = iommufd(0x85);
const IOAS_UNMAP: libc::Ioctl = iommufd(0x86);
const IOAS_MAP_FILE: libc::Ioctl = iommufd(0x8f);
const DEVICE_BIND_IOMMUFD: libc::Ioctl = io(18);
const DEVICE_ATTACH_IOMMUFD_PT: libc::Ioctl = io(19);

/// `FIXED_IOVA`, `WRITEABLE` and `READABLE`.
const FLAGS: u32 = 7;

#[repr(C)]
#[derive(Default)]
struct IoasAlloc {
    size: u32,
    flags: u32,
    out_ioas_id: u32,
}
const _: () = assert!(size_of::<IoasAlloc>() == 12);

#[repr(C)]
#[derive(Default)]
struct IoasMap {
    size: u32,
    flags: u32,
    ioas_id: u32,
    reserved: u32,
    user_va: u64,
    length: u64,
    iova: u64,
}
const _: () = assert!(size_of::<IoasMap>() == 40);

#[repr(C)]
#[derive(Default)]
struct IoasMapFile {
    size: u32,
    flags: u32,
    ioas_id: u32,
    fd: i32,
    start: u64,
    length: u64,
    iova: u64,
}
const _: () = assert!(size_of::<IoasMapFile>() == 40);

#[repr(C)]
#[derive(Default)]
struct IoasUnmap {
    size: u32,
    ioas_id: u32,
    iova: u64,
    length: u64,
}
const _: () = assert!(size_of::<IoasUnmap>() == 24);

#[repr(C)]
#[derive(Default)]
struct DeviceBind {
    argsz: u32,
    flags: u32,
    iommufd: i32,
    out_devid: u32,
}
const _: () = assert!(size_of::<DeviceBind>() == 16);

#[repr(C)]
#[derive(Default)]
struct DeviceAttach {
    argsz: u32,
    flags: u32,
    pt_id: u32,
}
const _: () = assert!(size_of::<DeviceAttach>() == 12);

/// An IO address space and the device that uses it. The device's file, which is
/// dropped first, detaches it.
#[derive(Debug)]
pub struct Ioas {
    _device: File,
    iommufd: File,
    id: u32,
}

impl Ioas {
    /// A new address space with a device, by name: `0000:00:05.0`.
    ///
    /// # Errors
    /// When VFIO or iommufd refuses.
    pub fn open(bdf: &str) -> Result<Self> {
        let iommufd = open(Path::new("/dev/iommu"))?;
        let mut alloc = IoasAlloc {
            size: size_of::<IoasAlloc>() as u32,
            ..IoasAlloc::default()
        };
        ioctl_struct(iommufd.as_raw_fd(), IOAS_ALLOC, &mut alloc)
            .context("cannot make an IO address space")?;
        let device = open(&pci::character_device(bdf)?)?;
        let mut bind = DeviceBind {
            argsz: size_of::<DeviceBind>() as u32,
            iommufd: iommufd.as_raw_fd(),
            ..DeviceBind::default()
        };
        ioctl_struct(device.as_raw_fd(), DEVICE_BIND_IOMMUFD, &mut bind)
            .with_context(|| format!("cannot bind {bdf} to iommufd"))?;
        let mut attach = DeviceAttach {
            argsz: size_of::<DeviceAttach>() as u32,
            pt_id: alloc.out_ioas_id,
            ..DeviceAttach::default()
        };
        ioctl_struct(device.as_raw_fd(), DEVICE_ATTACH_IOMMUFD_PT, &mut attach)
            .with_context(|| format!("cannot attach {bdf}"))?;
        Ok(Self {
            _device: device,
            iommufd,
            id: alloc.out_ioas_id,
        })
    }

    /// Maps memory of this process for reading and writing.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn map(&self, address: u64, length: u64, iova: u64) -> Result<(), Errno> {
        let mut map = IoasMap {
            size: size_of::<IoasMap>() as u32,
            flags: FLAGS,
            ioas_id: self.id,
            user_va: address,
            length,
            iova,
            ..IoasMap::default()
        };
        ioctl_struct(self.iommufd.as_raw_fd(), IOAS_MAP, &mut map).map(drop)
    }

    /// Maps a part of a memfd for reading and writing.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn map_file(&self, file: &File, start: u64, length: u64, iova: u64) -> Result<(), Errno> {
        let mut map = IoasMapFile {
            size: size_of::<IoasMapFile>() as u32,
            flags: FLAGS,
            ioas_id: self.id,
            fd: file.as_raw_fd(),
            start,
            length,
            iova,
        };
        ioctl_struct(self.iommufd.as_raw_fd(), IOAS_MAP_FILE, &mut map).map(drop)
    }

    /// Unmaps a range; returns the bytes unmapped.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn unmap(&self, iova: u64, length: u64) -> Result<u64, Errno> {
        let mut unmap = IoasUnmap {
            size: size_of::<IoasUnmap>() as u32,
            ioas_id: self.id,
            iova,
            length,
        };
        ioctl_struct(self.iommufd.as_raw_fd(), IOAS_UNMAP, &mut unmap)?;
        Ok(unmap.length)
    }

    /// Unmaps everything; returns the bytes unmapped.
    ///
    /// # Errors
    /// What the kernel answers.
    pub fn unmap_all(&self) -> Result<u64, Errno> {
        self.unmap(0, u64::MAX)
    }
}

fn open(path: &Path) -> Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .with_context(|| format!("cannot open {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_are_those_of_the_header() {
        // As `printf "%#x"` of IOMMU_IOAS_MAP_FILE and VFIO_DEVICE_BIND_IOMMUFD.
        assert_eq!(IOAS_MAP_FILE, 0x3b8f);
        assert_eq!(DEVICE_BIND_IOMMUFD, 0x3b76);
    }
}
