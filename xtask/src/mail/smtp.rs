// SPDX-License-Identifier: GPL-2.0-only
//! A carrier that speaks SMTP, through a library. What the library does not
//! tell is where in the dialogue a connection was lost: before the last byte
//! of a mail the server must not take it (RFC 5321, 4.1.1.4), after it the
//! mail is in doubt. Therefore the steps of the dialogue are made here.
//!
//! Where to, and how, says the user's git configuration.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use lettre::Address;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{
    Certificate, CertificateStore, SmtpConnection, TlsParameters,
};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use crate::stop::Stop;

use super::identity::Config;
use super::send::{Carrier, Outcome, Sealed, printable, wait};
use super::sendmail::{Program, Sendmail};

/// How long the server may keep silent; the longest that RFC 5321, 4.5.3.2
/// asks to wait.
const TIMEOUT: Duration = Duration::from_secs(600);

/// How long the server may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

/// Recipients that are asked for at once: all servers take more (RFC 5321,
/// 4.5.3.1.8).
const PROBED: usize = 50;

/// Bytes that are handed to the library at once.
const CHUNK: usize = 16 * 1024;

/// `sendemail.smtpEncryption`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// None.
    Plain,
    /// `tls`: STARTTLS, which must not fail.
    StartTls,
    /// `ssl`: from the first byte.
    Implicit,
}

/// How to reach a server.
#[derive(Clone)]
pub struct Settings {
    /// Name or address.
    pub server: String,
    /// Port.
    pub port: u16,
    /// Whether others can read along.
    pub encryption: Encryption,
    /// PEM file of who is trusted, instead of the system's list.
    pub authorities: Option<PathBuf>,
    /// Name of this machine.
    pub hello: Option<String>,
    /// User and password.
    pub login: Option<(String, String)>,
    /// How to log in; what the server offers of these is used.
    pub mechanisms: Vec<Mechanism>,
    /// `sendemail.envelopeSender`.
    pub sender: Option<Address>,
    /// `sendemail.smtpBatchSize` and `smtpReloginDelay`: after how many mails
    /// to hang up, and for how long.
    pub batch: Option<(usize, Duration)>,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the password.
        write!(f, "Settings({}:{})", self.server, self.port)
    }
}

/// The carrier that the configuration of the git repository `dir` asks for.
///
/// # Errors
/// When it asks for none, or for what cannot be done safely.
pub fn carrier(dir: &Path) -> Result<Box<dyn Carrier>> {
    let config = Config::new(dir);
    let get = |key: &str| config.mail(key).pop();
    let sender = match get("envelopeSender") {
        Some(text) if text != "auto" => Some(
            text.parse::<Address>()
                .ok()
                .filter(|_| text.is_ascii() && !text.starts_with('-'))
                .ok_or_else(|| {
                    Stop::environment(format!("sendemail.envelopeSender is no address: {text}"))
                })?,
        ),
        _ => None,
    };
    let options = config.mail("smtpServerOption");
    if let Some(line) = get("sendmailCmd") {
        refuse_readers_of_mail(line.split_whitespace())?;
        let program = Program::Line(line);
        return Ok(Box::new(Sendmail {
            program,
            options,
            sender,
        }));
    }
    let Some(server) = get("smtpServer") else {
        return Err(Stop::environment("git does not know how to send mail")
            .help("git config --global sendemail.smtpServer smtp.your.domain")
            .help("git config --global sendemail.smtpEncryption ssl")
            .into());
    };
    if server.starts_with('/') {
        refuse_readers_of_mail(options.iter().map(String::as_str))?;
        let program = Program::Path(server);
        return Ok(Box::new(Sendmail {
            program,
            options,
            sender,
        }));
    }
    let mut settings = settings(&config, server)?;
    settings.sender = sender;
    let user = get("smtpUser").filter(|_| get("smtpAuth").as_deref() != Some("none"));
    let mut helper = None;
    if let Some(user) = user {
        refuse_open_password(&settings)?;
        match get("smtpPass") {
            Some(password) => settings.login = Some((user, password)),
            None => helper = Some((dir.to_owned(), user)),
        }
    }
    let mut smtp = Smtp::new(settings);
    smtp.helper = helper;
    Ok(Box::new(smtp))
}

