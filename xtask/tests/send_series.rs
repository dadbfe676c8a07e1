// SPDX-License-Identifier: GPL-2.0-only
//! The rehearsal on a kernel of a few files in a git repository; what it wrote
//! is read with Python's email and mailbox, and applied with git am.

mod common;

use std::path::{Path, PathBuf};
use std::process::Command;

use common::git;
use common::mail::{Mail, python, python_files};
use serde_json::Value;
use xtask::mail::Outgoing;
use xtask::mail::identity::Identity;
use xtask::mail::journal::Journal;
use xtask::mail::rehearse::Rehearsal;

fn words(value: &Value) -> Vec<&str> {
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect()
}

#[test]
fn a_ready_series_has_nothing_in_its_way() {
    let rehearsal = Mail::new().rehearse();
    assert_eq!(rehearsal.blockers, Vec::<String>::new());
    assert_eq!(rehearsal.notes.len(), 1, "{:?}", rehearsal.notes);
    assert!(rehearsal.notes[0].contains("debug kernel was not tested"));
    assert!(
        rehearsal.diffstat.contains("2 files changed"),
        "{}",
        rehearsal.diffstat
    );
}

#[test]
fn python_reads_the_thread_as_it_was_meant() {
    let mail = Mail::new();
    let rehearsal = mail.rehearse();
    let mails = python(&rehearsal.outgoing);
    let subjects: Vec<&str> = mails
        .iter()
        .map(|mail| mail["subject"].as_str().unwrap())
        .collect();
    assert_eq!(
        subjects,
        [
            "[PATCH v2 0/2] init: count",
            "[PATCH v2 1/2] init: one",
            "[PATCH v2 2/2] init: two"
        ]
    );
    assert!(mails[0]["reply"].is_null());
    for (index, patch) in mails.iter().enumerate().skip(1) {
        assert_eq!(patch["reply"], mails[0]["id"]);
        assert_eq!(patch["references"], mails[0]["id"]);
        assert!(patch["time"].as_f64() > mails[index - 1]["time"].as_f64());
    }
    let id = mails[1]["id"].as_str().unwrap();
    assert!(
        id.starts_with("<20260101-demo-v2-1-") && id.ends_with("@dev.example>"),
        "{id}"
    );

    // Files of the list and of the folder are the same.
    let loaded = Outgoing::load(&rehearsal.outgoing.dir).unwrap();
    assert_eq!(loaded, rehearsal.outgoing);
    for (message, mail) in loaded.messages.iter().zip(&mails) {
        assert_eq!(message.message_id, mail["id"].as_str().unwrap());
        assert_eq!(message.subject, mail["subject"].as_str().unwrap());
        let all = [words(&mail["to"]), words(&mail["cc"])].concat();
        assert_eq!(message.recipients, all);
    }
}

#[test]
fn the_cover_letter_says_what_can_be_computed() {
    let mail = Mail::new();
    let mails = python(&mail.rehearse().outgoing);
    let body = mails[0]["body"].as_str().unwrap();
    let base = git(&mail.linux, &["rev-parse", "HEAD"]);
    for part in [
        "Why all this, with ü.\n\nChanges in v2:\n- count from 10\n- Link to v1: https://lore.kernel.example/r/1\n\n",
        "Dev (1):\n  init: one\n\nJürgen Other (1):\n  init: two\n\n README ",
        "\n\nRange-diff against v1:\n1:  ",
        &format!("\n\nbase-commit: {base}\nchange-id: 20260101-demo-0123456789ab\n-- \n"),
    ] {
        assert!(body.contains(part), "{part:?} is not in\n{body}");
    }
    assert_eq!(mails[0]["encoding"], "8bit");
    assert_eq!(mails[1]["encoding"], "7bit");
}

