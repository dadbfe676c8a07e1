// SPDX-License-Identifier: GPL-2.0-only
//! What this machine has: the programs and libraries that a kernel with Rust,
//! a static guest and a VM need. `doctor` prints it, `setup` completes it, the
//! build uses it.

pub mod distro;
pub mod requirements;
pub mod version;

use std::path::PathBuf;

use anyhow::Result;

use crate::context::Cx;
use crate::stop::Stop;

use requirements::{Found, Requirement};

/// The tools whose place is not simply `PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Toolchain {
    /// A rustc whose library source is installed.
    pub rustc: PathBuf,
    /// `rustc --version`.
    pub rustc_version: String,
    /// bindgen.
    pub bindgen: PathBuf,
    /// The folder with libclang, for bindgen.
    pub libclang: PathBuf,
    /// clang, if it is installed; the debug kernel needs it.
    pub clang: Option<PathBuf>,
    /// ccache, if it is installed.
    pub ccache: Option<PathBuf>,
}

impl Toolchain {
    /// Finds the tools.
    ///
    /// # Errors
    /// A kernel with Rust cannot be built here: which tool is missing.
    pub fn find(cx: &Cx) -> Result<Self> {
        let missing = |what: &str| {
            Stop::environment(format!("{what}: a kernel with Rust cannot be built"))
                .help("cargo xtask doctor     # what is missing")
                .help("cargo xtask setup      # installs it")
        };
        let rustc = requirements::rustc(cx)
            .ok_or_else(|| missing("no rustc >= 1.85 with its library source"))?;
        Ok(Self {
            rustc_version: rustc.version,
            rustc: rustc.path,
            bindgen: requirements::bindgen(cx)
                .ok_or_else(|| missing("no bindgen >= 0.71.1"))?
                .path,
            libclang: requirements::libclang()
                .ok_or_else(|| missing("no libclang >= 17"))?
                .path,
            clang: requirements::clang().map(|clang| clang.path),
            ccache: requirements::on_path("ccache"),
        })
    }

    /// The variables that tell the kernel's build about them.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        vec![
            ("RUSTC", self.rustc.display().to_string()),
            ("BINDGEN", self.bindgen.display().to_string()),
            ("LIBCLANG_PATH", self.libclang.display().to_string()),
        ]
    }
}

/// Every requirement with what was found.
pub fn examine(cx: &Cx) -> Vec<(Requirement, Found)> {
    requirements::all()
        .into_iter()
        .map(|requirement| (requirement, (requirement.probe)(cx)))
        .collect()
}
