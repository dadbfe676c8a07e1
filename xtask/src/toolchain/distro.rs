// SPDX-License-Identifier: GPL-2.0-only
//! Which packages bring what is missing, by distribution.

/// A family of distributions with one package manager.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distro {
    /// Debian 12, whose rustc is the one for the web browsers.
    Bookworm,
    /// Debian 13 and later, and its derivatives.
    Debian,
    /// Fedora and relatives.
    Fedora,
    /// Arch and relatives.
    Arch,
    /// Something else.
    Unknown,
}

/// Package names by family; an empty list says that the distribution has none.
#[derive(Clone, Copy, Debug)]
pub struct Packages {
    /// Debian 12.
    pub bookworm: &'static [&'static str],
    /// Debian 13 and later.
    pub debian: &'static [&'static str],
    /// dnf.
    pub fedora: &'static [&'static str],
    /// pacman.
    pub arch: &'static [&'static str],
}

impl Packages {
    /// The same name everywhere.
    pub const fn same(name: &'static [&'static str]) -> Self {
        Self {
            bookworm: name,
            debian: name,
            fedora: name,
            arch: name,
        }
    }

    /// The names for one distribution.
    pub fn on(&self, distro: Distro) -> &'static [&'static str] {
        match distro {
            Distro::Bookworm => self.bookworm,
            Distro::Debian | Distro::Unknown => self.debian,
            Distro::Fedora => self.fedora,
            Distro::Arch => self.arch,
        }
    }
}

impl Distro {
    /// This machine's.
    pub fn here() -> Self {
        Self::of(&std::fs::read_to_string("/etc/os-release").unwrap_or_default())
    }

    /// From the text of `os-release`(5).
    pub fn of(os_release: &str) -> Self {
        let value = |key: &str| {
            os_release
                .lines()
                .find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
                .map(|value| value.trim_matches('"').to_owned())
                .unwrap_or_default()
        };
        let id = value("ID");
        let family = format!("{id} {}", value("ID_LIKE"));
        let is = |name: &str| family.split(' ').any(|word| word == name);
        if id == "debian" && value("VERSION_ID") == "12" {
            Self::Bookworm
        } else if is("debian") || is("ubuntu") {
            Self::Debian
        } else if is("fedora") || is("rhel") {
            Self::Fedora
        } else if is("arch") {
            Self::Arch
        } else {
            Self::Unknown
        }
    }

    /// Whether apt is the package manager, the one that `setup` drives itself.
    pub fn has_apt(self) -> bool {
        matches!(self, Self::Bookworm | Self::Debian)
    }

    /// The command that installs `packages`, as a person would type it.
    pub fn install_line(self, packages: &[&str], root: bool) -> String {
        let sudo = if root { "" } else { "sudo " };
        let list = packages.join(" ");
        match self {
            Self::Bookworm | Self::Debian => {
                format!("{sudo}apt-get install --yes --no-install-recommends {list}")
            }
            Self::Fedora => format!("{sudo}dnf install --assumeyes {list}"),
            Self::Arch => format!("{sudo}pacman --sync --needed --noconfirm {list}"),
            Self::Unknown => format!("install (names as in Debian): {list}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distributions_are_told_apart() {
        for (text, distro) in [
            ("ID=debian\nVERSION_ID=\"12\"\n", Distro::Bookworm),
            ("ID=debian\nVERSION_ID=\"13\"\n", Distro::Debian),
            (
                "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=\"26.04\"\n",
                Distro::Debian,
            ),
            ("ID=fedora\nVERSION_ID=44\n", Distro::Fedora),
            (
                "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n",
                Distro::Fedora,
            ),
            ("ID=endeavouros\nID_LIKE=arch\n", Distro::Arch),
            ("ID=nixos\n", Distro::Unknown),
            ("", Distro::Unknown),
        ] {
            assert_eq!(Distro::of(text), distro, "{text}");
        }
    }

    #[test]
    fn the_line_is_what_the_user_types() {
        assert_eq!(
            Distro::Bookworm.install_line(&["bc", "flex"], false),
            "sudo apt-get install --yes --no-install-recommends bc flex"
        );
        assert!(
            Distro::Fedora
                .install_line(&["bc"], true)
                .starts_with("dnf install")
        );
        assert!(
            Distro::Arch
                .install_line(&["bc"], false)
                .starts_with("sudo pacman")
        );
    }
}