#[test]
fn each_patch_goes_to_its_own_and_the_cover_letter_to_all() {
    let mail = Mail::new();
    let rehearsal = mail.rehearse();
    let mails = python(&rehearsal.outgoing);
    assert_eq!(words(&mails[1]["to"]), ["ingrid@kernel.example"]);
    assert_eq!(words(&mails[1]["to_names"]), ["Ingrid Ünit"]);
    assert_eq!(
        words(&mails[1]["cc"]),
        [
            "init@lists.example",
            "all@lists.example",
            "extra@kernel.example",
            "configured@dev.example"
        ]
    );
    assert_eq!(words(&mails[2]["to_names"]), ["Doe, Jane"]);
    assert!(words(&mails[2]["cc"]).contains(&"rita@kernel.example"));
    assert!(
        words(&mails[2]["cc"]).contains(&"other@kernel.example"),
        "the author"
    );
    assert_eq!(
        words(&mails[0]["to"]),
        ["ingrid@kernel.example", "jane@kernel.example"]
    );
    assert!(words(&mails[0]["cc"]).contains(&"rita@kernel.example"));
    for letter in &rehearsal.letters {
        for reader in &letter.readers.0 {
            assert!(!reader.why.is_empty());
            assert_ne!(
                reader.mailbox.address, "dev@dev.example",
                "nobody writes to themselves"
            );
            assert_ne!(reader.mailbox.address, "ray@kernel.example", "dropped");
        }
    }

    mail.edit(
        "series.toml",
        "[recipients]\n",
        "[recipients]\nwhole-series = true\n",
    );
    let mails = python(&mail.rehearse().outgoing);
    assert_eq!(mails[1]["to"], mails[0]["to"]);
    assert_eq!(mails[1]["cc"], mails[0]["cc"]);
}

#[test]
fn git_am_makes_the_same_tree_with_the_right_authors() {
    let mail = Mail::new();
    let rehearsal = mail.rehearse();
    let clone = mail.world.dir.path().join("receiver");
    git(
        mail.world.dir.path(),
        &["clone", "--quiet", "linux", "receiver"],
    );
    // As one mbox, as a receiver would get it; Python writes it.
    let mbox = mail.world.dir.path().join("thread.mbox");
    write_mbox(&rehearsal.outgoing, &mbox);
    git(&clone, &["am", "--quiet", mbox.to_str().unwrap()]);
    assert_eq!(git(&clone, &["rev-parse", "HEAD^{tree}"]), rehearsal.tree);
    assert_eq!(
        git(&clone, &["log", "-2", "--reverse", "--format=%an <%ae> %s"]),
        "Dev <dev@dev.example> init: one\nJürgen Other <other@kernel.example> init: two",
        "the placeholder became the sender"
    );
    assert_eq!(
        std::fs::read(clone.join("README")).unwrap(),
        "hello\ntrailing \t \n=3D ü\n.\n".as_bytes()
    );
    let bodies = python(&rehearsal.outgoing);
    let two = bodies[2]["body"].as_str().unwrap();
    assert!(two.starts_with("From: Jürgen Other <other@kernel.example>\n\nWhy two.\n"));
    assert!(two.contains("---\nnote for reviewers\n"), "notes survive");
}

fn write_mbox(outgoing: &Outgoing, mbox: &Path) {
    let status = Command::new("python3")
        .args([
            "-c",
            "import mailbox, sys\nbox = mailbox.mbox(sys.argv[1])\nfor path in sys.argv[2:]: box.add(open(path, 'rb').read())\nbox.flush()",
        ])
        .arg(mbox)
        .args(outgoing.messages.iter().skip(1).map(|message| &message.path))
        .status()
        .unwrap();
    assert!(status.success());
}

/// An attempt that came to nothing, say for a wrong password, is no obstacle.
#[test]
fn mails_of_which_none_was_sent_are_replaced() {
    let mail = Mail::new();
    let first = mail.rehearse().outgoing;
    let mut journal = Journal::begin(&first.dir, "d", "here", 3).unwrap();
    journal.leaving(&first.messages[0].message_id).unwrap();
    let id = &first.messages[0].message_id;
    journal.refused(id, "550 no").unwrap();
    drop(journal);
    let second = mail.rehearse().outgoing;
    assert!(Journal::look(&second.dir).unwrap().is_none());
}

