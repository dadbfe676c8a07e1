// SPDX-License-Identifier: GPL-2.0-only
//! The table of what is needed. Minimum versions are the kernel's own, from
//! `Documentation/process/changes.rst` and `scripts/min-tool-version.sh` of
//! 7.3, unless a comment says otherwise.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::context::Cx;

use super::distro::Packages;
use super::version::Version;

/// One thing that is needed.
#[derive(Clone, Copy)]
pub struct Requirement {
    /// What it is called.
    pub name: &'static str,
    /// What is wanted, for people: `>= 1.85, with its library source`.
    pub wanted: &'static str,
    /// Looks for it, and changes nothing.
    pub probe: fn(&Cx) -> Found,
    /// What brings it.
    pub packages: Packages,
    /// A crate that brings it where no package does: name and version.
    pub cargo: Option<(&'static str, &'static str)>,
    /// When it is needed.
    pub need: Need,
}

/// When a requirement is needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// For anything.
    Always,
    /// For the debug kernel.
    Debug,
    /// For the tests of this workspace.
    Tests,
    /// It is better with it.
    Never,
}

/// What a probe found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// It will do: version or place.
    Good(String),
    /// It is there and will not do: what is wrong.
    Unfit(String),
    /// It is not there.
    Missing,
}

impl Found {
    /// Whether it will do.
    pub fn is_good(&self) -> bool {
        matches!(self, Self::Good(_))
    }
}

/// A program and what it calls its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Program or folder.
    pub path: PathBuf,
    /// As printed.
    pub version: String,
}

const GIT: Version = Version(2, 34, 0); // `git apply --cached` beside a sparse index
const MAKE: Version = Version(4, 0, 0);
const GCC: Version = Version(8, 1, 0);
const FLEX: Version = Version(2, 5, 35);
const BISON: Version = Version(2, 0, 0);
const RUSTC: Version = Version(1, 85, 0);
const BINDGEN: Version = Version(0, 71, 1);
const LIBCLANG: u32 = 17;
const CLANG: Version = Version(17, 0, 1);
const QEMU: Version = Version(7, 0, 0); // the oldest that ran every scenario is 7.2

/// Every requirement, in the order in which it is needed.
pub fn all() -> Vec<Requirement> {
    let need = |name, wanted, probe, packages| Requirement {
        name,
        wanted,
        probe,
        packages,
        cargo: None,
        need: Need::Always,
    };
    vec![
        need(
            "git",
            ">= 2.34",
            |_| program("git", GIT),
            Packages::same(&["git"]),
        ),
        need(
            "make",
            ">= 4.0",
            |_| program("make", MAKE),
            Packages::same(&["make"]),
        ),
        need(
            "gcc",
            ">= 8.1",
            |_| program("gcc", GCC),
            Packages::same(&["gcc"]),
        ),
        need(
            "ld",
            ">= 2.30",
            |_| program("ld", Version(2, 30, 0)),
            Packages::same(&["binutils"]),
        ),
        need(
            "flex",
            ">= 2.5.35",
            |_| program("flex", FLEX),
            Packages::same(&["flex"]),
        ),
        need(
            "bison",
            ">= 2.0",
            |_| program("bison", BISON),
            Packages::same(&["bison"]),
        ),
        need("bc", "any", |_| present("bc"), Packages::same(&["bc"])),
        need(
            "perl",
            "any",
            |_| present("perl"),
            Packages::same(&["perl"]),
        ),
        need(
            "rsync",
            "any (headers_install)",
            |_| present("rsync"),
            Packages::same(&["rsync"]),
        ),
        need(
            "xz",
            "any",
            |_| present("xz"),
            Packages {
                bookworm: &["xz-utils"],
                debian: &["xz-utils"],
                fedora: &["xz"],
                arch: &["xz"],
            },
        ),
        need(
            "libelf",
            "gelf.h (objtool)",
            |_| header("gelf.h"),
            Packages {
                bookworm: &["libelf-dev"],
                debian: &["libelf-dev"],
                fedora: &["elfutils-libelf-devel"],
                arch: &["libelf"],
            },
        ),
        need(
            "static libc",
            "libc.a (the guest's init)",
            |_| static_libc(),
            Packages {
                bookworm: &["libc6-dev"],
                debian: &["libc6-dev"],
                fedora: &["glibc-static"],
                arch: &["glibc"],
            },
        ),
        need(
            "rustc",
            ">= 1.85, with its library source",
            |cx| found(rustc(cx)),
            Packages {
                bookworm: &["rustc-web", "rust-web-src"],
                debian: &["rustc", "rust-src"],
                fedora: &["rust", "rust-src"],
                arch: &["rust", "rust-src"],
            },
        ),
        need(
            "libclang",
            ">= 17",
            |_| found(libclang()),
            Packages {
                bookworm: &["libclang-19-dev"],
                debian: &["libclang-19-dev"],
                fedora: &["clang-devel"],
                arch: &["clang"],
            },
        ),
        Requirement {
            cargo: Some(("bindgen-cli", "0.72.1")),
            ..need(
                "bindgen",
                ">= 0.71.1",
                |cx| found(bindgen(cx)),
                Packages {
                    bookworm: &[],
                    debian: &["bindgen"],
                    fedora: &["bindgen-cli"],
                    arch: &["rust-bindgen"],
                },
            )
        },
        need(
            "qemu",
            ">= 7.0, x86_64",
            |_| program("qemu-system-x86_64", QEMU),
            Packages {
                bookworm: &["qemu-system-x86"],
                debian: &["qemu-system-x86"],
                fedora: &["qemu-system-x86-core"],
                arch: &["qemu-system-x86"],
            },
        ),
        // With KASAN, Rust for the kernel depends on CC_IS_CLANG (init/Kconfig).
        Requirement {
            need: Need::Debug,
            ..need(
                "clang",
                ">= 17 (only for --profile debug)",
                |_| found(clang()),
                Packages {
                    bookworm: &["clang-19"],
                    debian: &["clang-19"],
                    fedora: &["clang"],
                    arch: &["clang"],
                },
            )
        },
        Requirement {
            need: Need::Tests,
            ..need(
                "python3",
                "any, with venv (only for cargo xtask ci)",
                |_| python(),
                Packages {
                    bookworm: &["python3-venv"],
                    debian: &["python3-venv"],
                    fedora: &["python3"],
                    arch: &["python"],
                },
            )
        },
        Requirement {
            need: Need::Never,
            ..need(
                "ccache",
                "any (a second build takes a third of the time)",
                |_| present("ccache"),
                Packages::same(&["ccache"]),
            )
        },
    ]
}

