// SPDX-License-Identifier: GPL-2.0-only
//! Signatures of developers, as patatt makes them and b4 asks for them: who
//! reads a mail on a list can tell that it is what its author sent.
//!
//! What is signed is what `git mailinfo` makes of a mail (author, subject,
//! description and diff) and its Message-ID, so that a list server may add
//! headers and fold lines. The key is the one that patatt's configuration
//! names: `patatt.signingKey`, `patatt.identity`, `patatt.selector`.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::signature::{Ed25519KeyPair, KeyPair};
use sha2::{Digest, Sha256};

use crate::fsx;
use crate::proc::{self, git};
use crate::stop::Stop;

use super::Outgoing;

/// A line of a header that is folded. Columns.
const WIDTH: usize = 75;

/// The headers that are signed: patatt wants the first two.
const SIGNED: [&str; 3] = ["from", "subject", "message-id"];

/// Who signs, and with what.
#[derive(Debug)]
pub struct Signer {
    identity: String,
    selector: Option<String>,
    key: Key,
}

#[derive(Debug)]
enum Key {
    /// Its secret is read from a file.
    Ed25519(Ed25519KeyPair),
    /// ssh-keygen and its agent have it.
    OpenSsh(Held),
    /// gpg and its agent have it.
    OpenPgp(Held),
}

/// A key that another program holds.
#[derive(Debug)]
struct Held {
    program: String,
    name: String,
}

impl Signer {
    /// The user's, if their git configuration in `dir` names a key for patatt.
    ///
    /// # Errors
    /// A key that is not there.
    pub fn of_git(dir: &Path) -> Result<Option<Self>> {
        let Some(named) = configured(dir, "patatt.signingkey") else {
            return Ok(None);
        };
        let key = match named.split_once(':') {
            Some(("ed25519", name)) => Key::Ed25519(read_key(dir, name)?),
            Some(("openssh", path)) => Key::OpenSsh(Held {
                program: program(
                    dir,
                    ["patatt.ssh-keygen-bin", "gpg.ssh.program"],
                    "ssh-keygen",
                ),
                name: home(path),
            }),
            Some(("openpgp", id)) => Key::OpenPgp(Held {
                program: program(dir, ["patatt.gpg-bin", "gpg.program"], "gpg"),
                name: id.to_owned(),
            }),
            _ => {
                return Err(Stop::environment(format!(
                    "git config patatt.signingkey: `{named}` is of no kind that patatt knows"
                ))
                .help("ed25519:NAME, openssh:FILE or openpgp:ID")
                .into());
            }
        };
        let identity = configured(dir, "patatt.identity").or_else(|| configured(dir, "user.email"));
        let identity = identity.ok_or_else(|| {
            Stop::environment("git does not know who signs")
                .help("git config --global patatt.identity you@your.domain")
        })?;
        Ok(Some(Self {
            identity,
            selector: configured(dir, "patatt.selector"),
            key,
        }))
    }

    /// In a few words.
    pub fn name(&self) -> String {
        format!("{} key of {}", self.key.algorithm(), self.identity)
    }

    /// Signs the mails of a thread where they are.
    ///
    /// # Errors
    /// When the key does not sign, or the disk does not take it.
    pub fn sign(&self, outgoing: &Outgoing) -> Result<()> {
        let public = self.key.public()?;
        for message in &outgoing.messages {
            let path = &message.path;
            let signed = self
                .signed(path, &public)
                .with_context(|| format!("cannot sign {}", path.display()))?;
            std::fs::write(path, signed)
                .map_err(|error| fsx::explain(error, path))
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    }

    fn signed(&self, path: &Path, public: &str) -> Result<String> {
        let mail = fsx::read(path)?;
        let (headers, body) = mail.split_once("\n\n").context("it has no body")?;
        let canonical = Canonical::of(path, headers)?;
        let mut fields = self.fields(&canonical);
        let mut hasher = Sha256::new();
        for name in SIGNED {
            if let Some(value) = canonical.header(name) {
                hasher.update(format!("{name}:{value}\r\n"));
            }
        }
        hasher.update(format!("x-developer-signature:{}; b=", fields.join("; ")));
        let signature = self.key.sign(&hasher.finalize())?;
        fields.push(format!("b={signature}"));
        let key = [
            format!("i={}", self.identity),
            format!("a={}", self.key.algorithm()),
            format!("{}={public}", self.key.public_name()),
        ];
        Ok(format!(
            "{headers}\n{}{}\n{body}",
            folded("X-Developer-Signature", &fields),
            folded("X-Developer-Key", &key)
        ))
    }

    /// All fields but the last, `b`, which signs them.
    fn fields(&self, canonical: &Canonical) -> Vec<String> {
        let mut fields = vec![
            "v=1".to_owned(),
            format!("a={}-sha256", self.key.algorithm()),
        ];
        // A signature of gpg has its own time in it.
        if !matches!(self.key, Key::OpenPgp(_)) {
            fields.push(format!("t={}", jiff::Timestamp::now().as_second()));
        }
        fields.push(format!("l={}", canonical.body.len()));
        fields.push(format!("i={}", self.identity));
        if let Some(selector) = &self.selector {
            fields.push(format!("s={selector}"));
        }
        let names = SIGNED.iter().copied();
        let present: Vec<&str> = names
            .filter(|name| canonical.header(name).is_some())
            .collect();
        fields.push(format!("h={}", present.join(":")));
        let hash = BASE64.encode(Sha256::digest(&canonical.body));
        fields.push(format!("bh={hash}"));
        fields
    }
}

impl Key {
    fn algorithm(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "ed25519",
            Self::OpenSsh(_) => "openssh",
            Self::OpenPgp(_) => "openpgp",
        }
    }

