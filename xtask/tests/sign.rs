// SPDX-License-Identifier: GPL-2.0-only
//! Signatures, judged by patatt itself. Where there is no network to get it
//! from, the tests say that they skip.

mod common;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use common::smtpd::environment;
use xtask::mail::message::Draft;
use xtask::mail::sign::Signer;
use xtask::mail::{Message, Outgoing};
use xtask::recipients::Mailbox;

/// patatt, which b4 brings along.
fn patatt() -> Option<PathBuf> {
    Some(environment()?.join("patatt"))
}

fn run(command: &mut Command) -> Result<Output, String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(output);
    }
    let said = [output.stdout, output.stderr].concat();
    Err(format!("{command:?}: {}", String::from_utf8_lossy(&said)))
}

/// A user with a folder, whose configuration is the folder's.
struct User {
    dir: tempfile::TempDir,
}

impl User {
    fn new() -> Self {
        let user = Self {
            dir: tempfile::tempdir().unwrap(),
        };
        run(user.command("git").args(["init", "--quiet"])).unwrap();
        user.config("user.email", "dev@dev.example");
        user.config("patatt.selector", "2026");
        user.config("patatt.keyringsrc", user.path("keys").to_str().unwrap());
        user
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn config(&self, key: &str, value: &str) {
        run(self.command("git").args(["config", key, value])).unwrap();
    }

    /// A program that sees nothing of whoever runs the tests.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.dir.path())
            .env("HOME", self.dir.path())
            .env("XDG_DATA_HOME", self.path("data"))
            .env("GNUPGHOME", self.path("gnupg"))
            .env("GIT_CONFIG_GLOBAL", "/dev/null");
        command
    }

    /// Makes a public key known.
    fn publish(&self, algorithm: &str, key: &[u8]) {
        let dir = self.path("keys").join(algorithm).join("dev.example/dev");
        std::fs::create_dir_all(&dir).unwrap();
        std::fs::write(dir.join("2026"), key).unwrap();
    }

    /// Writes a thread with all that could be read in two ways.
    fn thread(&self) -> Outgoing {
        let dir = self.path("outgoing");
        std::fs::create_dir_all(&dir).unwrap();
        let long = "a subject that is long enough to be folded, with größer words at its end";
        let mails = [
            (
                "[PATCH v2 0/2] x: count",
                "Blurb with ü.\n\n  indented \n\n-- \n2.47\n\n",
            ),
            (
                &*format!("[PATCH v2 1/2] x: {long}"),
                "From: Jürgen Other <other@dev.example>\n\nWhy.\n>8--- no scissors\n---\nnote\n\n x | 1 +\n\n\
                 diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n a\n+trailing \t \n-- \n2.47\n\n",
            ),
            (
                "[PATCH v2 2/2] x:  two   blanks",
                "Why.\n---\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n",
            ),
        ];
        let mut messages = Vec::new();
        for (number, (subject, body)) in mails.iter().enumerate() {
            let draft = Draft {
                from: Mailbox::parse("Dävid Dev <dev@dev.example>").unwrap(),
                to: vec![Mailbox::parse("list@dev.example").unwrap()],
                cc: Vec::new(),
                subject: (*subject).to_owned(),
                date: "Tue, 14 Nov 2023 22:13:20 +0000".to_owned(),
                id: format!("20260101-a-slug-that-is-rather-long-v2-{number}-abc@dev.example"),
                references: Vec::new(),
                body: (*body).to_owned(),
            };
            let path = dir.join(format!("{number}.eml"));
            std::fs::write(&path, draft.render().unwrap()).unwrap();
            messages.push(Message {
                path,
                message_id: format!("<{}>", draft.id),
                from: "dev@dev.example".to_owned(),
                recipients: vec!["list@dev.example".to_owned()],
                subject: draft.subject,
            });
        }
        Outgoing { dir, messages }
    }

