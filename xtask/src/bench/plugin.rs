// SPDX-License-Identifier: GPL-2.0-only
//! The plugin that tells where instructions go, built for the QEMU that is here.

use std::path::PathBuf;

use anyhow::Result;

use crate::context::Cx;
use crate::job;
use crate::stop::Stop;
use crate::toolchain::version::Version;

/// QEMUs that speak the plugin's version of the API: from the first one that
/// had it to the last one before version 2.
const SINCE: Version = Version(5, 0, 0);
const BEFORE: Version = Version(9, 0, 0);

/// The plugin's file.
///
/// # Errors
/// A QEMU that would not load it; a compiler error.
pub fn build(cx: &Cx, qemu: Option<Version>) -> Result<PathBuf> {
    if let Some(reason) = unfit(qemu) {
        return Err(Stop::environment(format!(
            "--profile-functions is not available: {reason}"
        ))
        .help("install qemu-system-x86 of Debian 12, or leave the option out: the numbers need no plugin")
        .into());
    }
    job::build_profiler(cx)
}

fn unfit(qemu: Option<Version>) -> Option<String> {
    match qemu {
        Some(version) if version >= SINCE && version < BEFORE => None,
        Some(version) => Some(format!(
            "its plugin is for QEMU {}.{} and later, before {}.{}, and this is {version}",
            SINCE.0, SINCE.1, BEFORE.0, BEFORE.1
        )),
        None => Some("QEMU does not tell its version".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qemu_with_another_api_is_refused_by_name() {
        assert_eq!(unfit(Some(Version(7, 2, 22))), None);
        assert_eq!(unfit(Some(Version(8, 2, 9))), None);
        assert!(unfit(Some(Version(10, 0, 2))).unwrap().contains("10.0.2"));
        assert!(unfit(None).is_some());
    }
}