    fn public_name(&self) -> &'static str {
        match self {
            Self::Ed25519(_) => "pk",
            Self::OpenSsh(_) | Self::OpenPgp(_) => "fpr",
        }
    }

    /// What others know the key by.
    fn public(&self) -> Result<String> {
        let found = match self {
            Self::Ed25519(key) => Some(BASE64.encode(key.public_key())),
            Self::OpenSsh(held) => {
                let mut command = Command::new(&held.program);
                let said = proc::read(command.args(["-l", "-f", &held.name]))?;
                said.split_whitespace().nth(1).map(str::to_owned)
            }
            Self::OpenPgp(held) => {
                let mut command = held.gpg();
                let said =
                    proc::read(command.args(["--with-colons", "--fingerprint", &held.name]))?;
                let mut lines = said.lines();
                let line = lines.find(|line| line.starts_with("fpr:"));
                line.and_then(|line| line.split(':').nth(9).map(str::to_owned))
            }
        };
        found.context("the key has no fingerprint")
    }

    /// The signature of a digest, in base64.
    fn sign(&self, digest: &[u8]) -> Result<String> {
        Ok(match self {
            // As NaCl has it: the signature, then what was signed.
            Self::Ed25519(key) => {
                let mut bytes = key.sign(digest).as_ref().to_vec();
                bytes.extend_from_slice(digest);
                BASE64.encode(bytes)
            }
            Self::OpenSsh(held) => {
                let mut command = Command::new(&held.program);
                command.args(["-Y", "sign", "-n", "patatt", "-f", &held.name]);
                let armoured = String::from_utf8(fed(command, digest)?)?;
                let lines = armoured.lines();
                lines.filter(|line| !line.starts_with("----")).collect()
            }
            Self::OpenPgp(held) => held.gpg_signature(digest)?,
        })
    }
}

impl Held {
    fn gpg(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args([
            "--batch",
            "--no-auto-key-retrieve",
            "--no-auto-check-trustdb",
        ]);
        command
    }

    /// patatt takes the last `b=` of a header for the name of the field, so the
    /// signature must not end in it. The name of the file that was signed is
    /// part of what gpg writes, and changes all that follows.
    fn gpg_signature(&self, digest: &[u8]) -> Result<String> {
        for number in 0..16 {
            let mut command = self.gpg();
            let file = "x".repeat(number);
            command.args([
                "--set-filename",
                &file,
                "--sign",
                "--local-user",
                &self.name,
            ]);
            let signature = BASE64.encode(fed(command, digest)?);
            if !signature.contains("b=") {
                return Ok(signature);
            }
        }
        anyhow::bail!("every signature of {} ends in b=", self.name)
    }
}

/// A mail as it is signed.
struct Canonical {
    author: String,
    subject: String,
    message_id: Option<String>,
    body: Vec<u8>,
}

impl Canonical {
    /// What git makes of the mail in a file.
    fn of(path: &Path, headers: &str) -> Result<Self> {
        let room = tempfile::tempdir()?;
        let (message, patch) = (room.path().join("message"), room.path().join("patch"));
        let mut info = git(room.path());
        info.args(["mailinfo", "--encoding=utf-8", "--no-scissors"])
            .args([&message, &patch])
            .stdin(File::open(path)?)
            .stderr(Stdio::inherit());
        let info = info.output().context("cannot run git mailinfo")?;
        if !info.status.success() {
            anyhow::bail!("git mailinfo does not read it");
        }
        let info = String::from_utf8_lossy(&info.stdout);
        let of = |name: &str| {
            let mut lines = info.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            value.map(str::trim).unwrap_or_default().to_owned()
        };
        let mut text = std::fs::read(&message)?;
        text.append(&mut std::fs::read(&patch)?);
        let mut lines = headers.lines();
        let id = lines.find_map(|line| line.strip_prefix("Message-ID:"));
        Ok(Self {
            author: format!("{} <{}>", of("Author"), of("Email")),
            subject: of("Subject"),
            message_id: id.map(relaxed),
            body: wire(&text),
        })
    }

    fn header(&self, name: &str) -> Option<String> {
        match name {
            "from" => Some(relaxed(&self.author)),
            "subject" => Some(relaxed(&self.subject)),
            _ => self.message_id.clone(),
        }
    }
}

