// SPDX-License-Identifier: GPL-2.0-only
//! A series that is ready to be sent, on a kernel of a few files in a git
//! repository, and what Python understands of the mails.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use xtask::mail::Outgoing;
use xtask::mail::identity::Identity;
use xtask::mail::rehearse::{Options, Rehearsal, rehearse};
use xtask::recipients::Mailbox;
use xtask::source::{self, Source, SourceArgs};

use super::{World, git, hunk};

/// White space is here to survive.
const CHECKS: &str = "[[decision]]\ntypes = [\"TRAILING_WHITESPACE\", \"BAD_REPORTED_BY_LINK\"]\n\
    level = \"off\"\nreason = \"wanted\"\n";

const MAINTAINERS: &str = "List of maintainers\n\n\
    INIT\nM:\tIngrid Ünit <ingrid@kernel.example>\nR:\tRay Viewer <ray@kernel.example>\n\
    L:\tinit@lists.example\nS:\tMaintained\nF:\tinit/\n\n\
    DOCUMENTATION\nM:\t\"Doe, Jane\" <jane@kernel.example>\nS:\tMaintained\nF:\tREADME\n\n\
    THE REST\nM:\tLinus Torvalds <torvalds@linux-foundation.org>\nL:\tall@lists.example\n\
    S:\tBuried alive in reporters\nF:\t*\nF:\t*/\n";

const TOML: &str = "title = \"init: count\"\nbase = \"7.3\"\nversion = 2\n\
    change-id = \"20260101-demo-0123456789ab\"\n\
    [recipients]\ncc = [\"Extra <extra@kernel.example>\"]\ndrop = [\"ray@kernel.example\"]\n\
    [[earlier]]\nversion = 1\nlink = \"https://lore.kernel.example/r/1\"\n";

const COVER: &str = "# [PATCH v2 0/2] init: count\n\nWhy all this, with ü.\n\n\
    Changes in v2:\n- count from 10\n";

/// A world with a clone of Linux beside it, and a series on top.
pub struct Mail {
    pub world: World,
    pub linux: PathBuf,
    /// Whether there are results for whatever is rehearsed.
    pub proven: bool,
}

impl Mail {
    pub fn new() -> Self {
        let world = World::new();
        let linux = world.dir.path().join("linux");
        std::fs::create_dir_all(linux.join("init")).unwrap();
        for (name, text) in [
            ("Makefile", super::MAKEFILE),
            ("init/main.c", super::MAIN),
            ("README", "hello\n"),
            ("MAINTAINERS", MAINTAINERS),
        ] {
            std::fs::write(linux.join(name), text).unwrap();
        }
        git(&linux, &["init", "--quiet"]);
        git(&linux, &["add", "."]);
        git(&linux, &["commit", "--quiet", "-m", "Linux 7.3.4"]);
        let mail = Self {
            world,
            linux,
            proven: true,
        };
        mail.add(
            1,
            "one",
            "Series Author <author@example.invalid>",
            "Signed-off-by: Dev <dev@dev.example>",
            &hunk(3, "{", "\tint a = 1;", "\tint a = 10;", "\tint b = 2;")
                .replace("@@ -3,3 +3,3 @@", "@@ -2,3 +2,3 @@"),
        );
        mail.add(2, "two", "=?UTF-8?q?J=C3=BCrgen_Other?= <other@kernel.example>", "Reported-by: Rita <rita@kernel.example>\nSigned-off-by: Dev <dev@dev.example>",
            "note for reviewers\n\n--- a/README\n+++ b/README\n@@ -1 +1,4 @@\n hello\n+trailing \t \n+=3D ü\n+.\n");
        mail.write("../checks.toml", CHECKS);
        mail.write("series.toml", TOML);
        mail.write("cover-letter.md", COVER);
        let v1 = mail.world.series_dir().join("v1");
        std::fs::create_dir(&v1).unwrap();
        let first = mail.world.series_dir().join("0001-one.patch");
        let old = std::fs::read_to_string(first)
            .unwrap()
            .replace("a = 10;", "a = 11;");
        std::fs::write(v1.join("0001-one.patch"), old).unwrap();
        mail
    }

    pub fn add(&self, number: u32, subject: &str, author: &str, trailers: &str, diff: &str) {
        let text = format!(
            "From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\nFrom: {author}\n\
             Date: Tue, 14 Nov 2023 22:13:20 +0000\nSubject: [PATCH] init: {subject}\n\nWhy {subject}.\n\n{trailers}\n---\n{diff}"
        );
        self.write(&format!("{number:04}-{subject}.patch"), &text);
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.world.series_dir().join(name), text).unwrap();
    }

    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.world.series_dir().join(name);
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has no {from}");
        std::fs::write(path, text.replace(from, to)).unwrap();
    }

    pub fn source(&self) -> Source {
        let args = SourceArgs {
            linux: Some(self.linux.clone()),
            base: "HEAD".to_owned(),
            ..SourceArgs::default()
        };
        source::obtain(&self.world.cx, &args, "7.3").unwrap()
    }

    pub fn identity(&self) -> Identity {
        Identity {
            sender: Mailbox::parse("Dev <dev@dev.example>").unwrap(),
            to: Vec::new(),
            cc: ["configured@dev.example", "dev@dev.example"]
                .map(str::to_owned)
                .to_vec(),
            suppress: Vec::new(),
        }
    }

    pub fn rehearse_as(&self, identity: &Identity, signoff: bool) -> anyhow::Result<Rehearsal> {
        if self.proven {
            super::remember(&self.world, &self.source());
        }
        let options = Options {
            signoff,
            public_base: true,
            again: " --linux x".to_owned(),
        };
        rehearse(
            &self.world.cx,
            &self.world.series(),
            &self.source(),
            identity,
            options,
        )
    }

    pub fn try_rehearse(&self, signoff: bool) -> anyhow::Result<Rehearsal> {
        self.rehearse_as(&self.identity(), signoff)
    }

    pub fn rehearse(&self) -> Rehearsal {
        self.try_rehearse(false).unwrap()
    }
}

/// The mails as Python's `email` understands them.
pub fn python(outgoing: &Outgoing) -> Vec<Value> {
    let paths: Vec<PathBuf> = outgoing
        .messages
        .iter()
        .map(|message| message.path.clone())
        .collect();
    python_files(&paths)
}

pub fn python_files(paths: &[PathBuf]) -> Vec<Value> {
    const READ: &str = "
import email, email.policy, json, sys
from email.utils import getaddresses, parsedate_to_datetime
out = []
for path in sys.argv[1:]:
    data = open(path, 'rb').read()
    assert b'\\r' not in data
    mail = email.message_from_bytes(data, policy=email.policy.default)
    assert not mail.defects, mail.defects
    for name, value in mail.items():
        assert not value.defects, (name, value.defects)
    out.append({
        'subject': mail['subject'], 'id': mail['message-id'],
        'reply': mail['in-reply-to'], 'references': mail['references'],
        'from': mail['from'], 'time': parsedate_to_datetime(mail['date']).timestamp(),
        'to': [a.addr_spec for a in mail['to'].addresses],
        'to_names': [a.display_name for a in mail['to'].addresses],
        'cc': [a.addr_spec for a in mail['cc'].addresses] if mail['cc'] else [],
        'encoding': mail['content-transfer-encoding'],
        'body': mail.get_payload(decode=True).decode('utf-8'),
    })
print(json.dumps(out))
";
    let output = Command::new("python3")
        .args(["-c", READ])
        .args(paths)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}
