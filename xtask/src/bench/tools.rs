// SPDX-License-Identifier: GPL-2.0-only
//! What a run was made with, as far as that changes what is counted. Pure.

use serde::{Deserialize, Serialize};

/// Part of a report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// What the kernels were compiled with, as they say: one unless they differ.
    pub compilers: Vec<String>,
    /// QEMU's version: its `max` CPU decides which instructions a kernel takes.
    pub qemu: String,
}

impl Tools {
    /// Why numbers that were made with `self` say nothing about numbers that
    /// were made with `now`.
    pub fn differ(&self, now: &Self) -> Option<String> {
        let compilers = |tools: &Self| tools.compilers.join(" and ");
        for (what, then, now) in [
            ("compiler", compilers(self), compilers(now)),
            ("QEMU", self.qemu.clone(), now.qemu.clone()),
        ] {
            if then.is_empty() {
                return Some(format!("the saved run does not tell its {what}"));
            }
            if then != now {
                return Some(format!(
                    "the saved run's {what} is {then}, this one's is {now}"
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_compiler_or_qemu_is_named() {
        let saved = Tools {
            compilers: vec!["gcc 12.2.0".into()],
            qemu: "7.2.22".into(),
        };
        assert_eq!(saved.differ(&saved), None);
        let now = Tools {
            compilers: vec!["gcc 14.2.0".into()],
            ..saved.clone()
        };
        let why = saved.differ(&now).unwrap();
        assert!(why.contains("12.2.0") && why.contains("14.2.0"), "{why}");
        let now = Tools {
            qemu: "10.0.2".into(),
            ..saved.clone()
        };
        assert!(saved.differ(&now).unwrap().contains("10.0.2"));
        assert!(Tools::default().differ(&saved).is_some());
    }
}
