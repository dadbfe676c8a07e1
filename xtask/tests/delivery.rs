// SPDX-License-Identifier: GPL-2.0-only
//! From patch files to somebody else's mailbox: a series is rehearsed, sent to
//! a real mail server on loopback, and read from its Maildir with git am, b4
//! and Python.

mod common;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use common::git;
use common::mail::{Mail, python, python_files};
use common::smtpd::{Server, environment};
use serde_json::json;
use xtask::context::Cx;
use xtask::mail::identity::Identity;
use xtask::mail::journal::{Journal, State};
use xtask::mail::rehearse::{Options, rehearse};
use xtask::mail::send::{self, Carrier, Outcome, Sealed};
use xtask::mail::sign::Signer;
use xtask::mail::{Outgoing, smtp};
use xtask::paths::Paths;
use xtask::recipients::Mailbox;
use xtask::series::{Series, names};
use xtask::source::{self, SourceArgs};
use xtask::tree;
use xtask::ui::Ui;

/// What the configuration of `workspace` asks for, without the waiting.
struct Hasty {
    inner: Box<dyn Carrier>,
    waited: Vec<u64>,
}

impl Hasty {
    fn of(workspace: &Path) -> Self {
        Self {
            inner: smtp::carrier(workspace).unwrap(),
            waited: Vec::new(),
        }
    }
}

impl Carrier for Hasty {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn prepare(&mut self, mails: &[&Sealed]) -> anyhow::Result<()> {
        self.inner.prepare(mails)
    }
    fn carry(
        &mut self,
        mail: &Sealed,
        leaving: &mut dyn FnMut() -> anyhow::Result<()>,
    ) -> anyhow::Result<Outcome> {
        self.inner.carry(mail, leaving)
    }
    fn pause(&mut self, time: Duration) -> anyhow::Result<()> {
        self.waited.push(time.as_secs());
        self.inner.pause(Duration::ZERO)
    }
}

/// A rehearsed series whose workspace is configured to use a server.
struct Post {
    mail: Mail,
    outgoing: Outgoing,
    tree: String,
    server: Server,
}

impl Post {
    fn new(mail: Mail, faults: &serde_json::Value) -> Option<Self> {
        let server = Server::start(faults)?;
        let workspace = mail.world.cx.paths.workspace();
        git(workspace, &["init", "--quiet"]);
        server.configure(workspace);
        let rehearsal = mail.rehearse();
        Some(Self {
            mail,
            outgoing: rehearsal.outgoing,
            tree: rehearsal.tree,
            server,
        })
    }

    fn carrier(&self) -> Hasty {
        Hasty::of(self.mail.world.cx.paths.workspace())
    }

    fn mails(&self) -> Vec<Sealed> {
        send::seal(&self.outgoing, None).unwrap()
    }

    fn begin(&self, carrier: &mut Hasty) -> anyhow::Result<usize> {
        let mails = self.mails();
        let digest = send::digest(&mails);
        let mut journal = Journal::begin(&self.outgoing.dir, &digest, "test", mails.len())?;
        send::send(&Ui::quiet(), &mails, &mut journal, carrier, Duration::ZERO)
    }

    fn journal(&self) -> Journal {
        Journal::resume(&self.outgoing.dir, &send::digest(&self.mails())).unwrap()
    }

    fn resume(&self) -> anyhow::Result<usize> {
        let (mails, mut journal) = (self.mails(), self.journal());
        let mut carrier = self.carrier();
        send::send(
            &Ui::quiet(),
            &mails,
            &mut journal,
            &mut carrier,
            Duration::ZERO,
        )
    }

    fn assert_all_taken_once(&self) {
        assert_taken(&self.server, &self.mails());
    }
}

fn assert_taken(server: &Server, mails: &[Sealed]) {
    let taken = server.taken();
    assert_eq!(taken.len(), mails.len());
    for (taken, mail) in taken.iter().zip(mails) {
        assert_eq!(taken.bytes, mail.bytes, "{}", mail.subject);
        assert_eq!(taken.from, mail.from.to_string());
        let to: Vec<String> = mail.to.iter().map(ToString::to_string).collect();
        assert_eq!(taken.to, to);
    }
}

fn files(server: &Server) -> Vec<PathBuf> {
    server.taken().into_iter().map(|mail| mail.file).collect()
}