    /// From its input: a file would be a mailbox to it.
    fn validate(&self, patatt: &Path, mail: &Path) -> Result<(), String> {
        let output = run(self
            .command(patatt.to_str().unwrap())
            .arg("validate")
            .stdin(File::open(mail).unwrap()))?;
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said).into_owned();
        if said.contains("PASS | dev@dev.example") {
            Ok(())
        } else {
            Err(said)
        }
    }

    /// patatt accepts all mails, and none to which something was done.
    fn judged_by(&self, patatt: &Path, outgoing: &Outgoing) {
        for message in &outgoing.messages {
            self.validate(patatt, &message.path).unwrap();
            let text = std::fs::read_to_string(&message.path).unwrap();
            for line in text.split("\n\n").next().unwrap().lines() {
                assert!(line.len() <= 78 && line.is_ascii(), "{line}");
            }
            let changed = self.path("changed.eml");
            for (from, to) in [
                ("Why.", "Why not."),
                ("Blurb", "blurb"),
                ("\nMessage-ID: <2", "\nMessage-ID: <1"),
                ("\n+trailing", "\n+railing"),
            ] {
                if text.contains(from) {
                    std::fs::write(&changed, text.replacen(from, to, 1)).unwrap();
                    let verdict = self.validate(patatt, &changed);
                    assert!(verdict.is_err(), "{from}: {verdict:?}");
                }
            }
            // What a list server and its mail program do to a mail.
            let delivered = format!("Received: by x\n{text}").replace('\n', "\r\n");
            std::fs::write(&changed, delivered).unwrap();
            self.validate(patatt, &changed).unwrap();
        }
    }
}

#[test]
fn a_key_of_patatt_signs_as_patatt_does() {
    let Some(patatt) = patatt() else { return };
    let user = User::new();
    run(user.command(patatt.to_str().unwrap()).arg("genkey")).unwrap();
    let made = std::fs::read_dir(user.path("data/patatt/private")).unwrap();
    let name = made.flatten().next().unwrap().path();
    let name = name.file_stem().unwrap().to_str().unwrap();
    let public = user.path("data/patatt/public").join(format!("{name}.pub"));
    user.publish("ed25519", &std::fs::read(public).unwrap());
    let key = user.path("data/patatt/private").join(format!("{name}.key"));
    user.config("patatt.signingkey", &format!("ed25519:{}", key.display()));
    let outgoing = user.thread();
    let signer = Signer::of_git(user.dir.path()).unwrap().unwrap();
    assert_eq!(signer.name(), "ed25519 key of dev@dev.example");
    signer.sign(&outgoing).unwrap();
    user.judged_by(&patatt, &outgoing);
}

#[test]
fn a_key_of_openssh_signs_as_patatt_does() {
    let Some(patatt) = patatt() else { return };
    let user = User::new();
    let key = user.path("id");
    let made = run(user
        .command("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(&key));
    if let Err(why) = made {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no key of OpenSSH: {why}");
        return;
    }
    user.publish("openssh", &std::fs::read(user.path("id.pub")).unwrap());
    user.config("patatt.signingkey", &format!("openssh:{}", key.display()));
    let outgoing = user.thread();
    let signer = Signer::of_git(user.dir.path()).unwrap().unwrap();
    signer.sign(&outgoing).unwrap();
    user.judged_by(&patatt, &outgoing);
}

#[test]
fn a_key_of_gpg_signs_as_patatt_does() {
    let Some(patatt) = patatt() else { return };
    let user = User::new();
    // This process sees another home than the user's programs.
    let gpg = user.path("gpg");
    let script = "mkdir -m 700 \"$GNUPGHOME\" && printf '#!/bin/sh\\nGNUPGHOME=%s exec gpg \"$@\"\\n' \"$GNUPGHOME\" > gpg && chmod +x gpg";
    run(user.command("sh").args(["-c", script])).unwrap();
    let made = run(user
        .command("gpg")
        .args(["--batch", "--quiet", "--passphrase", "", "--quick-gen-key"])
        .args(["dev@dev.example", "ed25519", "sign", "never"]));
    if let Err(why) = made {
        let _ = writeln!(std::io::stderr(), "SKIPPED: no key of gpg: {why}");
        return;
    }
    let public = run(user.command("gpg").args(["--export", "dev@dev.example"])).unwrap();
    user.publish("openpgp", &public.stdout);
    user.config("patatt.signingkey", "openpgp:dev@dev.example");
    user.config("gpg.program", gpg.to_str().unwrap());
    let outgoing = user.thread();
    let signer = Signer::of_git(user.dir.path()).unwrap().unwrap();
    signer.sign(&outgoing).unwrap();
    user.judged_by(&patatt, &outgoing);
    let _ = run(user.command("gpgconf").args(["--kill", "all"]));
}

#[test]
fn nothing_is_signed_unasked_and_a_missing_key_is_named() {
    let user = User::new();
    user.config("patatt.identity", "me@dev.example");
    assert!(Signer::of_git(user.dir.path()).unwrap().is_none());
    for (key, part) in [("ed25519:gone", "gone"), ("rot13:x", "no kind")] {
        user.config("patatt.signingkey", key);
        let error = Signer::of_git(user.dir.path()).unwrap_err();
        assert!(error.to_string().contains(part), "{error}");
    }
}
