// SPDX-License-Identifier: GPL-2.0-only
//! The tree stage and `series refresh` on a kernel of three files.

mod common;

use std::process::Command;

use common::{World, git, hunk};
use xtask::series::refresh::refresh;
use xtask::stop::{Exit, exit_of};
use xtask::tree::{self, Tree, Variant};

fn good() -> World {
    let world = World::new();
    world.add_patch(
        1,
        "one",
        &hunk(3, "{", "\tint a = 1;", "\tint a = 10;", "\tint b = 2;")
            .replace("@@ -3,3 +3,3 @@", "@@ -2,3 +2,3 @@"),
    );
    world.add_patch(
        2,
        "two",
        &hunk(4, "\tint b = 2;", "\tint c = 3;", "\tint c = 30;", ""),
    );
    world
}

fn prepare(world: &World, variant: Variant) -> anyhow::Result<Tree> {
    tree::prepare(&world.cx, &world.source(), &world.series(), variant)
}

fn read(tree: &Tree) -> String {
    std::fs::read_to_string(tree.src.join("init/main.c")).unwrap()
}

#[test]
fn variants_are_worktrees_and_the_series_is_commits() {
    let world = good();
    let stock = prepare(&world, Variant::Stock).unwrap();
    let series = prepare(&world, Variant::Series).unwrap();
    assert_eq!(read(&stock), common::MAIN);
    assert!(read(&series).contains("a = 10;") && read(&series).contains("c = 30;"));
    assert_eq!(
        git(
            &series.src,
            &["log", "--format=%s", "--reverse", "base..HEAD"].map(|arg| if arg == "base..HEAD" {
                "-2"
            } else {
                arg
            })
        ),
        "init: one\ninit: two"
    );
    assert_ne!(stock.id, series.id);
    assert_eq!(git(&series.src, &["status", "--porcelain"]), "");
}

#[test]
fn a_second_preparation_changes_no_file_and_no_commit() {
    let world = good();
    let first = prepare(&world, Variant::Series).unwrap();
    let head = git(&first.src, &["rev-parse", "HEAD"]);
    let time = || {
        std::fs::metadata(first.src.join("init/main.c"))
            .unwrap()
            .modified()
            .unwrap()
    };
    let before = time();
    let second = prepare(&world, Variant::Series).unwrap();
    assert_eq!(first.id, second.id);
    assert_eq!(before, time());
    assert_eq!(git(&first.src, &["rev-parse", "HEAD"]), head);
}

#[test]
fn a_changed_patch_updates_the_worktree() {
    let world = good();
    let first = prepare(&world, Variant::Series).unwrap();
    std::fs::remove_file(world.series_dir().join("0002-two.patch")).unwrap();
    let second = prepare(&world, Variant::Series).unwrap();
    assert_ne!(first.id, second.id);
    assert!(read(&second).contains("a = 10;") && read(&second).contains("c = 3;"));
}

#[test]
fn an_edit_shows_in_the_hash_and_survives() {
    let world = good();
    let first = prepare(&world, Variant::Series).unwrap();
    std::fs::write(
        first.src.join("init/main.c"),
        read(&first).replace("b = 2", "b = 20"),
    )
    .unwrap();
    std::fs::write(first.src.join("init/new.c"), "int x;\n").unwrap();
    let second = prepare(&world, Variant::Series).unwrap();
    assert_ne!(first.id, second.id);
    assert!(read(&second).contains("b = 20"));

    // The patch files change as well: now somebody has to decide.
    std::fs::remove_file(world.series_dir().join("0002-two.patch")).unwrap();
    let error = prepare(&world, Variant::Series).unwrap_err();
    assert!(error.to_string().contains("work of its own"), "{error:#}");
    assert!(read(&second).contains("b = 20"), "the edit is still there");

    tree::discard(&world.cx, Variant::Series).unwrap();
    let third = prepare(&world, Variant::Series).unwrap();
    assert!(read(&third).contains("b = 2;") && !third.src.join("init/new.c").exists());
}

