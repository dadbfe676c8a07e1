// SPDX-License-Identifier: GPL-2.0-only
//! The init of the test VM, as a library: the host links it too, for the
//! [`protocol`] and for the list of [`scenarios`].

pub mod bench;
pub mod channel;
pub mod context;
pub mod init;
pub mod iommufd;
pub mod kernel;
pub mod memory;
pub mod nvme;
pub mod pci;
pub mod probe;
pub mod protocol;
pub mod scenarios;
pub mod vfio;
