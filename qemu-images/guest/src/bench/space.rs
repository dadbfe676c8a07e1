// SPDX-License-Identifier: GPL-2.0-only
//! An IO address space, whichever way it is spoken to.

use anyhow::{Context, Result};
use nix::errno::Errno;

use crate::iommufd::Ioas;
use crate::memory::{PAGE, Region};
use crate::pci;
use crate::protocol::BenchApi;
use crate::vfio::{Api, Container, READ, WRITE};

/// An address space with the first device in it.
pub(super) enum Space {
    /// The ioctls of type1.
    Type1(Container),
    /// `IOMMU_IOAS_MAP`.
    Memory(Ioas),
    /// `IOMMU_IOAS_MAP_FILE`.
    File(Ioas),
}

impl Space {
    pub(super) fn open(api: BenchApi) -> Result<Self> {
        let device = pci::nvme_controllers()?
            .into_iter()
            .next()
            .context("there is no device")?;
        Ok(match api {
            BenchApi::Type1 => Self::Type1(Container::open(Api::V2, &[&device])?),
            BenchApi::IommufdCompat => Self::Type1(Container::open_compat(Api::V2, &[&device])?),
            BenchApi::Iommufd => Self::Memory(Ioas::open(&device)?),
            BenchApi::IommufdFile => Self::File(Ioas::open(&device)?),
        })
    }

    /// Maps `pages` pages of a region, beginning with page `first`.
    pub(super) fn map(
        &self,
        region: &Region,
        first: usize,
        pages: usize,
        iova: u64,
    ) -> Result<(), Errno> {
        let length = (pages * PAGE) as u64;
        match self {
            Self::Type1(container) => container.map(region, first, pages, iova, READ | WRITE),
            Self::Memory(ioas) => ioas.map(region.address(first), length, iova),
            Self::File(ioas) => {
                let file = region.file().ok_or(Errno::EBADF)?;
                ioas.map_file(file, (first * PAGE) as u64, length, iova)
            }
        }
    }

    /// Unmaps a range; returns the bytes unmapped.
    pub(super) fn unmap(&self, iova: u64, length: u64) -> Result<u64, Errno> {
        match self {
            Self::Type1(container) => container.unmap(iova, length),
            Self::Memory(ioas) | Self::File(ioas) => ioas.unmap(iova, length),
        }
    }

    /// Unmaps everything; returns the bytes unmapped.
    pub(super) fn unmap_all(&self) -> Result<u64, Errno> {
        match self {
            Self::Type1(container) => container.unmap_all(),
            Self::Memory(ioas) | Self::File(ioas) => ioas.unmap_all(),
        }
    }
}
