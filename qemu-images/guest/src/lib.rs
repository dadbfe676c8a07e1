// SPDX-License-Identifier: GPL-2.0-only
//! The init of the test VM, as a library: the host links it too, for the
//! [`protocol`] and for the list of [`scenarios`].

pub mod protocol;
pub mod scenarios;
