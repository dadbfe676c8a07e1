// SPDX-License-Identifier: GPL-2.0-only
//! Versions, as programs print them.

use std::fmt;

/// A dotted version; missing parts count as zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// The first dotted number in a text such as `gcc (Debian 12.2.0-14) 12.2.0`.
    ///
    /// A number in brackets is the packager's word for the same version, so
    /// the first one will do.
    pub fn find(text: &str) -> Option<Self> {
        text.split(|c: char| !(c.is_ascii_digit() || c == '.'))
            .filter(|word| word.contains('.') && word.starts_with(|c: char| c.is_ascii_digit()))
            .find_map(Self::parse)
    }

    fn parse(word: &str) -> Option<Self> {
        let mut parts = word.trim_end_matches('.').split('.').map(str::parse);
        let mut next = || parts.next().unwrap_or(Ok(0)).ok();
        Some(Self(next()?, next()?, next()?))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_programs_print_them() {
        for (text, version) in [
            ("gcc (Debian 12.2.0-14+deb12u1) 12.2.0", Version(12, 2, 0)),
            ("rustc 1.96.0 (ac68faa20 2026-05-25)", Version(1, 96, 0)),
            ("rustc 1.98.0-nightly (abc 2026-07-01)", Version(1, 98, 0)),
            ("bindgen 0.72.1", Version(0, 72, 1)),
            (
                "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)",
                Version(7, 2, 22),
            ),
            ("GNU Make 4.3", Version(4, 3, 0)),
            ("bison (GNU Bison) 3.8.2", Version(3, 8, 2)),
            ("git version 2.47.3", Version(2, 47, 3)),
        ] {
            assert_eq!(Version::find(text), Some(version), "{text}");
        }
        assert_eq!(Version::find("command not found"), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(Version(1, 100, 0) > Version(1, 85, 0));
        assert!(Version(0, 71, 0) < Version(0, 71, 1));
    }
}