#[test]
fn a_series_arrives_as_it_was_rehearsed() {
    let Some(post) = Post::new(Mail::new(), &json!([])) else {
        return;
    };
    assert_eq!(post.begin(&mut post.carrier()).unwrap(), 3);
    post.assert_all_taken_once();
    // The thread, as Python reads it from where it arrived.
    let arrived = python_files(&files(&post.server));
    assert_eq!(arrived, python(&post.outgoing));
    assert!(arrived[0]["reply"].is_null());
    assert_eq!(arrived[1]["reply"], arrived[0]["id"]);
    assert_eq!(arrived[2]["reply"], arrived[0]["id"]);
}

#[test]
fn git_am_and_b4_make_the_tree_that_was_rehearsed() {
    let Some(post) = Post::new(Mail::new(), &json!([])) else {
        return;
    };
    post.begin(&mut post.carrier()).unwrap();
    let world = post.mail.world.dir.path();
    for name in ["with-git", "with-b4"] {
        git(world, &["clone", "--quiet", "linux", name]);
    }
    let clone = world.join("with-git");
    let maildir = post.server.maildir();
    // The cover letter has no patch.
    let am = ["am", "--quiet", "--empty=drop", maildir.to_str().unwrap()];
    git(&clone, &am);
    assert_eq!(git(&clone, &["rev-parse", "HEAD^{tree}"]), post.tree);

    let clone = world.join("with-b4");
    let (said, mbox) = b4_am(&post, &clone);
    assert!(said.contains("Total patches: 2"), "{said}");
    git(&clone, &["am", "--quiet", mbox.to_str().unwrap()]);
    assert_eq!(git(&clone, &["rev-parse", "HEAD^{tree}"]), post.tree);
}