/// A program that takes the recipients from the mail would write to them,
/// whoever it is told to write to.
fn refuse_readers_of_mail<'a>(mut words: impl Iterator<Item = &'a str>) -> Result<()> {
    match words.find(|word| matches!(*word, "-t" | "--read-recipients")) {
        Some(word) => Err(Stop::environment(format!(
            "`{word}` makes the mail program take its recipients from the mail"
        ))
        .help("leave it out of sendemail: they are its arguments")
        .into()),
        None => Ok(()),
    }
}

fn settings(config: &Config<'_>, server: String) -> Result<Settings> {
    let get = |key: &str| config.mail(key).pop();
    let encryption = match get("smtpEncryption").as_deref() {
        Some("ssl") => Encryption::Implicit,
        Some("tls") => Encryption::StartTls,
        None | Some("none") => Encryption::Plain,
        // git takes any other word for none, which leaves the door open.
        Some(word) => {
            return Err(
                Stop::environment(format!("sendemail.smtpEncryption is `{word}`"))
                    .help("git config sendemail.smtpEncryption ssl     # or tls, none")
                    .into(),
            );
        }
    };
    let number = |key: &str| -> Result<Option<u64>> {
        get(key)
            .map(|text| {
                text.parse::<u64>().map_err(|_| {
                    Stop::environment(format!("sendemail.{key} is no number: {text}")).into()
                })
            })
            .transpose()
    };
    // The ports that git takes.
    let port = match number("smtpServerPort")? {
        Some(port) => u16::try_from(port)
            .map_err(|_| Stop::environment(format!("there is no port {port}")))?,
        None if encryption == Encryption::Implicit => 465,
        None => 25,
    };
    let delay = Duration::from_secs(number("smtpReloginDelay")?.unwrap_or(0));
    let batch = match number("smtpBatchSize")? {
        Some(count) if count > 0 => Some((usize::try_from(count)?, delay)),
        _ => None,
    };
    Ok(Settings {
        server,
        port,
        encryption,
        authorities: config.path("smtpSSLCertPath"),
        hello: get("smtpDomain"),
        login: None,
        mechanisms: mechanisms(get("smtpAuth").as_deref())?,
        sender: None,
        batch,
    })
}

fn mechanisms(list: Option<&str>) -> Result<Vec<Mechanism>> {
    let list = match list {
        None | Some("none") => return Ok(vec![Mechanism::Plain, Mechanism::Login]),
        Some(list) => list,
    };
    let known: Vec<Mechanism> = list
        .split_whitespace()
        .filter_map(|word| match word.to_ascii_uppercase().as_str() {
            "PLAIN" => Some(Mechanism::Plain),
            "LOGIN" => Some(Mechanism::Login),
            "XOAUTH2" => Some(Mechanism::Xoauth2),
            _ => None,
        })
        .collect();
    if known.is_empty() {
        return Err(Stop::environment(format!(
            "sendemail.smtpAuth names no way to log in that is known here: {list}"
        ))
        .help("git config sendemail.smtpAuth 'PLAIN LOGIN'     # or XOAUTH2, none")
        .into());
    }
    Ok(known)
}

fn refuse_open_password(settings: &Settings) -> Result<()> {
    let loopback = settings.server == "localhost"
        || settings
            .server
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    if settings.encryption != Encryption::Plain || loopback {
        return Ok(());
    }
    Err(Stop::environment("the password would travel unencrypted")
        .help("git config sendemail.smtpEncryption ssl     # or tls")
        .into())
}

