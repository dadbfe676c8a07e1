// SPDX-License-Identifier: GPL-2.0-only
//! What VFIO type1 decides about memory. In: runs of pages, from whoever pins
//! them or from the IOMMU's page table, and what is locked already. Out: runs
//! to map or to unpin, and by how much the count of locked pages changes.
//!
//! It stands apart from the kernel so that every decision can be tested on the
//! host. It uses `core` alone, refers to itself by `super` alone, and compiles
//! as a crate and as a module of the kernel's.
//!
//! # Units
//!
//! Everything is counted in pages of `PAGE_SIZE`, in [`u64`]: 2^32 pages and
//! more are ordinary numbers. A *pfn* numbers physical pages, a *page* the
//! virtual pages of a process, an *iova* those of a device; all three are
//! addresses divided by `PAGE_SIZE`. Ranges are half open: `first` and
//! [`start`](Request::iova) belong to them, `end` does not.
//!
//! # What cannot happen
//!
//! - A run that is empty, or that ends beyond the last number: [`PageRun`]
//!   cannot be made that way.
//! - A pin that is never returned, returned twice, or returned in another way
//!   than it was taken: [`Pinned`] owns it and knows how.
//! - A leftover that is handed out for an address where it was not found:
//!   [`Pinner`] knows where its leftovers belong.
//! - A panic, whatever a source answers: no arithmetic that can overflow, no
//!   indexing, no unwrapping. The lints below hold in the kernel as well.

#![forbid(unsafe_code)]
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::panic_in_result_fn,
    clippy::string_slice,
    clippy::todo,
    clippy::unimplemented,
    clippy::unreachable,
    clippy::unwrap_used
)]

mod budget;
mod extent;
mod held;
mod huge;
mod map;
mod pinner;
mod run;
mod unmap;

pub use budget::{
    unlocked,
    Budget,
    BudgetError,
    Limit, //
};
pub use extent::{
    prefix,
    Extents,
    Prefix,
    Translation, //
};
pub use held::{
    Mechanism,
    Pinned, //
};
pub use huge::HugePage;
pub use map::{
    map,
    Target, //
};
pub use pinner::{
    unaccount,
    Ledger,
    PinError,
    Pinner,
    Request,
    Source, //
};
pub use run::PageRun;
pub use unmap::{
    unmap,
    Room,
    Unmapper, //
};
