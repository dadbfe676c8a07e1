// SPDX-License-Identifier: GPL-2.0-only
//! From one version of a series to the next, and the difference between them.

mod common;

use common::{World, git, hunk};
use xtask::series::Series;
use xtask::series::content::Content;
use xtask::series::diff::range_diff;
use xtask::series::next::next;
use xtask::tree;

const LINK: &str = "https://lore.kernel.example/r/1";

fn committed() -> World {
    let world = World::new();
    world.add_patch(
        1,
        "one",
        &hunk(3, "{", "\tint a = 1;", "\tint a = 10;", "\tint b = 2;")
            .replace("@@ -3,3 +3,3 @@", "@@ -2,3 +2,3 @@"),
    );
    std::fs::write(
        world.series_dir().join("cover-letter.md"),
        "# [PATCH 0/1] demo\n\nBlurb.\n",
    )
    .unwrap();
    std::fs::write(
        world.series_dir().join("series.toml"),
        "title = \"demo\"\n# any point release\nbase = \"7.3\"\n",
    )
    .unwrap();
    git(world.cx.paths.workspace(), &["init", "--quiet"]);
    commit(&world);
    world
}

fn commit(world: &World) {
    let workspace = world.cx.paths.workspace();
    git(workspace, &["add", "linux-patches"]);
    git(
        workspace,
        &["commit", "--quiet", "-m", "linux-patches: state"],
    );
}

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.series_dir().join(name)).unwrap()
}

#[test]
fn next_keeps_what_was_sent_and_counts_on() {
    let world = committed();
    let workspace = world.cx.paths.workspace();
    let done = next(&world.cx, &world.series(), LINK, &[]).unwrap();
    assert_eq!((done.version, done.tag.as_str()), (2, "sent/demo-v1"));
    assert_eq!(
        git(workspace, &["rev-parse", "sent/demo-v1"]),
        git(workspace, &["rev-parse", "HEAD"])
    );

    let series = world.series();
    assert_eq!(series.about.version, 2);
    assert_eq!(series.link(1), Some(LINK));
    assert_eq!(series.archived(), [1]);
    assert!(series.about.change_id.is_some());
    assert_eq!(
        series.patches.len(),
        1,
        "what is kept is not part of the series"
    );
    let toml = read(&world, "series.toml");
    assert!(toml.contains("# any point release\n"), "{toml}");
    assert_eq!(
        read(&world, "cover-letter.md"),
        "# [PATCH v2 0/1] demo\n\nBlurb.\n\nChanges in v2:\n- EDITME\n"
    );
    let kept = Series::load(&series.archive(1)).unwrap();
    assert_eq!(kept.about.version, 1);
    assert_eq!(kept.digest().unwrap(), series.digest().unwrap());

    commit(&world);
    let again = next(
        &world.cx,
        &world.series(),
        "https://lore.kernel.example/r/2",
        &[],
    )
    .unwrap();
    assert_eq!(again.version, 3);
    assert_eq!(world.series().about.change_id, series.about.change_id);
    assert_eq!(world.series().archived(), [1, 2]);
    assert!(
        read(&world, "cover-letter.md")
            .contains("Changes in v3:\n- EDITME\n\nChanges in v2:\n- EDITME\n")
    );
}

#[test]
fn next_refuses_what_the_tag_would_not_hold() {
    let world = committed();
    let patch = world.series_dir().join("0001-one.patch");
    let text = read(&world, "0001-one.patch");
    std::fs::write(&patch, text.replace("Why one", "Because")).unwrap();
    let error = next(&world.cx, &world.series(), LINK, &[])
        .unwrap_err()
        .to_string();
    assert!(error.contains("0001-one.patch is not committed"), "{error}");
    assert_eq!(world.series().about.version, 1);
    assert!(world.series().archived().is_empty());
}

#[test]
fn an_interrupted_next_can_be_repeated() {
    let world = committed();
    // It got as far as the folder and the tag.
    let half = world.series_dir().join("v1");
    std::fs::create_dir(&half).unwrap();
    std::fs::write(half.join("0001-half.patch"), "half").unwrap();
    git(world.cx.paths.workspace(), &["tag", "sent/demo-v1"]);
    next(&world.cx, &world.series(), LINK, &[]).unwrap();
    assert!(!half.join("0001-half.patch").exists());
    assert!(half.join("0001-one.patch").exists());
}

#[test]
fn diff_shows_what_changed_since_a_version() {
    let world = committed();
    next(&world.cx, &world.series(), LINK, &[]).unwrap();
    let text = read(&world, "0001-one.patch");
    std::fs::write(
        world.series_dir().join("0001-one.patch"),
        text.replace("a = 10;", "a = 12;"),
    )
    .unwrap();
    let (series, source) = (world.series(), world.source());
    let head = tree::try_apply(&world.cx, &source, &series.patches).unwrap();
    let diff = range_diff(&world.cx, &series, &source, 1, &head).unwrap();
    assert!(
        diff.contains("1:  ") && diff.contains("init: one"),
        "{diff}"
    );
    assert!(
        diff.contains("-+\tint a = 10;") && diff.contains("++\tint a = 12;"),
        "{diff}"
    );
    let error = range_diff(&world.cx, &series, &source, 7, &head).unwrap_err();
    assert!(error.to_string().contains("v7 does not exist"), "{error}");
}

/// The names of patches are those that git gives them.
#[test]
fn patch_ids_are_those_of_git() {
    let dir = tempfile::tempdir().unwrap();
    let repo = dir.path();
    git(repo, &["init", "--quiet"]);
    let long: String = (0..40).map(|line| format!("line {line}\n")).collect();
    let write = |name: &str, text: &str| std::fs::write(repo.join(name), text).unwrap();
    let commit = |message: &str| {
        git(repo, &["add", "--all"]);
        git(repo, &["commit", "--quiet", "-m", message]);
    };
    write("a", &long);
    commit("base");
    write("a", &long.replace("line 7\n", "line seven\n"));
    write("new", "1\n2\n");
    commit("change and add");
    std::fs::remove_file(repo.join("new")).unwrap();
    write("a", &long.replace("line 30\n", "").replace("line 3\n", "3"));
    commit("remove");
    let content = Content::of(repo, "HEAD~2", "HEAD").unwrap();
    assert_eq!(content.tree, git(repo, &["rev-parse", "HEAD^{tree}"]));
    assert_eq!(content.base, git(repo, &["rev-parse", "HEAD~2^{tree}"]));
    let script = "git -C \"$0\" log -p --reverse HEAD~2.. | git patch-id --stable | cut -d' ' -f1";
    let output = std::process::Command::new("sh")
        .args(["-c", script])
        .arg(repo)
        .output()
        .unwrap();
    let theirs = String::from_utf8(output.stdout).unwrap();
    assert_eq!(content.patch_ids, theirs.lines().collect::<Vec<_>>());

    // White space is no part of a patch-id, but it is of the result.
    write("a", &long.replace("line 3\n", "line  3\n"));
    git(repo, &["add", "--all"]);
    let before = content.key();
    git(repo, &["commit", "--quiet", "-m", "x"]);
    assert_ne!(Content::of(repo, "HEAD~3", "HEAD").unwrap().key(), before);
}
