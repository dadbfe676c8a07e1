// SPDX-License-Identifier: GPL-2.0-only
//! A series goes to the list, and the list answers: the mails in `review/` are
//! read into a checklist, which decides about the next version.

mod common;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::{World, git};
use xtask::mail::identity::Identity;
use xtask::recipients::Mailbox;
use xtask::review::answer::{self, Wish};
use xtask::review::checklist::{Checklist, Comment, State};
use xtask::review::import::{Reader, Summary, import};
use xtask::review::letter::Person;
use xtask::review::trailers::{self, Fate};
use xtask::review::{changelog, now};
use xtask::tree::{self, Variant};

/// The series of `review/series`, in a workspace under git.
struct Room {
    world: World,
    list: Checklist,
}

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/review")
        .join(name)
}

impl Room {
    fn new() -> Self {
        let world = World::new();
        for entry in std::fs::read_dir(case("series")).unwrap().flatten() {
            std::fs::copy(entry.path(), world.series_dir().join(entry.file_name())).unwrap();
        }
        let workspace = world.cx.paths.workspace();
        std::fs::write(workspace.join("Cargo.toml"), "").unwrap();
        git(workspace, &["init", "--quiet"]);
        let room = Self {
            world,
            list: Checklist::default(),
        };
        room.commit();
        room
    }

    fn commit(&self) {
        let workspace = self.world.cx.paths.workspace();
        git(workspace, &["add", "linux-patches"]);
        git(
            workspace,
            &["commit", "--quiet", "-m", "linux-patches: state"],
        );
    }

    fn try_import(&mut self, bytes: &[u8]) -> anyhow::Result<Summary> {
        let reader = Reader {
            me: Some(Person {
                name: "Dev Eloper".to_owned(),
                address: Some("dev@dev.example".to_owned()),
            }),
            version: None,
        };
        let series = self.world.series();
        import(&self.world.cx, &series, &mut self.list, bytes, &reader)
    }