/// Asks, or tells, the user's credential helpers; git may ask the user.
fn credential(
    dir: &Path,
    action: &str,
    settings: &Settings,
    user: &str,
    password: Option<&str>,
) -> Result<String> {
    let host = format!("{}:{}", settings.server, settings.port);
    let mut request = String::from("protocol=smtp\n");
    let password_line = password.map(|password| ("password", password));
    for (key, value) in [("host", host.as_str()), ("username", user)]
        .into_iter()
        .chain(password_line)
    {
        if value.contains(['\n', '\0']) {
            bail!("a {key} has no line breaks");
        }
        request += &format!("{key}={value}\n");
    }
    request.push('\n');
    let mut child = Command::new("git")
        .arg("-C")
        .arg(dir)
        .args(["credential", action])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run git credential")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(request.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    if action != "fill" {
        return Ok(String::new());
    }
    text.lines()
        .find_map(|line| line.strip_prefix("password="))
        .filter(|_| output.status.success())
        .map(str::to_owned)
        .ok_or_else(|| {
            Stop::environment(format!(
                "git credential has no password of {user} at {host}"
            ))
            .into()
        })
}

/// A server, and the connection to it while there is one.
pub struct Smtp {
    settings: Settings,
    line: Option<Line>,
    /// Where the credential helpers are configured, and for which user, if
    /// the password is theirs. They are asked when it is needed.
    helper: Option<(PathBuf, String)>,
}

struct Line {
    connection: SmtpConnection,
    /// `SIZE`: the largest mail that the server takes.
    max_size: Option<usize>,
    carried: usize,
}