#[test]
fn apply_and_refresh_change_no_byte() {
    let world = good();
    let tree = prepare(&world, Variant::Series).unwrap();
    let variant = world.cx.paths.variant("series");
    // The first refresh brings the files into git's own form.
    refresh(&world.cx, &world.series(), &variant).unwrap();
    let canonical = contents(&world);
    assert_eq!(canonical.len(), 2);

    let done = refresh(&world.cx, &world.series(), &variant).unwrap();
    assert!(done.written.is_empty() && done.removed.is_empty());
    let head = git(&tree.src, &["rev-parse", "HEAD"]);
    tree::discard(&world.cx, Variant::Series).unwrap();
    let again = prepare(&world, Variant::Series).unwrap();
    assert_eq!(
        git(&again.src, &["rev-parse", "HEAD"]),
        head,
        "the same patches are the same commits"
    );
    refresh(&world.cx, &world.series(), &variant).unwrap();
    assert_eq!(contents(&world), canonical);
}

fn contents(world: &World) -> Vec<(String, String)> {
    let patches = world.series().patches;
    patches
        .iter()
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                std::fs::read_to_string(path).unwrap(),
            )
        })
        .collect()
}

#[test]
fn refresh_writes_new_commits_and_removes_dropped_ones() {
    let world = good();
    let tree = prepare(&world, Variant::Series).unwrap();
    let variant = world.cx.paths.variant("series");
    refresh(&world.cx, &world.series(), &variant).unwrap();
    git(&tree.src, &["reset", "--quiet", "--hard", "HEAD~1"]);
    std::fs::write(tree.src.join("README"), "hello world\n").unwrap();

    let error = refresh(&world.cx, &world.series(), &variant).unwrap_err();
    assert!(error.to_string().contains("in no commit"), "{error:#}");

    git(&tree.src, &["commit", "--quiet", "-am", "README: greet"]);
    let done = refresh(&world.cx, &world.series(), &variant).unwrap();
    assert_eq!(done.written, ["0002-README-greet.patch"]);
    assert_eq!(done.removed, ["0002-init-two.patch"]);
    // And what is on disk now is what the worktree holds.
    prepare(&world, Variant::Series).unwrap();
}

#[test]
fn refresh_does_not_overwrite_patch_files_that_changed() {
    let world = good();
    prepare(&world, Variant::Series).unwrap();
    let patch = world.series_dir().join("0001-one.patch");
    let text = std::fs::read_to_string(&patch)
        .unwrap()
        .replace("Why one", "Because");
    std::fs::write(&patch, &text).unwrap();
    let error = refresh(
        &world.cx,
        &world.series(),
        &world.cx.paths.variant("series"),
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("changed since they were applied"),
        "{error:#}"
    );
    assert_eq!(std::fs::read_to_string(&patch).unwrap(), text);
}

#[test]
fn a_patch_that_does_not_apply_leaves_git_am_to_be_continued() {
    let world = good();
    let bad = hunk(4, "\tint b = 2;", "\tint c = 333;", "\tint c = 30;", "");
    world.add_patch(2, "two", &bad);
    world.add_patch(
        3,
        "three",
        &hunk(6, "", "\treturn a + b + c;", "\treturn a - b - c;", "}"),
    );
    let error = prepare(&world, Variant::Series).unwrap_err();
    assert_eq!(exit_of(&error), Exit::Infrastructure);
    let text = error.to_string();
    for part in [
        "0002-two.patch does not apply",
        "init/main.c, at line 4",
        "| -\tint c = 333;",
        "git am --continue",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }

    // What was applied is there, and nothing runs until a person decided.
    let src = world.cx.paths.variant("series").join("src");
    assert_eq!(git(&src, &["log", "-1", "--format=%s"]), "init: one");
    let error = prepare(&world, Variant::Series).unwrap_err();
    assert!(
        error.to_string().contains("in the middle of a `git am`"),
        "{error:#}"
    );

    let main = std::fs::read_to_string(src.join("init/main.c")).unwrap();
    std::fs::write(src.join("init/main.c"), main.replace("c = 3;", "c = 30;")).unwrap();
    git(&src, &["add", "-u"]);
    git(&src, &["am", "--continue"]);
    assert_eq!(
        git(&src, &["log", "-3", "--format=%s"]),
        "init: three\ninit: two\ninit: one"
    );

    // The corrected commits become the patch files, and all is well again.
    refresh(
        &world.cx,
        &world.series(),
        &world.cx.paths.variant("series"),
    )
    .unwrap();
    let tree = prepare(&world, Variant::Series).unwrap();
    assert!(read(&tree).contains("return a - b - c"));
}