fn found(tool: Option<Tool>) -> Found {
    tool.map_or(Found::Missing, |tool| {
        Found::Good(format!("{} ({})", tool.version, tool.path.display()))
    })
}

/// A program in `PATH` of at least this version.
fn program(name: &str, wanted: Version) -> Found {
    let Some(path) = on_path(name) else {
        return Found::Missing;
    };
    judge(version_of(&path), wanted)
}

fn judge(version: Option<Version>, wanted: Version) -> Found {
    match version {
        Some(version) if version >= wanted => Found::Good(version.to_string()),
        Some(version) => Found::Unfit(format!("{version} is too old")),
        None => Found::Unfit("prints no version".into()),
    }
}

fn present(name: &str) -> Found {
    on_path(name).map_or(Found::Missing, |path| {
        Found::Good(path.display().to_string())
    })
}

fn header(name: &str) -> Found {
    [
        "/usr/include",
        "/usr/local/include",
        "/usr/include/x86_64-linux-gnu",
    ]
    .iter()
    .map(|dir| Path::new(dir).join(name))
    .find(|path| path.exists())
    .map_or(Found::Missing, |path| {
        Found::Good(path.display().to_string())
    })
}

/// Debian's python3 alone cannot fill a virtual environment.
fn python() -> Found {
    let script = "import ensurepip, platform, venv; print(platform.python_version())";
    match output(Command::new("python3").args(["-c", script])) {
        Some(version) => Found::Good(version.trim().to_owned()),
        None => Found::Missing,
    }
}

fn static_libc() -> Found {
    let Some(gcc) = on_path("gcc") else {
        return Found::Missing;
    };
    match output(Command::new(gcc).arg("-print-file-name=libc.a")) {
        Some(path) if Path::new(path.trim()).is_absolute() => Found::Good(path.trim().to_owned()),
        _ => Found::Missing,
    }
}

/// A rustc that can build the kernel: new enough, and with the source of its
/// library beside it. The user's `RUSTC` first, then the distribution's, then
/// rustup's: a rustup toolchain seldom has the rust-src component.
pub fn rustc(_: &Cx) -> Option<Tool> {
    let candidates = std::env::var_os("RUSTC").map(PathBuf::from).into_iter();
    candidates
        .chain([PathBuf::from("/usr/bin/rustc")])
        .chain(on_path("rustc"))
        .find_map(|path| {
            let version = output(Command::new(&path).arg("--version"))?;
            let sysroot = output(Command::new(&path).args(["--print", "sysroot"]))?;
            let source =
                Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/core/src/lib.rs");
            (Version::find(&version)? >= RUSTC && source.exists()).then(|| Tool {
                path,
                version: version.trim().to_owned(),
            })
        })
}

