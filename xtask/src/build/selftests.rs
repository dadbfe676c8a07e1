// SPDX-License-Identifier: GPL-2.0-only
//! The kernel's own vfio selftests, from the tree under test, unmodified and
//! static, so that they run in a guest without a C library.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::context::Cx;
use crate::fsx;
use crate::proc::{self, git};
use crate::tree::Tree;

use super::Make;

/// The programs that need no device of their own.
pub const PROGRAMS: [&str; 5] = [
    "vfio_dma_mapping_test",
    "vfio_dma_mapping_mmio_test",
    "vfio_iommufd_setup_test",
    "vfio_pci_device_init_perf_test",
    "vfio_pci_device_test",
];

/// What the programs are made from, as paths in the kernel tree.
const SOURCES: [&str; 5] = [
    "include",
    "arch/x86/include",
    "tools/testing/selftests/vfio",
    "tools/testing/selftests/lib.mk",
    "tools/include",
];

/// Builds the programs, or finds them built from the same sources.
///
/// # Errors
/// A compiler error, in full.
pub fn build(cx: &Cx, tree: &Tree, make: &Make) -> Result<Vec<PathBuf>> {
    let out = make.dir().join("selftests");
    let stamp = out.join("built-from");
    let mut revisions = git(&tree.src);
    revisions
        .arg("rev-parse")
        .args(SOURCES.map(|path| format!("{}:{path}", tree.id)));
    let sources = proc::read(&mut revisions)?;
    let programs: Vec<PathBuf> = PROGRAMS.iter().map(|name| out.join(name)).collect();
    if std::fs::read_to_string(&stamp).is_ok_and(|old| old == sources)
        && programs.iter().all(|path| path.exists())
    {
        return Ok(programs);
    }
    let bar = cx
        .ui
        .spinner("build", &format!("{} selftests", tree.variant.name()));
    fsx::remove_dir(&out)?;
    fsx::create_dir(&out)?;
    let headers = out.join("headers");
    make.run(
        &[
            "headers_install",
            &format!("INSTALL_HDR_PATH={}", headers.display()),
        ],
        "headers",
        |line| bar.say(line.trim()),
    )?;
    make.run_in(
        "tools/testing/selftests/vfio",
        &[
            &format!("OUTPUT={}", out.display()),
            "EXTRA_CFLAGS=-static",
            "LDFLAGS=-static",
            &format!(
                "KHDR_INCLUDES=-isystem {}",
                headers.join("include").display()
            ),
            "all",
        ],
        "selftests",
        |line| bar.say(line.trim()),
    )?;
    for program in &programs {
        proc::read(Command::new("strip").arg(program))
            .with_context(|| format!("the selftests made no {}", program.display()))?;
    }
    fsx::write_atomic(&stamp, sources.as_bytes())?;
    Ok(programs)
}
