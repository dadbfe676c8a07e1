// SPDX-License-Identifier: GPL-2.0-only
//! What tells where instructions go: a plugin, where the QEMU that is here can
//! load it, else ftrace inside the guest. The plugin is exact and disturbs
//! nothing; ftrace needs a kernel of its own and counts itself.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use guest::protocol;

use crate::boot::qemu::PROGRAM;
use crate::context::Cx;
use crate::job;
use crate::toolchain::version::Version;

/// QEMUs that speak the plugin's version of the API: from the first one that
/// had it to the last one before version 2.
const SINCE: Version = Version(5, 0, 0);
const BEFORE: Version = Version(9, 0, 0);

/// Who looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Profiler {
    /// A plugin of QEMU: its file.
    Plugin(PathBuf),
    /// The kernel's function profiler, in a kernel built for it.
    Ftrace,
}

impl Profiler {
    /// The better one of those that work with this QEMU.
    ///
    /// # Errors
    /// A compiler error.
    pub fn choose(cx: &Cx, qemu: Option<Version>) -> Result<Self> {
        match unfit(qemu, takes_plugins()) {
            None => Ok(Self::Plugin(job::build_profiler(cx)?)),
            Some(reason) => {
                cx.ui
                    .stage("profile", &format!("by ftrace in the guest: {reason}"));
                Ok(Self::Ftrace)
            }
        }
    }

    /// What the guest is told.
    pub(super) fn orders(&self) -> protocol::Profiler {
        match self {
            Self::Plugin(_) => protocol::Profiler::Plugin,
            Self::Ftrace => protocol::Profiler::Ftrace,
        }
    }

    /// What QEMU has to load.
    pub(super) fn plugin(&self) -> Option<&Path> {
        match self {
            Self::Plugin(file) => Some(file),
            Self::Ftrace => None,
        }
    }
}

/// Whether QEMU was compiled with plugins.
fn takes_plugins() -> bool {
    Command::new(PROGRAM)
        .arg("-help")
        .output()
        .is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .lines()
                .any(|line| line.starts_with("-plugin"))
        })
}

fn unfit(qemu: Option<Version>, takes_plugins: bool) -> Option<String> {
    match qemu {
        _ if !takes_plugins => Some("this QEMU takes no plugins".into()),
        Some(version) if version >= SINCE && version < BEFORE => None,
        Some(version) => Some(format!(
            "the plugin is for QEMU {}.{} and later, before {}.{}, and this is {version}",
            SINCE.0, SINCE.1, BEFORE.0, BEFORE.1
        )),
        None => Some("QEMU does not tell its version".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_qemu_with_another_api_or_none_gets_no_plugin() {
        assert_eq!(unfit(Some(Version(7, 2, 22)), true), None);
        assert_eq!(unfit(Some(Version(8, 2, 9)), true), None);
        assert!(unfit(Some(Version(8, 2, 9)), false).is_some());
        assert!(
            unfit(Some(Version(10, 0, 2)), true)
                .unwrap()
                .contains("10.0.2")
        );
        assert!(unfit(None, true).is_some());
    }
}
