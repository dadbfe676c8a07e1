// SPDX-License-Identifier: GPL-2.0-only
//! The build stage on a kernel of one file, with the real make.

mod common;

use std::path::PathBuf;

use common::World;
use xtask::build::{self, Kernel, Profile};
use xtask::stop::{Exit, exit_of};
use xtask::toolchain::Toolchain;
use xtask::tree::{self, Variant};

fn toolchain() -> Toolchain {
    Toolchain {
        rustc: PathBuf::from("/usr/bin/rustc"),
        rustc_version: "rustc 1.96.0".into(),
        bindgen: PathBuf::from("/usr/bin/bindgen"),
        libclang: PathBuf::from("/usr/lib"),
        clang: None,
        ccache: None,
    }
}

fn build(world: &World) -> anyhow::Result<Kernel> {
    let tree = tree::prepare(&world.cx, &world.source(), &world.series(), Variant::Stock)?;
    build::kernel(&world.cx, &tree, Profile::Release, &toolchain())
}

/// How often make was asked for a kernel.
fn runs(world: &World) -> usize {
    let file = world.cx.paths.variant("stock").join("build-release/runs");
    std::fs::read_to_string(file)
        .unwrap_or_default()
        .lines()
        .count()
}

fn main_c(world: &World) -> PathBuf {
    world.cx.paths.variant("stock").join("src/init/main.c")
}

#[test]
fn nothing_is_built_twice_and_an_edit_is_built() {
    let world = World::new();
    let kernel = build(&world).unwrap();
    assert_eq!(kernel.release, "7.3.4-stock");
    assert!(kernel.image.exists());
    assert_eq!(runs(&world), 1);
    build(&world).unwrap();
    assert_eq!(runs(&world), 1, "make ran though nothing changed");
    std::fs::write(main_c(&world), "int main(void) { return 1; }\n").unwrap();
    build(&world).unwrap();
    assert_eq!(runs(&world), 2);
    // A fragment is an input as well.
    std::fs::write(
        world.cx.paths.configs().join("vfio.config"),
        "CONFIG_VFIO=m\n",
    )
    .unwrap();
    build(&world).unwrap();
    assert_eq!(runs(&world), 3);
}

#[test]
fn an_error_is_shown_in_full_with_its_log_and_the_next_build_starts_where_it_stopped() {
    let world = World::new();
    build(&world).unwrap();
    std::fs::write(main_c(&world), "int main(void) { return nowhere; }\n").unwrap();
    let error = build(&world).unwrap_err();
    assert_eq!(exit_of(&error), Exit::Infrastructure);
    let text = error.to_string();
    for part in ["init/main.c:1:", "'nowhere' undeclared", "kernel.log"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    // The same again, and not the kernel of the build before.
    assert!(build(&world).is_err());
    std::fs::write(main_c(&world), "int main(void) { return 2; }\n").unwrap();
    build(&world).unwrap();
}

#[test]
fn a_build_that_was_interrupted_is_taken_up_again() {
    let world = World::new();
    let kernel = build(&world).unwrap();
    // What an interruption leaves: objects, and no record of a finished build.
    std::fs::remove_file(kernel.dir.join("built.json")).unwrap();
    build(&world).unwrap();
    assert_eq!(runs(&world), 2);
    // Or a record, and no image.
    std::fs::remove_file(&kernel.image).unwrap();
    build(&world).unwrap();
    assert_eq!(runs(&world), 3);
    assert!(kernel.image.exists());
}

#[test]
fn a_symbol_that_gets_lost_stops_the_build_before_anything_is_compiled() {
    let world = World::new();
    let fragment = world.cx.paths.configs().join("memory.config");
    std::fs::write(fragment, "CONFIG_LOST=y\n").unwrap();
    let error = build(&world).unwrap_err();
    let text = error.to_string();
    for part in ["CONFIG_LOST", "memory.config", "depends on NOWHERE [=n]"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert_eq!(runs(&world), 0);
}