impl Smtp {
    /// Connects when there is something to do.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            line: None,
            helper: None,
        }
    }

    fn open(&mut self) -> Result<&mut Line, Outcome> {
        let line = match self.line.take() {
            Some(line) => line,
            None => self.connect()?,
        };
        Ok(self.line.insert(line))
    }

    fn connect(&mut self) -> Result<Line, Outcome> {
        if let (Some((dir, user)), None) = (&self.helper, &self.settings.login) {
            let password = credential(dir, "fill", &self.settings, user, None)
                .map_err(|error| Outcome::Never(format!("{error:#}")))?;
            self.settings.login = Some((user.clone(), password));
        }
        let settings = &self.settings;
        let hello = match &settings.hello {
            Some(name) => ClientId::Domain(name.clone()),
            None => ClientId::default(),
        };
        let tls = match settings.encryption {
            Encryption::Plain => None,
            _ => Some(
                self.tls()
                    .map_err(|error| Outcome::Never(format!("{error:#}")))?,
            ),
        };
        let implicit = tls
            .as_ref()
            .filter(|_| settings.encryption == Encryption::Implicit);
        let mut connection = SmtpConnection::connect(
            (settings.server.as_str(), settings.port),
            Some(TIMEOUT),
            &hello,
            implicit,
            None,
        )
        .map_err(|error| outcome(&error))?;
        if let (Encryption::StartTls, Some(tls)) = (settings.encryption, &tls) {
            if !connection.can_starttls() {
                connection.abort();
                return Err(Outcome::Never(
                    "the server offers no STARTTLS, which sendemail.smtpEncryption asks for"
                        .to_owned(),
                ));
            }
            connection
                .starttls(tls, &hello)
                .map_err(|error| outcome(&error))?;
        }
        // The library keeps no SIZE.
        let offers = connection
            .command(Ehlo::new(hello))
            .map_err(|error| outcome(&error))?;
        let max_size = offers.message().find_map(size);
        if let Some((user, password)) = &settings.login {
            self.log_in(&mut connection, user, password)?;
        }
        Ok(Line {
            connection,
            max_size,
            carried: 0,
        })
    }

    fn log_in(
        &self,
        connection: &mut SmtpConnection,
        user: &str,
        password: &str,
    ) -> Result<(), Outcome> {
        let credentials = Credentials::new(user.to_owned(), password.to_owned());
        let result = connection.auth(&self.settings.mechanisms, &credentials);
        let tell = |action| {
            if let Some((dir, _)) = &self.helper {
                let _ = credential(dir, action, &self.settings, user, Some(password));
            }
        };
        match result {
            Ok(_) => {
                tell("approve");
                Ok(())
            }
            Err(error) => {
                if error.is_permanent() {
                    tell("reject");
                }
                connection.abort();
                Err(if error.is_client() {
                    Outcome::Never(format!("cannot log in: {error}"))
                } else {
                    outcome(&error)
                })
            }
        }
    }

    fn tls(&self) -> Result<TlsParameters> {
        let mut builder = TlsParameters::builder(self.settings.server.clone());
        if let Some(path) = &self.settings.authorities {
            let pem =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            builder = builder.certificate_store(CertificateStore::None);
            builder = builder.add_root_certificate(
                Certificate::from_pem(&pem)
                    .with_context(|| format!("{} holds no certificate", path.display()))?,
            );
        }
        builder.build_rustls().context("cannot set up TLS")
    }

    fn hang_up(&mut self) {
        if let Some(mut line) = self.line.take() {
            // A farewell is not worth a long wait.
            let _ = line.connection.set_timeout(Some(FAREWELL));
            line.connection.abort();
        }
    }

    /// Asks for everybody before anybody gets anything. Returns who is refused,
    /// in the words of the server; whom it puts off is asked for again with
    /// the mail, and so are all when the connection is lost here.
    fn probe(&mut self, mails: &[&Sealed]) -> Vec<String> {
        let from = match (&self.settings.sender, mails) {
            (Some(sender), _) => sender.clone(),
            (None, [mail, ..]) => mail.from.clone(),
            (None, []) => return Vec::new(),
        };
        let Some(line) = &mut self.line else {
            return Vec::new();
        };
        let readers: BTreeSet<&Address> = mails.iter().flat_map(|mail| &mail.to).collect();
        let readers: Vec<&Address> = readers.into_iter().collect();
        let connection = &mut line.connection;
        let mut refused = Vec::new();
        let mut ask = |line: String, about: &str| match connection.command(line) {
            Ok(_) => true,
            Err(error) => {
                if let (true, Outcome::Never(words)) = (error.is_permanent(), outcome(&error)) {
                    refused.push(format!("{about}: {words}"));
                }
                error.status().is_some()
            }
        };
        let mut connected = true;
        for some in readers.chunks(PROBED) {
            connected = connected
                && ask(
                    Mail::new(Some(from.clone()), Vec::new()).to_string(),
                    "the sender",
                );
            for to in some {
                let command = Rcpt::new((*to).clone(), Vec::new()).to_string();
                connected = connected && ask(command, to.as_ref());
            }
            connected = connected && ask(Rset.to_string(), "RSET");
        }
        if !connected {
            self.hang_up();
        }
        refused
    }

    /// The dialogue up to the point where the server waits for the mail.
    fn announce(&mut self, mail: &Sealed) -> Result<(), Outcome> {
        let from = self
            .settings
            .sender
            .clone()
            .unwrap_or_else(|| mail.from.clone());
        let line = self.open()?;
        let mut parameters = Vec::new();
        if line.max_size.is_some() {
            parameters.push(MailParameter::Size(wire_size(&mail.bytes)));
        }
        if !mail.bytes.is_ascii() {
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let connection = &mut line.connection;
        command(connection, Mail::new(Some(from), parameters), "the sender")?;
        for to in &mail.to {
            // One that is refused stops the mail for all: it would be
            // forgotten otherwise.
            command(connection, Rcpt::new(to.clone(), Vec::new()), to.as_ref())?;
        }
        let answer = command(connection, Data, "DATA")?;
        // An answer to something else: the two sides are out of step.
        if !answer.has_code(354) {
            return Err(Outcome::Later(format!(
                "the server answers {} to DATA",
                answer.code()
            )));
        }
        Ok(())
    }

    fn hand_over(&mut self, mail: &Sealed) -> Outcome {
        let Some(line) = &mut self.line else {
            return Outcome::Later("not connected".to_owned());
        };
        let wire = wire(&mail.bytes);
        let mut chunks = wire.chunks(CHUNK);
        let mut ended = false;
        let message = std::iter::from_fn(|| {
            let chunk = chunks.next();
            ended = chunk.is_none();
            chunk
        });
        let result = line.connection.message_iter(message);
        match result {
            Ok(answer) if answer.has_code(250) || answer.has_code(251) => {
                line.carried += 1;
                let words: Vec<&str> = answer.message().collect();
                Outcome::Sent(format!("{} {}", answer.code(), words.join(" ")))
            }
            Ok(answer) => Outcome::Doubtful(format!("the server answers {}", answer.code())),
            Err(error) if error.status().is_some() => outcome(&error),
            // No server may take a mail of which it has not seen the end.
            Err(error) if !ended => Outcome::Later(format!("the connection was lost: {error}")),
            Err(error) => Outcome::Doubtful(format!(
                "the connection was lost after the last byte of it: {error}"
            )),
        }
    }
}