/// bindgen: the user's `BINDGEN`, our own, or one in `PATH`.
pub fn bindgen(cx: &Cx) -> Option<Tool> {
    let own = cx.paths.tools().join("bin/bindgen");
    let candidates = std::env::var_os("BINDGEN").map(PathBuf::from).into_iter();
    candidates
        .chain([own])
        .chain(on_path("bindgen"))
        .find_map(|path| {
            let version = output(Command::new(&path).arg("--version"))?;
            (Version::find(&version)? >= BINDGEN).then(|| Tool {
                path,
                version: version.trim().to_owned(),
            })
        })
}

/// The folder of the newest libclang.
pub fn libclang() -> Option<Tool> {
    if let Some(path) = std::env::var_os("LIBCLANG_PATH") {
        let path = PathBuf::from(path);
        return path.exists().then(|| Tool {
            path,
            version: "LIBCLANG_PATH".into(),
        });
    }
    let debian = std::fs::read_dir("/usr/lib")
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let major = entry
                .file_name()
                .to_str()?
                .strip_prefix("llvm-")?
                .parse::<u32>()
                .ok()?;
            Some((major, entry.path().join("lib")))
        });
    let others = ["/usr/lib64", "/usr/lib"].into_iter().filter_map(|dir| {
        let major = std::fs::read_dir(dir)
            .ok()?
            .flatten()
            .filter_map(|entry| soname_major(entry.file_name().to_str()?))
            .max()?;
        Some((major, PathBuf::from(dir)))
    });
    debian
        .chain(others)
        .filter(|(major, dir)| *major >= LIBCLANG && has_libclang(dir))
        .max_by_key(|(major, _)| *major)
        .map(|(major, path)| Tool {
            path,
            version: format!("libclang {major}"),
        })
}

/// The clang that goes with libclang, or one in `PATH`.
pub fn clang() -> Option<Tool> {
    let beside = libclang().map(|libclang| libclang.path.join("../bin/clang"));
    beside.into_iter().chain(on_path("clang")).find_map(|path| {
        let version = version_of(&path)?;
        (version >= CLANG).then(|| Tool {
            path: path.canonicalize().unwrap_or(path),
            version: format!("clang {version}"),
        })
    })
}

fn has_libclang(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|entries| {
        entries.flatten().any(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libclang.so") || name.starts_with("libclang-") && name.contains(".so")
        })
    })
}

/// `libclang.so.19.1.7` is of major version 19.
fn soname_major(name: &str) -> Option<u32> {
    name.strip_prefix("libclang.so.")?
        .split('.')
        .next()?
        .parse()
        .ok()
}

/// Where `name` is in `PATH`.
pub fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|dir| dir.join(name))
        .find(|path| path.is_file())
}

/// The version a program prints for `--version`.
pub fn version_of(path: &Path) -> Option<Version> {
    Version::find(&output(Command::new(path).arg("--version"))?)
}

fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stdin(Stdio::null())
        .env("LC_ALL", "C")
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::toolchain::distro::Distro;

    #[test]
    fn a_program_that_is_too_old_is_not_called_missing() {
        assert_eq!(
            judge(Some(Version(6, 2, 0)), QEMU),
            Found::Unfit("6.2.0 is too old".into())
        );
        assert!(judge(Some(Version(7, 2, 22)), QEMU).is_good());
        assert_eq!(program("no-such-program", QEMU), Found::Missing);
    }

    #[test]
    fn each_distribution_has_a_way_to_each_requirement() {
        for requirement in all() {
            for distro in [
                Distro::Bookworm,
                Distro::Debian,
                Distro::Fedora,
                Distro::Arch,
            ] {
                assert!(
                    !requirement.packages.on(distro).is_empty() || requirement.cargo.is_some(),
                    "{} on {distro:?}",
                    requirement.name
                );
            }
        }
    }

    #[test]
    fn the_soname_tells_the_version() {
        assert_eq!(soname_major("libclang.so.19.1.7"), Some(19));
        assert_eq!(soname_major("libclang-cpp.so.19"), None);
        assert_eq!(soname_major("libclang.so"), None);
    }
}
