// SPDX-License-Identifier: GPL-2.0-only
//! What changed since a version that was sent: its patches are kept in the
//! folder `vN` of the series, and applied again to be compared.

use anyhow::Result;

use crate::context::Cx;
use crate::proc::{self, git};
use crate::source::Source;
use crate::stop::Stop;
use crate::tree;

use super::{Series, patch_files};

/// `git range-diff` from version `version` to the commit `head`, both on the
/// base of today.
///
/// # Errors
/// A version that is not kept, or that does not apply any more.
pub fn range_diff(
    cx: &Cx,
    series: &Series,
    source: &Source,
    version: u32,
    head: &str,
) -> Result<String> {
    let archive = series.archive(version);
    if !archive.is_dir() {
        return Err(Stop::environment(format!("{} does not exist", archive.display())).into());
    }
    let old = tree::try_apply(cx, source, &patch_files(&archive)?)?;
    let base = &source.commit;
    proc::read(git(&cx.paths.work_repo()).args([
        "range-diff",
        "--no-color",
        "--creation-factor=75",
        &format!("{base}..{old}"),
        &format!("{base}..{head}"),
    ]))
}