impl Carrier for Smtp {
    fn name(&self) -> String {
        format!("{}:{}", self.settings.server, self.settings.port)
    }

    fn prepare(&mut self, mails: &[&Sealed]) -> Result<()> {
        let name = self.name();
        let refuse = |words: &str| -> anyhow::Error {
            let words = printable(words);
            Stop::failed(format!("{name} would not take the mails: {words}")).into()
        };
        let line = match self.open() {
            Ok(line) => line,
            Err(
                Outcome::Later(words)
                | Outcome::Never(words)
                | Outcome::Doubtful(words)
                | Outcome::Sent(words),
            ) => return Err(refuse(&words)),
        };
        let eight_bit = line
            .connection
            .server_info()
            .supports_feature(Extension::EightBitMime);
        let max_size = line.max_size.filter(|size| *size > 0);
        for mail in mails {
            if !eight_bit && !mail.bytes.is_ascii() {
                self.hang_up();
                return Err(refuse(&format!(
                    "`{}` is not ASCII, and the server would change it (no 8BITMIME)",
                    mail.subject
                )));
            }
            let size = wire_size(&mail.bytes);
            if let Some(max) = max_size.filter(|max| size > *max) {
                self.hang_up();
                return Err(refuse(&format!(
                    "`{}` has {size} bytes, the server takes {max}",
                    mail.subject
                )));
            }
        }
        let refused = self.probe(mails);
        if !refused.is_empty() {
            self.hang_up();
            return Err(refuse(&refused.join("; ")));
        }
        Ok(())
    }

    fn carry(&mut self, mail: &Sealed, leaving: &mut dyn FnMut() -> Result<()>) -> Result<Outcome> {
        if let (Some((count, delay)), Some(line)) = (self.settings.batch, &self.line)
            && line.carried >= count
        {
            self.pause(delay)?;
        }
        if let Err(outcome) = self.announce(mail) {
            self.hang_up();
            return Ok(outcome);
        }
        if let Err(error) = leaving() {
            // Without a word: anything said now would be part of the mail.
            self.line = None;
            return Err(error);
        }
        let outcome = self.hand_over(mail);
        match outcome {
            Outcome::Sent(_) => {}
            Outcome::Never(_) => self.hang_up(),
            Outcome::Later(_) | Outcome::Doubtful(_) => self.line = None,
        }
        Ok(outcome)
    }

    fn pause(&mut self, time: Duration) -> Result<()> {
        self.hang_up();
        wait(time)
    }
}

impl Drop for Smtp {
    fn drop(&mut self) {
        self.hang_up();
    }
}

fn command(
    connection: &mut SmtpConnection,
    command: impl fmt::Display,
    about: &str,
) -> Result<Response, Outcome> {
    connection
        .command(command)
        .map_err(|error| match outcome(&error) {
            Outcome::Never(words) => Outcome::Never(format!("{about}: {words}")),
            Outcome::Later(words) => Outcome::Later(format!("{about}: {words}")),
            other => other,
        })
}

/// An error before the last byte of a mail.
fn outcome(error: &Error) -> Outcome {
    let words = match (error.status(), std::error::Error::source(error)) {
        (Some(code), Some(words)) => format!("{code} {words}"),
        _ => error.to_string(),
    };
    if error.is_permanent() || error.is_client() || error.is_tls() {
        Outcome::Never(words)
    } else {
        Outcome::Later(words)
    }
}

