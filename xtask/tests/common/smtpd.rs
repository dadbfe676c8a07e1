// SPDX-License-Identifier: GPL-2.0-only
//! A real mail server on loopback, and b4: both come from PyPI, into a virtual
//! environment that is made once and kept with the build.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use xtask::lock::Lock;
use xtask::ui::Ui;

use super::git;

/// What is installed.
const WANTED: [&str; 2] = ["aiosmtpd==1.4.6", "b4==0.16.0"];

/// The folder of the programs of the environment; none where it cannot be
/// made, which is said.
pub fn environment() -> Option<&'static Path> {
    static DIR: OnceLock<Option<PathBuf>> = OnceLock::new();
    DIR.get_or_init(|| {
        make()
            .map_err(|why| {
                // Not through the test harness, which would keep it to itself.
                let _ = writeln!(
                    std::io::stderr(),
                    "SKIPPED: no mail server, b4 or patatt to ask: {why}"
                );
            })
            .ok()
    })
    .as_deref()
}

fn make() -> Result<PathBuf, String> {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let _lock = Lock::acquire(&Ui::quiet(), &root.join("mail.lock"), "the environment").unwrap();
    let dir = root.join("mail-venv");
    let (programs, ready) = (dir.join("bin"), dir.join("ready"));
    if std::fs::read_to_string(&ready).is_ok_and(|text| text == WANTED.join(" ")) {
        return Ok(programs);
    }
    let _ = std::fs::remove_dir_all(&dir);
    must(
        Command::new("python3").args(["-m", "venv"]).arg(&dir),
        "apt-get install python3-venv",
    )?;
    must(
        Command::new(programs.join("pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(["--timeout", "10", "--retries", "1"])
            .args(WANTED),
        "is there a network?",
    )?;
    std::fs::write(ready, WANTED.join(" ")).unwrap();
    Ok(programs)
}

fn must(command: &mut Command, help: &str) -> Result<(), String> {
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            let last = said.lines().last().unwrap_or_default().to_owned();
            Err(format!("{command:?} failed ({help}): {last}"))
        }
        Err(error) => Err(format!("cannot run {command:?} ({help}): {error}")),
    }
}

/// The server. Dropping it ends it.
pub struct Server {
    pub dir: tempfile::TempDir,
    pub port: u16,
    child: Child,
}

/// A mail that the server took.
#[derive(Debug)]
pub struct Taken {
    /// In the Maildir.
    pub file: PathBuf,
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
}

impl Server {
    /// None where there is no environment. `faults` is a list in JSON.
    pub fn start(faults: &Value) -> Option<Self> {
        let python = environment()?.join("python");
        let dir = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        std::fs::write(dir.path().join("cert.pem"), made.cert.pem()).unwrap();
        let key = made.signing_key.serialize_pem();
        std::fs::write(dir.path().join("key.pem"), key).unwrap();
        std::fs::write(dir.path().join("faults.json"), faults.to_string()).unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/smtpd.py");
        let log = dir.path().join("log");
        let mut child = Command::new(python)
            .args(["-W", "ignore"])
            .arg(script)
            .arg(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(std::fs::File::create(&log).unwrap())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        assert!(
            !line.is_empty(),
            "{}",
            std::fs::read_to_string(log).unwrap()
        );
        Some(Self {
            dir,
            port: line.trim().parse().unwrap(),
            child,
        })
    }

    /// Tells the git repository `dir` to send through this server, with the
    /// password from a credential helper.
    pub fn configure(&self, dir: &Path) {
        let port = self.port.to_string();
        let pem = self.dir.path().join("cert.pem");
        let helper = "!f() { test \"$1\" = get && echo password=secret; }; f";
        for (key, value) in [
            ("sendemail.smtpServer", "localhost"),
            ("sendemail.smtpServerPort", &port),
            ("sendemail.smtpEncryption", "tls"),
            ("sendemail.smtpUser", "me"),
            ("sendemail.smtpSSLCertPath", pem.to_str().unwrap()),
        ] {
            git(dir, &["config", key, value]);
        }
        // The empty one forgets those of whoever runs the test.
        git(dir, &["config", "--add", "credential.helper", ""]);
        git(dir, &["config", "--add", "credential.helper", helper]);
    }

    pub fn maildir(&self) -> PathBuf {
        self.dir.path().join("maildir")
    }

    /// All that it took, in order.
    pub fn taken(&self) -> Vec<Taken> {
        let log = std::fs::read_to_string(self.dir.path().join("taken.jsonl")).unwrap();
        log.lines()
            .map(|line| {
                let mail: Value = serde_json::from_str(line).unwrap();
                assert_eq!(mail["encrypted"], true);
                assert_eq!(mail["login"], true);
                let text = |value: &Value| value.as_str().unwrap().to_owned();
                let file = PathBuf::from(text(&mail["file"]));
                Taken {
                    bytes: std::fs::read(&file).unwrap(),
                    file,
                    from: text(&mail["from"]),
                    to: mail["to"].as_array().unwrap().iter().map(text).collect(),
                }
            })
            .collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