/// git format-patch on the same commits: subjects, authors and bodies are the
/// same to the byte, with ten patches and more.
#[test]
fn the_mails_are_those_of_git_format_patch() {
    let mail = Mail::new();
    let dir = mail.world.dir.path();
    git(dir, &["clone", "--quiet", "linux", "author"]);
    let author = dir.join("author");
    for name in ["0001-one.patch", "0002-two.patch"] {
        std::fs::remove_file(mail.world.series_dir().join(name)).unwrap();
    }
    for number in 1..=11 {
        std::fs::write(author.join("README"), format!("hello {number} \t\nü\n")).unwrap();
        let who = match number {
            3 => "--author=Jürgen \"J.\" Other <other@kernel.example>",
            4 => "--author=J. R. Other <jr@kernel.example>",
            _ => "--author=Dev <dev@dev.example>",
        };
        let subject = match number {
            5 => "README: größer, and with a subject that has to be folded, encoded or both by git"
                .to_owned(),
            6 => "README: a plain subject that is long enough to be folded by git format-patch"
                .to_owned(),
            7 => "README: [x] = brackets, \"quotes\" and 50%".to_owned(),
            _ => format!("README: say {number}"),
        };
        let message = format!("{subject}\n\nWhy {number}.\n\nSigned-off-by: Dev <dev@dev.example>");
        git(
            &author,
            &["commit", "--quiet", "--all", who, "-m", &message],
        );
    }
    let series = mail.world.series_dir();
    let series = series.to_str().unwrap();
    let refreshed = [
        "format-patch",
        "--quiet",
        "--zero-commit",
        "--no-signature",
        "--no-numbered",
        "--no-base",
        "--abbrev=12",
        "--stat=76",
    ];
    git(
        &author,
        &[&refreshed[..], &["-o", series, "origin/HEAD"]].concat(),
    );
    let ours = python(&mail.rehearse().outgoing);

    let theirs = dir.join("theirs");
    git(
        &author,
        &[
            "format-patch",
            "--quiet",
            "-v2",
            "--cover-letter",
            "--from=Dev <dev@dev.example>",
            "--abbrev=12",
            "--stat=76",
            "--to=x@x.example",
            "-o",
            theirs.to_str().unwrap(),
            "origin/HEAD",
        ],
    );
    let mut paths: Vec<PathBuf> = std::fs::read_dir(&theirs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let theirs = python_files(&paths);
    assert_eq!(ours.len(), 12);
    assert_eq!(ours[1]["subject"], "[PATCH v2 01/11] README: say 1");
    assert_eq!(ours[0]["subject"], "[PATCH v2 00/11] init: count");
    for (ours, theirs) in ours.iter().zip(&theirs).skip(1) {
        for part in ["subject", "from", "body"] {
            assert_eq!(ours[part], theirs[part], "{part}");
        }
    }
}

#[test]
fn only_signoff_adds_a_sign_off() {
    let mail = Mail::new();
    mail.edit(
        "0001-one.patch",
        "Signed-off-by: Dev <dev@dev.example>\n",
        "",
    );
    let rehearsal = mail.rehearse();
    assert_eq!(rehearsal.blockers.len(), 1, "{:?}", rehearsal.blockers);
    assert!(rehearsal.blockers[0].contains("1 of 2 patches have no Signed-off-by"));
    let count = |rehearsal: &Rehearsal| {
        let mails = python(&rehearsal.outgoing);
        let bodies = mails[1..].iter().map(|mail| mail["body"].as_str().unwrap());
        bodies
            .map(|body| body.matches("Signed-off-by: Dev").count())
            .collect::<Vec<_>>()
    };
    assert_eq!(count(&rehearsal), [0, 1]);
    let signed = mail.try_rehearse(true).unwrap();
    assert_eq!(signed.blockers, Vec::<String>::new());
    assert_eq!(count(&signed), [1, 1]);
    let file = std::fs::read_to_string(mail.world.series_dir().join("0001-one.patch")).unwrap();
    assert!(
        !file.contains("Signed-off-by"),
        "the patch file is not the mail"
    );
}

#[test]
fn everything_in_the_way_is_said_at_once() {
    let mail = Mail::new();
    mail.edit(
        "0002-two.patch",
        "Rita <rita@kernel.example>",
        "Nobody <nobody@example.invalid>",
    );
    mail.edit("0001-one.patch", "Why one.", "EDITME");
    mail.write("../checks.toml", "");
    mail.edit("cover-letter.md", "Changes in v2:", "Changes:");
    mail.edit("cover-letter.md", "init: count", "init: count more");
    mail.edit(
        "series.toml",
        "change-id = \"20260101-demo-0123456789ab\"\n",
        "",
    );
    mail.edit(
        "series.toml",
        "[[earlier]]\nversion = 1\nlink = \"https://lore.kernel.example/r/1\"\n",
        "",
    );
    let blockers = mail.rehearse().blockers.join("\n");
    for part in [
        "0001-one has an EDITME",
        "has no change-id; add: change-id = ",
        "is headed `init: count more`",
        "no `Changes in v2`",
        "check finds 1 errors, the first at 0002-two.patch:17: TRAILING_WHITESPACE",
        "does not say where v1 is",
        "Nobody <nobody@example.invalid> (Reported-by) stands for somebody",
    ] {
        assert!(blockers.contains(part), "{part} is not in\n{blockers}");
    }
}

/// Results are of patches, not of the words around them, and never of others.
#[test]
fn what_was_tested_is_what_is_sent() {
    let mut mail = Mail::new();
    mail.edit(
        "cover-letter.md",
        "Why all this",
        "<!-- bench -->\n\n<!-- test-vm -->\n\nWhy all this",
    );
    let body = |rehearsal: &Rehearsal| {
        let mails = python(&rehearsal.outgoing);
        mails[0]["body"].as_str().unwrap().to_owned()
    };
    let proven = mail.rehearse();
    assert_eq!(proven.blockers, Vec::<String>::new());
    let text = body(&proven);
    assert!(
        text.contains("| 4k 1 MiB ") && text.contains(" 1,234 "),
        "{text}"
    );
    assert!(text.contains("| map_unmap "), "{text}");

    mail.proven = false;
    mail.edit("0001-one.patch", "Why one.", "Why one, in other words.");
    assert_eq!(mail.rehearse().blockers, Vec::<String>::new());
    mail.edit("0001-one.patch", "a = 10;", "a = 12;");
    let stale = mail.rehearse();
    assert_eq!(stale.blockers.len(), 5, "{:?}", stale.blockers);
    for (blocker, command) in stale
        .blockers
        .iter()
        .zip(["test-vm", "bench", "check --deep"])
    {
        assert!(
            blocker.contains("patches before 1 was changed"),
            "{blocker}"
        );
        let command = format!("(cargo xtask {command} --linux x)");
        assert!(blocker.contains(&command), "{blocker}");
    }
    assert!(!body(&stale).contains("1,234"));
}

/// `sendemail.suppressCc` keeps people out of Cc, not out of the text.
#[test]
fn a_placeholder_in_a_trailer_does_not_leave_either() {
    let mail = Mail::new();
    mail.edit(
        "0001-one.patch",
        "Signed-off-by: Dev",
        "Co-developed-by: Series Author <author@example.invalid>\nSigned-off-by: Dev",
    );
    let quiet = Identity {
        suppress: vec!["all".to_owned()],
        ..mail.identity()
    };
    let rehearsal = mail.rehearse_as(&quiet, false).unwrap();
    assert_eq!(rehearsal.blockers.len(), 1, "{:?}", rehearsal.blockers);
    assert!(rehearsal.blockers[0].contains("author@example.invalid"));
    let mails = python(&rehearsal.outgoing);
    assert!(!words(&mails[2]["cc"]).contains(&"rita@kernel.example"));
}

#[test]
fn a_version_that_is_not_kept_is_a_note_and_no_obstacle() {
    let mail = Mail::new();
    std::fs::remove_dir_all(mail.world.series_dir().join("v1")).unwrap();
    let rehearsal = mail.rehearse();
    assert!(rehearsal.blockers.is_empty());
    assert!(
        rehearsal.notes[1].contains("no range-diff against v1"),
        "{:?}",
        rehearsal.notes
    );
}

#[test]
fn mails_of_which_some_were_sent_are_not_replaced() {
    let mail = Mail::new();
    let first = mail.rehearse().outgoing;
    // Mails alone are: the next rehearsal is the one that counts.
    let second = mail.rehearse().outgoing;
    assert_ne!(first.messages[0].message_id, second.messages[0].message_id);
    let mut journal = Journal::begin(&second.dir, "d", "here", 3).unwrap();
    let ids: Vec<&str> = second
        .messages
        .iter()
        .map(|message| message.message_id.as_str())
        .collect();
    journal.leaving(ids[0]).unwrap();
    let error = mail.try_rehearse(false).unwrap_err().to_string();
    assert!(error.contains("another process"), "{error}");
    drop(journal);
    let error = mail.try_rehearse(false).unwrap_err().to_string();
    assert!(error.contains("3 mails are left"), "{error}");
    assert!(error.contains("would go out twice"), "{error}");
    let mut journal = Journal::resume(&second.dir, "d").unwrap();
    for id in &ids {
        journal.sent(id, "250 ok").unwrap();
    }
    drop(journal);
    let error = mail.try_rehearse(false).unwrap_err().to_string();
    assert!(error.contains("v2 was sent"), "{error}");
    assert_eq!(Outgoing::load(&second.dir).unwrap(), second);
}

#[test]
fn a_patch_that_mail_would_change_leaves_the_old_mails_alone() {
    let mail = Mail::new();
    let before = mail.rehearse().outgoing;
    let long = "x".repeat(1000);
    mail.edit("0002-two.patch", "note for reviewers", &long);
    let error = mail.try_rehearse(false).unwrap_err().to_string();
    assert!(
        error.contains("[PATCH v2 2/2] init: two") && error.contains("1000 bytes"),
        "{error}"
    );
    assert_eq!(Outgoing::load(&before.dir).unwrap(), before);
}
