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

/// Programs of the folder that are not run, and why.
const LEFT_OUT: [&str; 3] = [
    // Needs a device with a driver in the selftests' own library.
    "vfio_pci_driver_test",
    // Needs a device with virtual functions.
    "vfio_pci_sriov_uapi_test",
    // Measures, and asserts nothing: `bench` does that.
    "vfio_dma_mapping_perf_test",
];

/// What the programs are made from, as paths in the kernel tree.
const SOURCES: [&str; 5] = [
    "include",
    "arch/x86/include",
    FOLDER,
    "tools/testing/selftests/lib.mk",
    "tools/include",
];

const FOLDER: &str = "tools/testing/selftests/vfio";

/// The programs that its Makefile names, those that a series adds included.
fn programs(makefile: &str) -> Vec<&str> {
    makefile
        .lines()
        .filter_map(|line| line.strip_prefix("TEST_GEN_PROGS +="))
        .flat_map(str::split_whitespace)
        .filter(|name| !LEFT_OUT.contains(name) && is_plain(name))
        .collect()
}

/// A name that cannot lead out of the folder.
fn is_plain(name: &str) -> bool {
    name.bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

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
    let makefile = fsx::read(&tree.src.join(FOLDER).join("Makefile"))?;
    let programs: Vec<PathBuf> = programs(&makefile)
        .into_iter()
        .map(|name| out.join(name))
        .collect();
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
        FOLDER,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_those_of_the_makefile_that_can_run_here() {
        let makefile = "CFLAGS = x\nTEST_GEN_PROGS += vfio_a\nTEST_GEN_PROGS += vfio_b vfio_pci_driver_test\n\
                        TEST_GEN_PROGS += ../../x\n$(TEST_GEN_PROGS): y\nTEST_FILES += z\n";
        assert_eq!(programs(makefile), ["vfio_a", "vfio_b"]);
    }
}