#[test]
fn an_aborted_am_is_tried_again() {
    let world = good();
    prepare(&world, Variant::Series).unwrap();
    // The first hunk fits and is put in place; the second does not.
    let half =
        hunk(2, "{", "\tint a = 10;", "\tint a = 11;", "\tint b = 2;").replace("-- \n2.0\n", "");
    let bad = hunk(6, "", "\treturn nothing;", "\treturn 0;", "}");
    let bad = bad.split_once("@@").unwrap().1;
    world.add_patch(2, "two", &format!("{half}@@{bad}"));
    prepare(&world, Variant::Series).unwrap_err();
    let src = world.cx.paths.variant("series").join("src");
    git(&src, &["am", "--abort"]);
    git(&src, &["checkout", "--", "."]);
    world.add_patch(
        2,
        "two",
        &hunk(4, "\tint b = 2;", "\tint c = 3;", "\tint c = 30;", ""),
    );
    let tree = prepare(&world, Variant::Series).unwrap();
    assert!(read(&tree).contains("c = 30"));
}

#[test]
fn a_patch_cannot_write_outside_the_tree() {
    let world = World::new();
    world.add_patch(
        1,
        "evil",
        "--- /dev/null\n+++ b/../../../evil\n@@ -0,0 +1 @@\n+x\n-- \n2.0\n",
    );
    let error = prepare(&world, Variant::Series).unwrap_err();
    assert!(
        error.to_string().contains("0001-evil.patch does not apply"),
        "{error:#}"
    );
    assert!(!world.dir.path().join("evil").exists());
}

#[test]
fn the_cache_can_be_thrown_away_under_a_worktree() {
    let world = good();
    let first = prepare(&world, Variant::Series).unwrap();
    std::fs::write(
        first.src.join("init/main.c"),
        read(&first).replace("b = 2", "b = 20"),
    )
    .unwrap();
    git(&first.src, &["commit", "--quiet", "-am", "own work"]);
    std::fs::remove_dir_all(world.cx.paths.bases()).unwrap();
    let second = prepare(&world, Variant::Series).unwrap();
    assert!(read(&second).contains("b = 20"));
    git(&second.src, &["fsck", "--connectivity-only"]);
}

#[test]
fn the_rust_variant_has_kmod_rust_in_the_tree() {
    let world = good();
    let kmod = world.cx.paths.kmod_rust();
    std::fs::create_dir_all(kmod.join("probe")).unwrap();
    std::fs::write(kmod.join("Kconfig"), "config X\n").unwrap();
    std::fs::write(kmod.join("probe/x.rs"), "// x\n").unwrap();
    std::fs::write(kmod.join("README.md"), "not for the kernel\n").unwrap();
    std::fs::write(
        kmod.join("hooks.patch"),
        "--- a/README\n+++ b/README\n@@ -1 +1 @@\n-hello\n+hooked\n",
    )
    .unwrap();
    let tree = prepare(&world, Variant::Rust).unwrap();
    assert!(tree.src.join("drivers/vfio/kmod-rust/probe/x.rs").exists());
    assert!(!tree.src.join("drivers/vfio/kmod-rust/README.md").exists());
    assert_eq!(
        std::fs::read_to_string(tree.src.join("README")).unwrap(),
        "hooked\n"
    );
    assert!(read(&tree).contains("a = 10;"), "the series is below it");

    std::fs::write(kmod.join("probe/x.rs"), "// y\n").unwrap();
    let next = prepare(&world, Variant::Rust).unwrap();
    assert_ne!(tree.id, next.id);
}