/// Lines as they are on the wire, without empty ones at the end.
fn wire(text: &[u8]) -> Vec<u8> {
    let blank = |byte: &u8| matches!(byte, b'\r' | b'\n');
    let end = text.iter().rposition(|byte| !blank(byte));
    let text = &text[..end.map_or(0, |end| end + 1)];
    let mut out = Vec::with_capacity(text.len() + text.len() / 32);
    for line in text.split(|byte| *byte == b'\n') {
        let end = line.iter().rposition(|byte| *byte != b'\r');
        out.extend_from_slice(&line[..end.map_or(0, |end| end + 1)]);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// DKIM's relaxed form of a header: any white space is a blank.
fn relaxed(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// A header of fields. Only between them and in the last one it is folded,
/// where a reader takes white space for nothing.
fn folded(name: &str, fields: &[String]) -> String {
    let mut out = format!("{name}:");
    let mut width = out.len();
    let (last, others) = fields.split_last().expect("there are fields");
    for field in others {
        let length = field.chars().count() + 2;
        if width + length > WIDTH {
            out.push('\n');
            width = 0;
        }
        let _ = write!(out, " {field};");
        width += length;
    }
    for chunk in last.as_bytes().chunks(WIDTH - 1) {
        let _ = write!(out, "\n {}", String::from_utf8_lossy(chunk));
    }
    out.push('\n');
    out
}

/// Where patatt looks for a secret key.
fn read_key(dir: &Path, name: &str) -> Result<Ed25519KeyPair> {
    let data = match std::env::var_os("XDG_DATA_HOME") {
        Some(data) => PathBuf::from(data),
        None => PathBuf::from(home("~/.local/share")),
    };
    let places = [
        PathBuf::from(name),
        data.join("patatt/private").join(format!("{name}.key")),
        dir.join(".git").join(format!("{name}.key")),
    ];
    let place = places
        .iter()
        .find(|place| place.is_absolute() && place.is_file());
    let Some(place) = place else {
        return Err(Stop::environment(format!(
            "git config patatt.signingkey names {name}, of which there is no key"
        ))
        .help(format!("it is looked for in {}", places[1].display()))
        .help("patatt genkey")
        .into());
    };
    let seed = BASE64.decode(fsx::read(place)?.trim()).ok();
    match seed.and_then(|seed| Ed25519KeyPair::from_seed_unchecked(&seed).ok()) {
        Some(key) => Ok(key),
        None => Err(Stop::environment(format!("{} is no ed25519 key", place.display())).into()),
    }
}

/// A path with the user's folder in place of `~`.
fn home(path: &str) -> String {
    match (path.strip_prefix("~/"), std::env::var("HOME")) {
        (Some(rest), Ok(home)) => format!("{home}/{rest}"),
        _ => path.to_owned(),
    }
}

/// The user's own configuration, unlike [`crate::proc::git`].
fn configured(dir: &Path, key: &str) -> Option<String> {
    let mut command = Command::new("git");
    command.arg("-C").arg(dir).args(["config", "--get", key]);
    let value = command.output().ok()?;
    let value = String::from_utf8(value.stdout).ok()?.trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// A program that the user may have named.
fn program(dir: &Path, keys: [&str; 2], usual: &str) -> String {
    let named = keys.iter().find_map(|key| configured(dir, key));
    named.map_or_else(|| usual.to_owned(), |named| home(&named))
}

/// What a program makes of some bytes. It is few bytes both ways.
fn fed(mut command: Command, input: &[u8]) -> Result<Vec<u8>> {
    use std::io::{Seek, Write};
    let mut file = tempfile::tempfile()?;
    file.write_all(input)?;
    file.rewind()?;
    let output = command.stdin(file).output();
    let output = output.with_context(|| format!("cannot run {}", proc::line_of(&command)))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Stop::environment(format!(
            "`{}` does not sign: {}",
            proc::line_of(&command),
            said.trim()
        ))
        .into());
    }
    Ok(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_adds_only_white_space_that_does_not_count() {
        let fields: Vec<String> = (0..9)
            .map(|number| format!("f{number}={}", "x".repeat(number * 4)))
            .chain([format!("b={}", "A".repeat(200))])
            .collect();
        let text = folded("X-Developer-Signature", &fields);
        for line in text.lines() {
            assert!(line.len() <= WIDTH, "{line}");
        }
        let (_, value) = text.split_once(':').unwrap();
        let (before, last) = relaxed(value)
            .rsplit_once("b=")
            .map(|(a, b)| (a.to_owned(), b.replace(' ', "")))
            .unwrap();
        assert_eq!(before, fields[..9].join("; ") + "; ");
        assert_eq!(last, "A".repeat(200));
    }

    #[test]
    fn bodies_end_once() {
        assert_eq!(wire(b"a\r\n\n b \n\n\r\n"), b"a\r\n\r\n b \r\n");
        assert_eq!(wire(b""), b"\r\n");
    }
}
