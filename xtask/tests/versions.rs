// SPDX-License-Identifier: GPL-2.0-only
//! From one version of a series to the next, and the difference between them.

mod common;

use common::{World, git, hunk};
use xtask::series::Series;
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
    let done = next(&world.cx, &world.series(), LINK).unwrap();
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
    let error = next(&world.cx, &world.series(), LINK)
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
    next(&world.cx, &world.series(), LINK).unwrap();
    assert!(!half.join("0001-half.patch").exists());
    assert!(half.join("0001-one.patch").exists());
}

#[test]
fn diff_shows_what_changed_since_a_version() {
    let world = committed();
    next(&world.cx, &world.series(), LINK).unwrap();
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