/// Whatever way a patch takes, its commit is the one that `git am` makes.
#[test]
fn trying_makes_the_commits_of_git_am() {
    let world = World::new();
    let source = world.source();
    let author = world.dir.path().join("author");
    git(
        world.dir.path(),
        &["clone", "--quiet", source.repo.to_str().unwrap(), "author"],
    );
    git(
        &author,
        &["checkout", "--quiet", "--detach", &source.commit],
    );
    let write = |name: &str, text: &str| {
        let path = author.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    let commit = |message: &str| {
        git(&author, &["add", "--all"]);
        git(&author, &["commit", "--quiet", "-m", message]);
    };
    write("init/main.c", &format!("{}/* more */\n", common::MAIN));
    write("new/deep/file", "1\n2\n3\n4\n5\n");
    write("new/.gitattributes", "* -text\n");
    commit("change and add");
    git(&author, &["mv", "new/deep/file", "new/moved"]);
    write("empty", "");
    std::fs::remove_file(author.join("README")).unwrap();
    commit("move, empty, remove\n\nWith ü.\n--- a/Makefile\n");
    let set = Command::new("chmod")
        .arg("+x")
        .arg(author.join("empty"))
        .status();
    assert!(set.unwrap().success());
    commit("mode");
    // Names that are quoted take the long way.
    for odd in [false, true] {
        if odd {
            write("ö/ä", "x\n");
            commit("odd");
        }
        let patches = world.dir.path().join(format!("patches-{odd}"));
        git(
            &author,
            &[
                "format-patch",
                "--quiet",
                "--find-renames",
                "-o",
                patches.to_str().unwrap(),
                &source.commit,
            ],
        );
        let files = xtask::series::patch_files(&patches).unwrap();
        let head = tree::try_apply(&world.cx, &source, &files).unwrap();
        git(
            &author,
            &["checkout", "--quiet", "-B", "am", &source.commit],
        );
        let mut am = xtask::proc::git(&author);
        am.args(["am", "--quiet", "--committer-date-is-author-date"])
            .args(&files);
        xtask::proc::read(&mut am).unwrap();
        assert_eq!(head, git(&author, &["rev-parse", "HEAD"]));
        assert_eq!(
            tree::try_tree(&world.cx, &source, &files).unwrap(),
            git(&author, &["rev-parse", "HEAD^{tree}"])
        );
        let again = tree::try_apply(&world.cx, &source, &files).unwrap();
        assert_eq!(again, head);
    }
    let left = std::fs::read_dir(world.cx.paths.work()).unwrap().flatten();
    let left = left.filter(|entry| entry.file_name().to_string_lossy().starts_with("scratch"));
    assert_eq!(left.count(), 0);
}

/// A file that is there already cannot be created, and the files that the
/// patches do not name are there.
#[test]
fn a_patch_that_only_fits_an_empty_tree_does_not_apply() {
    let world = World::new();
    let source = world.source();
    for name in ["README", "init", "README/below"] {
        let diff = format!(
            "diff --git a/{name} b/{name}\nnew file mode 100644\n--- /dev/null\n+++ b/{name}\n@@ -0,0 +1 @@\n+x\n"
        );
        world.add_patch(1, "one", &diff);
        let error = tree::try_apply(&world.cx, &source, &world.series().patches).unwrap_err();
        assert!(
            error.to_string().contains("0001-one.patch does not apply"),
            "{name}: {error}"
        );
    }
    // The header is hidden in an encoding.
    let path = world.series_dir().join("0001-one.patch");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text
        .replace("README/below", "README")
        .replace(
            "\n\nWhy",
            "\nContent-Transfer-Encoding: quoted-printable\n\nWhy",
        )
        .replace("README", "R=45ADME")
        .replace("--git ", "--=67it ");
    std::fs::write(&path, text).unwrap();
    assert!(tree::try_apply(&world.cx, &source, &[path]).is_err());
}
