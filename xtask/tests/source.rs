// SPDX-License-Identifier: GPL-2.0-only
//! The source stage on a kernel of three files: no network, no root.

mod common;

use common::{MAIN, World, git};
use xtask::source::archive::Archive;
use xtask::source::{SourceArgs, import, obtain};
use xtask::stop::{Exit, exit_of};

#[test]
fn a_tarball_becomes_the_same_commit_everywhere() {
    let (one, two) = (World::new(), World::new());
    let (first, second) = (one.source(), two.source());
    assert_eq!(first.commit, second.commit);
    assert_eq!(first.release, "7.3.4");
    assert_eq!(first.sha256, second.sha256);
    assert_eq!(
        git(&first.repo, &["show", "base:init/main.c"]),
        MAIN.trim_end()
    );
    assert_eq!(
        git(&first.repo, &["log", "--format=%s", "base"]),
        "Linux 7.3.4"
    );
}

#[test]
fn the_second_run_reads_nothing_again() {
    let world = World::new();
    let source = world.source();
    let archive = Archive {
        path: "/gone.tar".into(),
        sha256: source.sha256.clone(),
        origin: source.origin.clone(),
    };
    assert_eq!(import::ensure(&world.cx, &archive).unwrap(), source);
}

#[test]
fn an_import_that_was_cut_off_or_damaged_is_done_again() {
    let world = World::new();
    let source = world.source();
    let base = source.repo.parent().unwrap().to_owned();

    // Cut off before its record was written.
    std::fs::remove_file(base.join("source.json")).unwrap();
    assert_eq!(world.source(), source);

    // A pack that lost its end.
    let pack = std::fs::read_dir(source.repo.join("objects/pack"))
        .unwrap()
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|end| end == "pack"))
        .unwrap();
    let bytes = std::fs::read(&pack).unwrap();
    std::fs::remove_file(&pack).unwrap();
    std::fs::write(&pack, &bytes[..bytes.len() / 2]).unwrap();
    assert_eq!(world.source(), source);
    git(&source.repo, &["fsck", "--strict"]);
}

#[test]
fn a_tarball_that_was_cut_off_is_refused_and_leaves_no_base() {
    let world = World::new();
    let path = world.tarball();
    let bytes = std::fs::read(&path).unwrap();
    let cut = world.dir.path().join("cut.tar");
    std::fs::write(&cut, &bytes[..700]).unwrap();
    let archive = Archive::of_file(&world.cx, &cut).unwrap();
    let error = import::ensure(&world.cx, &archive).unwrap_err();
    assert!(format!("{error:#}").contains("cut.tar"), "{error:#}");
    assert!(import::imported(&world.cx, &archive).is_none());
}

#[test]
fn a_compressed_tarball_that_is_damaged_is_the_users_to_replace() {
    let world = World::new();
    let path = world.dir.path().join("linux.tar.xz");
    std::fs::write(&path, b"this is no xz file").unwrap();
    let args = SourceArgs {
        tarball: Some(path),
        ..SourceArgs::default()
    };
    let error = obtain(&world.cx, &args, "7.3").unwrap_err();
    assert_eq!(exit_of(&error), Exit::Environment, "{error:#}");
    assert!(error.to_string().contains("is damaged"), "{error:#}");
}

#[test]
fn a_clone_is_read_at_any_commit_and_left_alone() {
    let world = World::new();
    let clone = world.dir.path().join("clone");
    std::fs::create_dir(&clone).unwrap();
    git(&clone, &["init", "--quiet"]);
    std::fs::write(clone.join("Makefile"), common::MAKEFILE).unwrap();
    git(&clone, &["add", "."]);
    git(&clone, &["commit", "--quiet", "-m", "one"]);
    git(&clone, &["tag", "v7.3.4"]);
    std::fs::write(
        clone.join("Makefile"),
        common::MAKEFILE.replace("SUBLEVEL = 4", "SUBLEVEL = 5"),
    )
    .unwrap();
    git(&clone, &["commit", "--quiet", "-am", "two"]);
    let at = |base: &str| {
        obtain(
            &world.cx,
            &SourceArgs {
                linux: Some(clone.clone()),
                base: base.into(),
                ..SourceArgs::default()
            },
            "7.3",
        )
    };
    assert_eq!(at("v7.3.4").unwrap().release, "7.3.4");
    let head = at("HEAD").unwrap();
    assert_eq!(head.release, "7.3.5");
    let archive = std::process::Command::new("git")
        .arg("-C")
        .arg(&clone)
        .args(["archive", "--format=tar", &head.commit])
        .output()
        .unwrap();
    assert_eq!(
        head.sha256,
        xtask::source::archive::sha256_of(&archive.stdout[..]).unwrap()
    );

    let error = at("v9.9").unwrap_err();
    assert_eq!(exit_of(&error), Exit::Environment);
    assert!(error.to_string().contains("v9.9"), "{error:#}");
}

#[test]
fn no_network_is_said_to_be_one() {
    if !std::path::Path::new("/usr/bin/apt-get").exists() {
        eprintln!("no apt here: the default source does not apply");
        return;
    }
    let world = World::new();
    // Nothing listens on the discard port of the loopback interface.
    let error =
        xtask::source::debian::ensure_from(&world.cx, "http://127.0.0.1:9/debian", "7.3", false)
            .unwrap_err();
    assert_eq!(exit_of(&error), Exit::Environment, "{error:#}");
    let text = error.to_string();
    assert!(
        text.contains("--tarball") && text.contains("--linux"),
        "{text}"
    );
}