fn size(line: &str) -> Option<usize> {
    let mut words = line.split_ascii_whitespace();
    words
        .next()
        .filter(|word| word.eq_ignore_ascii_case("SIZE"))?;
    // Without a number, or with 0, there is no limit.
    Some(words.next().and_then(|text| text.parse().ok()).unwrap_or(0))
}

/// The mail with the line ends of the wire, but for the last one: the library
/// adds it before the final dot.
fn wire(bytes: &[u8]) -> Vec<u8> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let mut wire = Vec::with_capacity(bytes.len() + bytes.len() / 32);
    for byte in bytes {
        if *byte == b'\n' {
            wire.push(b'\r');
        }
        wire.push(*byte);
    }
    wire
}

fn wire_size(bytes: &[u8]) -> usize {
    bytes.len() + bytes.iter().filter(|byte| **byte == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(keys: &[(&str, &str)]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let repo = git2::Repository::init(dir.path()).unwrap();
        let mut config = repo.config().unwrap();
        for (key, value) in keys {
            config.set_str(key, value).unwrap();
        }
        dir
    }

    fn settings_of(keys: &[(&str, &str)]) -> Result<Settings> {
        let dir = config(keys);
        settings(&Config::new(dir.path()), "smtp.x.org".to_owned())
    }

    #[test]
    fn ports_follow_the_encryption_unless_named() {
        for (word, port) in [("ssl", 465), ("tls", 25), ("none", 25)] {
            let settings = settings_of(&[("sendemail.smtpEncryption", word)]).unwrap();
            assert_eq!(settings.port, port, "{word}");
        }
        let named = settings_of(&[
            ("sendemail.identity", "work"),
            ("sendemail.smtpServerPort", "1"),
            ("sendemail.work.smtpServerPort", "587"),
        ]);
        assert_eq!(named.unwrap().port, 587);
        assert!(settings_of(&[("sendemail.smtpEncryption", "TLS1")]).is_err());
    }

    #[test]
    fn words_that_would_be_misunderstood_are_refused() {
        for (key, value, part) in [
            ("sendemail.smtpAuth", "CRAM-MD5", "no way to log in"),
            ("sendemail.smtpServerPort", "70000", "no port 70000"),
            ("sendemail.smtpBatchSize", "many", "is no number"),
            ("sendemail.envelopeSender", "-oQ@x.org", "is no address"),
            ("sendemail.sendmailCmd", "msmtp -t", "from the mail"),
        ] {
            let dir = config(&[("sendemail.smtpServer", "smtp.x.org"), (key, value)]);
            let error = carrier(dir.path()).err().unwrap().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn no_password_travels_in_the_open() {
        let dir = config(&[
            ("sendemail.smtpServer", "smtp.x.org"),
            ("sendemail.smtpUser", "me"),
            ("sendemail.smtpPass", "secret"),
            ("sendemail.smtpEncryption", "none"),
        ]);
        let error = carrier(dir.path()).err().unwrap().to_string();
        assert!(error.contains("unencrypted"), "{error}");
    }

    #[test]
    fn passwords_come_from_the_credential_helper_and_are_not_shown() {
        let helper = "!f() { test \"$1\" = get && echo password=secret; }; f";
        let dir = config(&[
            ("credential.helper", ""),
            ("credential.smtp://smtp.x.org:465.helper", helper),
        ]);
        let mut settings = settings_of(&[("sendemail.smtpEncryption", "ssl")]).unwrap();
        let password = credential(dir.path(), "fill", &settings, "me", None).unwrap();
        assert_eq!(password, "secret");
        assert!(credential(dir.path(), "fill", &settings, "me\nhost=evil", None).is_err());
        settings.login = Some(("me".to_owned(), password));
        assert!(!format!("{settings:?}").contains("secret"));
    }

    #[test]
    fn the_wire_has_its_own_line_ends() {
        assert_eq!(wire(b"a\n\nb\n"), b"a\r\n\r\nb");
        assert_eq!(wire_size(b"a\n\nb\n"), 8);
    }
}