    fn import(&mut self, name: &str) -> Summary {
        let bytes = std::fs::read(case(name)).unwrap();
        self.try_import(&bytes).unwrap()
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.world.series_dir().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    /// The command line, as a user of this workspace has it.
    fn xtask(&self, args: &[&str]) -> Output {
        let workspace = self.world.cx.paths.workspace();
        Command::new(env!("CARGO_BIN_EXE_xtask"))
            .args(args)
            .env("CARGO_MANIFEST_DIR", workspace)
            .env("XDG_CACHE_HOME", self.world.dir.path().join("cache"))
            .env("CI", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .current_dir(workspace)
            .output()
            .unwrap()
    }
}

fn brief(comment: &Comment) -> (String, String, String) {
    (comment.author.clone(), comment.place(), comment.summary())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

const PATCH_1: &str = "0001-init-Count-from-ten.patch";
const PATCH_2: &str = "0002-init-Add-sum.patch";

#[test]
fn each_comment_of_a_thread_has_an_author_and_a_place() {
    let mut room = Room::new();
    let summary = room.import("thread.mbox");
    let found: Vec<_> = room.list.comment.iter().map(brief).collect();
    let entry = |author: &str, place: &str, text: &str| {
        (author.to_owned(), place.to_owned(), text.to_owned())
    };
    assert_eq!(
        found,
        [
            entry(
                "René Viewer",
                "patch 1",
                "Why is rounder better? The message has to say what a user of the naïve count loses when it begins..."
            ),
            entry(
                "René Viewer",
                "patch 1 init/main.c:5",
                "A constant with a name, please, and"
            ),
            entry("Top Poster", "patch 2", "sum() overflows for large counts."),
            entry("René Viewer", "patch 1 init/main.c:3", "And in capitals."),
            entry("T Ester", "patch 2", "Works here."),
        ]
    );
    assert_eq!(
        room.list.comment[1].text,
        "A constant with a name, please, and\n  a = FIRST; here."
    );
    assert_eq!(
        (summary.originals, summary.own, summary.trailers),
        (3, 1, 3)
    );
    assert_eq!(
        summary.passed_over,
        [
            "[PATCH 1/2] net: Something else (Dev Eloper)",
            "Re: [PATCH 1/2] net: Something else (René Viewer)",
            "Lunch (Somebody)"
        ]
    );
}

#[test]
fn nothing_is_read_twice_from_wherever_it_comes() {
    let mut room = Room::new();
    // The page of an archive hides addresses and loses blanks.
    assert_eq!(room.import("page.txt").comments, [1, 2]);
    room.list.comment[0].state = State::Done;
    let summary = room.import("thread.mbox");
    assert_eq!(summary.comments, [3, 4, 5]);
    assert_eq!(room.list.comment[0].state, State::Done);
    // The mail can be answered now, which the page cannot.
    let source = room.list.source(&room.list.comment[0].letter).unwrap();
    assert_eq!(source.id, "r1@kernel.example");
    let before = room.list.clone();
    let summary = room.import("thread.mbox");
    assert_eq!((summary.read, summary.known), (0, 5));
    assert_eq!(room.list, before);
}

#[test]
fn trailers_reach_the_patches_that_were_reviewed_and_survive_git_am() {
    let mut room = Room::new();
    room.import("thread.mbox");
    room.edit(PATCH_1, "int a = 10;", "int a = 12;");
    room.edit(PATCH_2, "int a = 10;", "int a = 12;");
    let series = room.world.series();
    let rows = trailers::collect(&series, &room.list).unwrap();
    let kept_out = rows
        .iter()
        .filter(|row| matches!(row.fate, Fate::KeptOut(_)));
    // Both by the cover letter, the test, and the boss who wrote nothing.
    assert_eq!((rows.len(), kept_out.count()), (4, 4));
    assert!(
        trailers::insert(&room.world.cx, &series, &rows)
            .unwrap()
            .is_empty()
    );

    // The place in the file is not what was reviewed.
    room.edit(PATCH_1, "int a = 12;", "int a = 10;");
    room.edit(PATCH_2, "int a = 12;", "int a = 10;");
    room.edit(
        PATCH_2,
        "A sum is a function.",
        "A sum is better as a function.",
    );
    let rows = trailers::collect(&series, &room.list).unwrap();
    let due: Vec<(String, String)> = rows
        .iter()
        .filter_map(|row| match &row.fate {
            Fate::Due(path) => Some((row.line.clone(), file_name(path))),
            _ => None,
        })
        .collect();
    let reviewed = "Reviewed-by: The Maintainer <the@kernel.example>";
    let tested = "Tested-by: T Ester <tester@big.example>";
    assert_eq!(
        due,
        [
            (reviewed.to_owned(), PATCH_1.to_owned()),
            (reviewed.to_owned(), PATCH_2.to_owned()),
            (tested.to_owned(), PATCH_2.to_owned()),
        ]
    );
    assert_eq!(
        trailers::insert(&room.world.cx, &series, &rows)
            .unwrap()
            .len(),
        2
    );
    let rows = trailers::collect(&series, &room.list).unwrap();
    assert!(!rows.iter().any(|row| matches!(row.fate, Fate::Due(_))));

    let source = room.world.source();
    let head = tree::try_apply(&room.world.cx, &source, &series.patches).unwrap();
    let repo = room.world.cx.paths.work_repo();
    let message = git(
        &repo,
        &["show", "--no-patch", "--format=%(trailers)", &head],
    );
    assert_eq!(message.trim(), format!("{reviewed}\n{tested}"));
}

#[test]
fn a_comment_is_shown_beside_the_code_as_it_is_now() {
    let mut room = Room::new();
    room.import("thread.mbox");
    let shown = |room: &Room, number: u32| {
        let comment = room.list.comment(number).unwrap();
        now::find(&room.world.cx, &room.world.series(), comment).unwrap()
    };
    room.edit(PATCH_1, "+\tint a = 10;", "+\tint a = FIRST;");
    let excerpt = shown(&room, 2).unwrap();
    assert!(excerpt.place.starts_with(PATCH_1), "{}", excerpt.place);
    assert!(excerpt.lines.contains(&"  +\tint a = FIRST;".to_owned()));
    room.edit(PATCH_1, "+\tint a = FIRST;", "+\tint a = 10;");

    let source = room.world.source();
    let series = room.world.series();
    tree::prepare(&room.world.cx, &source, &series, Variant::Series).unwrap();
    let excerpt = shown(&room, 2).unwrap();
    assert_eq!(excerpt.place, "init/main.c in the worktree");
    let marked = excerpt.lines.iter().find(|line| line.starts_with('>'));
    assert_eq!(marked.unwrap(), ">    10 \tint c = 3;");
    room.list.comment[1].file = Some("../../../Cargo.toml".to_owned());
    let excerpt = shown(&room, 2).unwrap();
    assert!(excerpt.place.starts_with(PATCH_1), "{}", excerpt.place);
}

#[test]
fn python_finds_the_answer_in_its_thread() {
    let mut room = Room::new();
    room.import("thread.mbox");
    room.list.comment[0].note = "It says so now.".to_owned();
    room.list.comment[1].note = "FIRST it is, and überall.".to_owned();
    let identity = Identity {
        sender: Mailbox::parse("Dev Eloper <dev@dev.example>").unwrap(),
        to: Vec::new(),
        cc: Vec::new(),
        suppress: Vec::new(),
    };
    let wish = Wish {
        numbers: vec![1, 2],
        ..Wish::default()
    };
    let write = || {
        let series = room.world.series();
        answer::write(&room.world.cx, &series, &room.list, &identity, &wish)
    };
    let path = write().unwrap();
    assert!(path.starts_with(room.world.cx.paths.outgoing()));
    assert!(write().is_err(), "it may have been edited");

    const READ: &str = "
import email, email.policy, mailbox, sys
mail = email.message_from_bytes(open(sys.argv[1], 'rb').read(), policy=email.policy.default)
assert not mail.defects and not any(value.defects for value in mail.values())
thread = {m['message-id']: m for m in mailbox.mbox(sys.argv[2])}
answered = thread[mail['in-reply-to']]
assert mail['references'].split() == answered['references'].split() + [answered['message-id']]
assert mail['message-id'] not in thread
print(mail['to'], mail['cc'], mail['subject'], sep='|')
print(mail.get_content(), end='')
";
    let output = Command::new("python3")
        .args(["-c", READ])
        .arg(&path)
        .arg(case("thread.mbox"))
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (head, body) = text.split_once('\n').unwrap();
    assert_eq!(
        head,
        "René Viewer <rene@kernel.example>|list@lists.example, Other <other@kernel.example>|Re: [PATCH 1/2] init: Count from ten"
    );
    assert!(
        body.starts_with(
            "On Wed, 15 Nov 2023 10:00:00 +0100, René Viewer wrote:\n>> Ten is rounder than one.\n>>\n>> Reported-by: Other <other@kernel.example>\n>\n> Why is rounder"
        ),
        "{body}"
    );
    assert!(
        body.ends_with(
            "> A constant with a name, please, and\n>   a = FIRST; here.\n\nFIRST it is, and überall.\n"
        ),
        "{body}"
    );
}

#[test]
fn the_next_version_forgets_nothing_and_its_change_log_writes_itself() {
    let room = Room::new();
    let said = |output: &Output| {
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    let thread = case("thread.mbox");
    let output = room.xtask(&["review", "import", thread.to_str().unwrap()]);
    assert!(output.status.success(), "{}", said(&output));
    room.commit();
    let next = [
        "series",
        "next",
        "--link",
        "https://lore.kernel.example/r/1",
    ];
    let output = room.xtask(&next);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("#2 patch 1 init/main.c:5 (René Viewer): A constant"),
        "{}",
        said(&output)
    );
    assert_eq!(room.world.series().about.version, 1);

    for (args, passes) in [
        (vec!["1", "wont"], false),
        (vec!["1", "wont", "--reason", "ten needs no excuse"], true),
        (
            vec!["2", "4", "done", "--reason", "name the first count"],
            true,
        ),
        (vec!["3", "9", "done"], false),
        (vec!["5", "answered", "--reason", "thanked"], true),
    ] {
        let mut all = vec!["review", "mark"];
        all.extend(&args);
        let output = room.xtask(&all);
        assert_eq!(
            output.status.success(),
            passes,
            "{args:?}: {}",
            said(&output)
        );
    }
    let output = room.xtask(&["review", "list", "--state", "open"]);
    assert!(said(&output).contains("#3 "), "{}", said(&output));
    assert!(
        said(&output).contains("5 comments, 1 open"),
        "{}",
        said(&output)
    );

    room.commit();
    let mut forced = next.to_vec();
    forced.extend(["--keep-open", "overflow is for v2"]);
    let output = room.xtask(&forced);
    assert!(output.status.success(), "{}", said(&output));
    let cover = room.world.series_dir().join("cover-letter.md");
    let read = || std::fs::read_to_string(&cover).unwrap();
    assert_eq!(
        read(),
        "# [PATCH v2 0/2] init: Count\n\nCounting is done better.\n\nChanges in v2:\n\
         - unchanged, patch 1: ten needs no excuse (René Viewer)\n\
         - name the first count (René Viewer)\n"
    );
    let series = room.world.series();
    let list = Checklist::load(&series).unwrap();
    assert_eq!(list.comment(3).unwrap().note, "overflow is for v2");
    assert_eq!(list.comment(3).unwrap().state, State::Open);
    assert!(changelog::draft(&list, 2).is_empty());

    // What is done later joins the change log that was begun.
    let mark = [
        "review",
        "mark",
        "3",
        "done",
        "--reason",
        "check for overflow",
    ];
    assert!(room.xtask(&mark).status.success());
    for _ in 0..2 {
        assert!(
            room.xtask(&["review", "changelog", "--write"])
                .status
                .success()
        );
    }
    assert!(
        read()
            .ends_with("- name the first count (René Viewer)\n- check for overflow (Top Poster)\n"),
        "{}",
        read()
    );
}

#[test]
fn a_kept_version_tells_what_was_reviewed() {
    let mut room = Room::new();
    // The replies alone, as one saves them from a mail program.
    let thread = std::fs::read(case("thread.mbox")).unwrap();
    let text = String::from_utf8_lossy(&thread);
    let mails: Vec<&str> = text.split("From mboxrd@z").collect();
    let tested = mails
        .iter()
        .find(|mail| mail.contains("Works here"))
        .unwrap();
    let eml = tested.split_once('\n').unwrap().1;
    room.try_import(eml.as_bytes()).unwrap();
    let fate = |room: &Room| {
        let rows = trailers::collect(&room.world.series(), &room.list).unwrap();
        rows[0].fate.clone()
    };
    // Nobody knows whether the patch files are what was sent.
    assert!(matches!(fate(&room), Fate::KeptOut(why) if why.contains("when it was sent")));
    let series = room.world.series();
    xtask::series::next::next(&room.world.cx, &series, "https://x.example", &[]).unwrap();
    assert!(matches!(fate(&room), Fate::Due(path) if path.ends_with(PATCH_2)));
    room.edit(PATCH_2, "sum(a, b, c);\n }", "sum(c, b, a);\n }");
    assert!(matches!(fate(&room), Fate::KeptOut(why) if why.contains("changed since v1")));
}

#[test]
fn mails_are_only_data() {
    let mut room = Room::new();
    let before = std::fs::read_dir(room.world.series_dir()).unwrap().count();
    for name in [
        "../../../etc/passwd",
        "/etc/passwd",
        "a/../../x",
        "$(id)\u{1b}[2J",
    ] {
        let mail = format!(
            "From: \"../../x\" <x@x.example>\nSubject: Re: [PATCH v4294967295 99999999/99999999] ../../x\n\
             Message-ID: <../../x@x.example>\nReferences: <$(id)@x> <a@b>\n\n\
             > --- a/{name}\n> +++ b/{name}\n> @@ -1,9 +4294967295,4294967295 @@\n> +a\n{name}\n"
        );
        room.try_import(mail.as_bytes()).unwrap();
        let comment = room.list.comment.last().unwrap();
        assert!(!comment.text.contains('\u{1b}'));
        assert!(
            comment
                .file
                .as_deref()
                .is_none_or(|file| file.starts_with("$(id)")),
            "{:?}",
            comment.file
        );
    }
    room.list.save(&room.world.series()).unwrap();
    assert_eq!(Checklist::load(&room.world.series()).unwrap(), room.list);
    let after = std::fs::read_dir(room.world.series_dir()).unwrap().count();
    assert_eq!(after, before + 1);
}

#[test]
fn what_exceeds_the_limits_leaves_the_checklist_as_it_was() {
    let mut room = Room::new();
    let begin = "Subject: Re: [PATCH] x\nFrom: A <a@x.example>\n\n";
    let big = format!("{begin}{}", "x".repeat(3 << 20));
    let error = room.try_import(big.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("more than 2 MiB"), "{error}");
    let mails: String = (0..60)
        .map(|mail| {
            let body: String = (0..400).map(|at| format!("> {at}\n{mail}\n")).collect();
            format!("From x\n{begin}{body}\n")
        })
        .collect();
    let error = room.try_import(mails.as_bytes()).unwrap_err().to_string();
    assert!(error.contains("more than 20000 comments"), "{error}");
    assert_eq!(room.list, Checklist::default());
}
