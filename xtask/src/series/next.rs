// SPDX-License-Identifier: GPL-2.0-only
//! From a version that was sent to the next one.

use sha2::{Digest, Sha256};

use crate::source::archive::hex;

/// A new change-id: `<date>-<slug>-<hex>`.
pub fn new_change_id(name: &str) -> String {
    let now = jiff::Timestamp::now();
    let mut hasher = Sha256::new();
    hasher.update(name);
    hasher.update(now.as_nanosecond().to_le_bytes());
    let random = hex(&hasher.finalize());
    format!("{}-{name}-{}", now.strftime("%Y%m%d"), &random[..12])
}