/// What b4 says of the thread in the Maildir, and the patches that it makes
/// of it.
fn b4_am(post: &Post, clone: &Path) -> (String, PathBuf) {
    let world = post.mail.world.dir.path();
    let out = world.join("b4");
    let id = post.outgoing.messages[0]
        .message_id
        .trim_matches(['<', '>']);
    let output = Command::new(environment().unwrap().join("b4"))
        .args(["--offline-mode", "--no-stdin", "am", "--no-cache", "-m"])
        .arg(post.server.maildir())
        .arg("-o")
        .arg(&out)
        .args(["-n", "series", id])
        .current_dir(clone)
        .env("HOME", world)
        .env("XDG_DATA_HOME", world.join("data"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (said, out.join("series.mbx"))
}

#[test]
fn b4_finds_the_signatures_of_what_arrived() {
    let Some(post) = Post::new(Mail::new(), &json!([])) else {
        return;
    };
    let world = post.mail.world.dir.path();
    let workspace = post.mail.world.cx.paths.workspace();
    git(workspace, &["config", "user.email", "dev@dev.example"]);
    let made = Command::new(environment().unwrap().join("patatt"))
        .arg("genkey")
        .current_dir(workspace)
        .env("HOME", world)
        .env("XDG_DATA_HOME", world.join("data"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
    let one = |dir: &str| {
        let mut list = std::fs::read_dir(world.join("data/patatt").join(dir)).unwrap();
        list.next().unwrap().unwrap().path()
    };
    let key = format!("ed25519:{}", one("private").display());
    git(workspace, &["config", "patatt.signingkey", &key]);
    let known = world.join("keys/ed25519/dev.example/dev");
    std::fs::create_dir_all(&known).unwrap();
    std::fs::copy(one("public"), known.join("default")).unwrap();

    let signer = Signer::of_git(workspace).unwrap().unwrap();
    signer.sign(&post.outgoing).unwrap();
    post.begin(&mut post.carrier()).unwrap();
    post.assert_all_taken_once();
    git(world, &["clone", "--quiet", "linux", "receiver"]);
    let clone = world.join("receiver");
    let keys = world.join("keys");
    let keys = ["config", "patatt.keyringsrc", keys.to_str().unwrap()];
    git(&clone, &keys);
    let (said, mbox) = b4_am(&post, &clone);
    assert!(said.contains("Signed: ed25519/dev@dev.example"), "{said}");
    assert!(!said.contains("BADSIG") && !said.contains("✗"), "{said}");
    git(&clone, &["am", "--quiet", mbox.to_str().unwrap()]);
    assert_eq!(git(&clone, &["rev-parse", "HEAD^{tree}"]), post.tree);
}

#[test]
fn faults_of_a_real_server_cost_no_mail_and_double_none() {
    for (fault, words) in [
        (
            json!({"rcpt": "jane", "say": "550 5.1.1 unknown"}),
            "550 5.1.1 unknown",
        ),
        (json!({"data": "554 5.7.1 spam"}), "554 5.7.1 spam"),
        (json!({"cut": 20}), "nobody can tell"),
    ] {
        // Jane gets the cover letter, and the second patch.
        let Some(post) = Post::new(Mail::new(), &json!([null, null, fault])) else {
            return;
        };
        let id = post.outgoing.messages[2].message_id.clone();
        let error = post.begin(&mut post.carrier()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert!(error.contains("[PATCH v2 2/2] init: two"), "{error}");
        assert_eq!(post.server.taken().len(), 2);
        let mut journal = post.journal();
        if fault["cut"].is_number() {
            assert!(error.contains(&id), "{error}");
            assert_eq!(journal.state(&id), State::Doubtful);
            journal.settle(&id, false).unwrap();
        }
        assert_eq!(journal.state(&id), State::Waiting);
        drop(journal);
        assert_eq!(post.resume().unwrap(), 1);
        post.assert_all_taken_once();
    }
}

#[test]
fn a_server_that_puts_off_is_asked_again() {
    let faults = json!([
        null,
        {"data": "452 4.3.1 full"},
        {"rcpt": "ingrid", "say": "451 4.7.1 grey"}
    ]);
    let Some(post) = Post::new(Mail::new(), &faults) else {
        return;
    };
    let mut carrier = post.carrier();
    assert_eq!(post.begin(&mut carrier).unwrap(), 3);
    assert_eq!(carrier.waited, [30, 60]);
    post.assert_all_taken_once();
}

/// More than fits into any buffer on the way, to a server that reads slowly;
/// then cut: the end was never written, so that nobody has to be asked.
#[test]
fn a_large_mail_reaches_a_slow_reader() {
    let mail = Mail::new();
    let long = format!("{}\n", "x".repeat(99)).repeat(90_000);
    mail.edit("0002-two.patch", "note for reviewers\n", &long);
    let faults = json!([null, null, {"cut": 5000}]);
    let Some(post) = Post::new(mail, &faults) else {
        return;
    };
    let mut carrier = post.carrier();
    assert_eq!(post.begin(&mut carrier).unwrap(), 3);
    assert_eq!(carrier.waited, [30]);
    post.assert_all_taken_once();
}

#[test]
fn a_wrong_password_is_told_before_anything_leaves() {
    let Some(post) = Post::new(Mail::new(), &json!([])) else {
        return;
    };
    let workspace = post.mail.world.cx.paths.workspace();
    git(workspace, &["config", "sendemail.smtpPass", "guess"]);
    let error = post.begin(&mut post.carrier()).unwrap_err().to_string();
    assert!(error.contains("535"), "{error}");
    git(workspace, &["config", "--unset", "sendemail.smtpPass"]);
    assert_eq!(post.resume().unwrap(), 3);
    post.assert_all_taken_once();
}

/// The command itself, with a program that takes the mails.
struct Cli {
    mail: Mail,
}

/// What the program does with the second mail: it looks for the word in a file.
const SENDMAIL: &str = r#"
cat > /dev/null
test "$(wc -l < taken)" -ne 1 || fault=$(cat fault)
case "$fault" in
refuse) echo no more >&2; exit 69 ;;
later) echo grey list >&2; exit 75 ;;
esac
echo "$@" >> taken
if test "$fault" = crash; then
    # Not the shell in between.
    pid=$PPID
    while test "$(cat /proc/$pid/comm)" != xtask; do
        pid=$(cut -d ' ' -f 4 /proc/$pid/stat)
    done
    kill -9 "$pid"
fi
"#;

impl Cli {
    /// `fault` is what happens to the second mail.
    fn new(fault: &str) -> Self {
        let mail = Mail::new();
        let workspace = mail.world.cx.paths.workspace();
        git(workspace, &["init", "--quiet"]);
        let dir = mail.world.dir.path();
        for (path, text) in [
            (workspace.join("Cargo.toml"), ""),
            (dir.join("taken"), ""),
            (dir.join("fault"), fault),
            (dir.join("sendmail"), SENDMAIL),
        ] {
            std::fs::write(path, text).unwrap();
        }
        let line = format!("cd '{}' && sh sendmail", dir.display());
        for (key, value) in [
            ("user.name", "Dev"),
            ("user.email", "dev@dev.example"),
            ("sendemail.sendmailCmd", line.as_str()),
        ] {
            git(workspace, &["config", key, value]);
        }
        Self { mail }
    }

    /// From now on the program takes all.
    fn let_pass(&self) {
        std::fs::write(self.path("fault"), "").unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.mail.world.dir.path().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(args)
            .env("CARGO_MANIFEST_DIR", self.mail.world.cx.paths.workspace())
            .env("XDG_CACHE_HOME", self.path("home"))
            // Nothing of whoever runs the test.
            .env("HOME", self.path("home"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    fn run(&self, args: &[&str], answer: &str) -> (Option<i32>, String) {
        let mut child = self.command(args).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // Some runs end without asking.
        let _ = stdin.write_all(answer.as_bytes());
        drop(stdin);
        let Output {
            status,
            stdout,
            stderr,
        } = child.wait_with_output().unwrap();
        let said = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (status.code(), said.concat())
    }

    fn resume(&self, args: &[&str]) -> (Option<i32>, String) {
        let all = ["send-series", "--pace", "0", "--resume"];
        self.run(&[&all, args].concat(), "")
    }

    fn args<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        common::remember(&self.mail.world, &self.mail.source());
        let linux = self.mail.linux.to_str().unwrap();
        let first = ["send-series", "--pace", "0", "--linux", linux];
        [&first, args].concat()
    }

    fn send(&self, args: &[&str], answer: &str) -> (Option<i32>, String) {
        self.run(&self.args(args), answer)
    }

    fn taken(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.path("taken")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

#[test]
fn only_a_yes_sends_and_only_once() {
    let command = Cli::new("");
    for (args, answer) in [(&[][..], "yes\n"), (&["--send"], "no\n"), (&["--send"], "")] {
        let (_, said) = command.send(args, answer);
        assert_eq!(command.taken(), Vec::<String>::new(), "{said}");
    }
    let (code, said) = command.send(&["--send"], "yes\n");
    assert_eq!(code, Some(0), "{said}");
    for line in [
        "sends    ingrid@kernel.example  (2 of 3)",
        "sends    init@lists.example",
        "send 3 mails to these",
        "sent     3 mails",
    ] {
        assert!(said.contains(line), "{line} is not in\n{said}");
    }
    assert_eq!(command.taken().len(), 3);
    assert!(command.taken()[1].contains("ingrid@kernel.example"));
    for (args, answer) in [(&["--send"][..], "yes\n"), (&[], "")] {
        let (code, said) = command.send(args, answer);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("v2 was sent"), "{said}");
    }
    let (code, _) = command.resume(&[]);
    assert_eq!(code, Some(0));
    assert_eq!(command.taken().len(), 3);
}

#[test]
fn what_is_in_the_way_is_not_confirmed_away() {
    let command = Cli::new("");
    command.mail.edit("0001-one.patch", "Why one.", "EDITME");
    let (code, said) = command.send(&["--send"], "yes\n");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("nothing was sent: one thing is"), "{said}");
    assert_eq!(command.taken(), Vec::<String>::new());
    // One can look at it, though.
    let (code, said) = command.send(&["--reflect", "me@dev.example"], "");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(command.taken(), ["-i me@dev.example"; 3]);
    // It is no attempt to send.
    let (code, said) = command.resume(&[]);
    assert_eq!(code, Some(2), "{said}");
}

#[test]
fn an_attempt_that_was_stopped_is_finished_by_resume() {
    let command = Cli::new("refuse");
    let (code, said) = command.send(&["--send"], "yes\n");
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("exit code 69: no more"), "{said}");
    assert!(said.contains("--resume"), "{said}");
    assert_eq!(command.taken().len(), 1);
    for args in [&["series", "next"][..], &command.args(&["--send"])] {
        let (code, said) = command.run(args, "yes\n");
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains("2 mails are left"), "{said}");
    }
    let (code, said) = command.resume(&["--doubtful", "lost"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("no mail is in doubt"), "{said}");
    command.let_pass();
    let (code, said) = command.resume(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(command.taken().len(), 3);
}

/// A yes is for what was shown.
#[test]
fn mails_that_were_replaced_before_the_answer_do_not_leave() {
    let command = Cli::new("");
    let mut child = command.command(&command.args(&["--send"])).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let asked = stderr.find(|line| line.as_ref().unwrap().contains("Type yes"));
    assert!(asked.is_some());
    command.mail.edit("0001-one.patch", "Why one.", "Why not.");
    let (code, said) = command.send(&[], "");
    assert_eq!(code, Some(0), "{said}");
    child.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    let rest: Vec<String> = stderr.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(1), "{rest:?}");
    assert!(rest.concat().contains("nothing was sent"), "{rest:?}");
    assert_eq!(command.taken(), Vec::<String>::new());
    // Nor is the next attempt in anybody's way.
    let (code, said) = command.send(&["--send"], "yes\n");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(command.taken().len(), 3);
}

/// It dies between the mail and the answer.
#[test]
fn after_a_crash_one_mail_is_in_doubt_and_is_named() {
    let command = Cli::new("crash");
    let (code, said) = command.send(&["--send"], "yes\n");
    assert_eq!(code, None, "{said}");
    assert_eq!(command.taken().len(), 2);
    command.let_pass();
    let (code, said) = command.resume(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("`[PATCH v2 1/2] init: one`"), "{said}");
    assert!(said.contains("--resume --doubtful arrived"), "{said}");
    assert_eq!(command.taken().len(), 2);
    let (code, said) = command.resume(&["--doubtful", "arrived"]);
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(command.taken().len(), 3);
}

#[test]
fn an_interrupt_while_waiting_loses_nothing() {
    let command = Cli::new("later");
    let mut child = command.command(&command.args(&["--send"])).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"yes\n").unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap()).lines();
    let waits = stderr.find(|line| line.as_ref().unwrap().contains("grey list; again in 30 s"));
    assert!(waits.is_some());
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGINT).unwrap();
    let rest: Vec<String> = stderr.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{rest:?}");
    assert!(rest.concat().contains("send-series --resume"), "{rest:?}");
    command.let_pass();
    assert_eq!(command.resume(&[]).0, Some(0));
    assert_eq!(command.taken().len(), 3);
}

/// The series of this workspace on the kernel that the cache holds.
#[test]
#[ignore = "needs a kernel, which `cargo xtask ci` has got by then"]
fn the_series_of_this_workspace_arrive() {
    let real = Paths::discover().unwrap();
    for name in names(&real.patches()).unwrap() {
        let Some(server) = Server::start(&json!([])) else {
            return;
        };
        let dir = tempfile::tempdir().unwrap();
        let workspace = dir.path().to_owned();
        git(&workspace, &["init", "--quiet"]);
        server.configure(&workspace);
        std::fs::create_dir(workspace.join(".work")).unwrap();
        std::os::unix::fs::symlink(real.patches(), workspace.join("linux-patches")).unwrap();
        // The cache is shared; mails and commits are made in the new folder.
        let cx = Cx::with(Paths::new(workspace, real.cache().to_owned()), Ui::quiet());
        let series = Series::load(&cx.paths.patches().join(&name)).unwrap();
        let args = SourceArgs::default();
        let source = source::obtain(&cx, &args, &series.about.base).unwrap();
        let identity = Identity {
            sender: Mailbox::parse("Test <test@kernel.example>").unwrap(),
            to: Vec::new(),
            cc: Vec::new(),
            suppress: Vec::new(),
        };
        let options = Options {
            signoff: true,
            public_base: false,
            again: String::new(),
        };
        let rehearsal = rehearse(&cx, &series, &source, &identity, options).unwrap();
        let mails = send::seal(&rehearsal.outgoing, None).unwrap();
        let digest = send::digest(&mails);
        let mut journal =
            Journal::begin(&rehearsal.outgoing.dir, &digest, "test", mails.len()).unwrap();
        let mut carrier = Hasty::of(cx.paths.workspace());
        send::send(
            &Ui::quiet(),
            &mails,
            &mut journal,
            &mut carrier,
            Duration::ZERO,
        )
        .unwrap();
        assert_taken(&server, &mails);
        let arrived = files(&server);
        assert_eq!(python_files(&arrived), python(&rehearsal.outgoing));
        let patches = &arrived[arrived.len() - series.patches.len()..];
        let head = tree::try_apply(&cx, &source, patches).unwrap();
        let tree = git(
            &cx.paths.work_repo(),
            &["rev-parse", &format!("{head}^{{tree}}")],
        );
        assert_eq!(tree, rehearsal.tree);
        let _ = writeln!(std::io::stderr(), "{name}: {} mails arrived", mails.len());
    }
}
