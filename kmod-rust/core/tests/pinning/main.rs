// SPDX-License-Identifier: GPL-2.0-only
//! The core against a model that goes page by page: in small universes with
//! everything that can happen in them, and in large ones at random.

mod exhaustive;
mod model;
mod properties;
mod world;
