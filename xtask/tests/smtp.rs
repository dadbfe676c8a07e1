// SPDX-License-Identifier: GPL-2.0-only
//! Sending to a server on loopback that does as it is told: it refuses, it
//! asks to come back, it hangs up in the middle of a mail or after it, it
//! encrypts. What it took is compared with what was to be sent.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;
use lettre::transport::smtp::authentication::Mechanism;
use xtask::mail::journal::{Journal, NAME, State};
use xtask::mail::send::{self, Carrier, Outcome, Sealed};
use xtask::mail::smtp::{Encryption, Settings, Smtp};
use xtask::mail::{Message, Outgoing};
use xtask::ui::Ui;

/// What the server does to a mail; it takes those that nothing is said about.
#[derive(Clone, Copy, Debug)]
enum Fault {
    None,
    /// Answers this to the recipient that contains the word.
    Recipient(&'static str, &'static str),
    /// Answers this to MAIL.
    Sender(&'static str),
    /// Answers this to the whole mail.
    Mail(&'static str),
    /// Hangs up after that many bytes of the mail.
    CutInside(usize),
    /// Takes the mail, and hangs up without saying so.
    CutAfter,
    /// Hangs up at once, not having taken it.
    CutBefore,
    /// Answers MAIL with 250 once more than it was asked.
    OutOfStep,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Taken {
    from: String,
    to: Vec<String>,
    /// As it was before dots were doubled and lines ended for the wire.
    text: Vec<u8>,
    login: Option<String>,
    encrypted: bool,
}

struct Server {
    port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    /// MAIL commands: how often somebody tried.
    tries: Arc<Mutex<usize>>,
    stop: Arc<std::sync::atomic::AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Script {
    offers: Vec<&'static str>,
    faults: VecDeque<Fault>,
    tls: Option<Arc<rustls::ServerConfig>>,
    implicit: bool,
}

impl Script {
    fn new(faults: &[Fault]) -> Self {
        Self {
            offers: vec!["8BITMIME", "SIZE 100000"],
            faults: faults.iter().copied().collect(),
            tls: None,
            implicit: false,
        }
    }

    fn serve(self) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let taken = Arc::new(Mutex::new(Vec::new()));
        let tries = Arc::new(Mutex::new(0));
        let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let mut session = Session {
            script: self,
            taken: taken.clone(),
            tries: tries.clone(),
        };
        let ended = stop.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if ended.load(std::sync::atomic::Ordering::SeqCst) {
                    break;
                }
                // A client that went away is part of some tests.
                let _ = session.talk(stream.unwrap());
            }
        });
        Server {
            port,
            taken,
            tries,
            stop,
            thread: Some(thread),
        }
    }
}

impl Server {
    fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    fn settings(&self) -> Settings {
        Settings {
            server: "localhost".to_owned(),
            port: self.port,
            encryption: Encryption::Plain,
            authorities: None,
            hello: None,
            login: None,
            mechanisms: vec![Mechanism::Plain, Mechanism::Login],
            sender: None,
            batch: None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, std::sync::atomic::Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.thread.take().unwrap().join().unwrap();
    }
}

trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

struct Session {
    script: Script,
    taken: Arc<Mutex<Vec<Taken>>>,
    tries: Arc<Mutex<usize>>,
}

type Stream = BufReader<Box<dyn Wire>>;

impl Session {
    fn talk(&mut self, tcp: TcpStream) -> std::io::Result<()> {
        let mut tls = self.script.implicit;
        let mut stream = self.wrap(tcp.try_clone()?, tls);
        say(&mut stream, "220 test")?;
        let mut login = None;
        let mut mail = Taken::default();
        let mut fault = Fault::None;
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let line = line.trim_end();
            let word = line.split(' ').next().unwrap_or_default().to_uppercase();
            match word.as_str() {
                "EHLO" => self.greet(&mut stream, tls)?,
                "STARTTLS" => {
                    say(&mut stream, "220 go ahead")?;
                    tls = true;
                    stream = self.wrap(tcp.try_clone()?, true);
                }
                "AUTH" => {
                    let code = line.rsplit(' ').next().unwrap_or_default().to_owned();
                    // "\0me\0secret"
                    if code == "AG1lAHNlY3JldA==" {
                        login = Some(code);
                        say(&mut stream, "235 welcome")?;
                    } else {
                        say(&mut stream, "535 5.7.8 who are you")?;
                    }
                }
                "MAIL" => {
                    *self.tries.lock().unwrap() += 1;
                    fault = self.script.faults.pop_front().unwrap_or(Fault::None);
                    mail = Taken {
                        from: inside(line),
                        login: login.clone(),
                        encrypted: tls,
                        ..Taken::default()
                    };
                    match fault {
                        Fault::CutBefore => return Ok(()),
                        Fault::Sender(words) => say(&mut stream, words)?,
                        Fault::OutOfStep => say(&mut stream, "250 ok\r\n250 ok")?,
                        _ => say(&mut stream, "250 ok")?,
                    }
                }
                "RCPT" => match fault {
                    Fault::Recipient(who, words) if line.contains(who) => say(&mut stream, words)?,
                    _ => {
                        mail.to.push(inside(line));
                        say(&mut stream, "250 ok")?;
                    }
                },
                // Nothing was tried: the fault waits for the mail.
                "RSET" => {
                    self.script.faults.push_front(fault);
                    *self.tries.lock().unwrap() -= 1;
                    say(&mut stream, "250 ok")?;
                }
                "DATA" => {
                    say(&mut stream, "354 go on")?;
                    if let Fault::CutInside(bytes) = fault {
                        return stream.read_exact(&mut vec![0; bytes]);
                    }
                    mail.text = read_mail(&mut stream)?;
                    match fault {
                        Fault::Mail(words) => say(&mut stream, words)?,
                        Fault::CutAfter => {
                            self.taken.lock().unwrap().push(mail);
                            return Ok(());
                        }
                        _ => {
                            self.taken.lock().unwrap().push(std::mem::take(&mut mail));
                            say(&mut stream, "250 2.0.0 queued")?;
                        }
                    }
                }
                "QUIT" => return say(&mut stream, "221 bye"),
                _ => say(&mut stream, "500 what")?,
            }
        }
    }

    fn greet(&self, stream: &mut Stream, tls: bool) -> std::io::Result<()> {
        let mut offers = self.script.offers.clone();
        if self.script.tls.is_some() && !tls {
            offers.push("STARTTLS");
        }
        for offer in offers {
            say(stream, &format!("250-{offer}"))?;
        }
        say(stream, "250 HELP")
    }

    fn wrap(&self, tcp: TcpStream, tls: bool) -> Stream {
        let wire: Box<dyn Wire> = match (&self.script.tls, tls) {
            (Some(config), true) => {
                let connection = rustls::ServerConnection::new(config.clone()).unwrap();
                Box::new(rustls::StreamOwned::new(connection, tcp))
            }
            _ => Box::new(tcp),
        };
        // One byte at a time: the slowest of readers.
        BufReader::with_capacity(1, wire)
    }
}

fn say(stream: &mut Stream, words: &str) -> std::io::Result<()> {
    let stream = stream.get_mut();
    stream.write_all(format!("{words}\r\n").as_bytes())?;
    stream.flush()
}

fn inside(line: &str) -> String {
    let start = line.find('<').unwrap() + 1;
    line[start..line.find('>').unwrap()].to_owned()
}

fn read_mail(stream: &mut Stream) -> std::io::Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        let mut line = Vec::new();
        if stream.read_until(b'\n', &mut line)? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.strip_suffix(b"\r\n").expect("lines end in CRLF");
        if line == b"." {
            return Ok(text);
        }
        text.extend_from_slice(line.strip_prefix(b".").unwrap_or(line));
        text.push(b'\n');
    }
}

/// Three mails in a folder.
struct Folder {
    dir: tempfile::TempDir,
}

impl Folder {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let folder = Self { dir };
        let bodies = ["Why.\n", ".\n..\nü \t\n\nFrom here\n-- \n2.0\n\n", "x\n"];
        let mut messages = Vec::new();
        for (index, body) in bodies.iter().enumerate() {
            let path = folder.path().join(format!("{index}.eml"));
            let id = format!("<{index}@x.org>");
            let subject = format!("[PATCH {index}/2] init: count");
            let text = format!(
                "From: Dev <dev@x.org>\nTo: list@x.org,\n Jane <jane@x.org>\nSubject: {subject}\n\
                 Date: Tue, 14 Nov 2023 22:13:20 +0000\nMessage-ID: {id}\n\n{body}"
            );
            std::fs::write(&path, text).unwrap();
            messages.push(Message {
                path,
                message_id: id,
                from: "dev@x.org".to_owned(),
                recipients: vec!["list@x.org".to_owned(), "jane@x.org".to_owned()],
                subject,
            });
        }
        let outgoing = Outgoing {
            dir: folder.path().to_owned(),
            messages,
        };
        outgoing.save().unwrap();
        folder
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn mails(&self) -> Vec<Sealed> {
        send::seal(&Outgoing::load(self.path()).unwrap(), None).unwrap()
    }

    fn begin(&self, carrier: &mut dyn Carrier) -> Result<usize> {
        let mails = self.mails();
        let mut journal = Journal::begin(self.path(), &send::digest(&mails), "test", 3)?;
        send::send(&Ui::quiet(), &mails, &mut journal, carrier, Duration::ZERO)
    }

    fn resumed(&self) -> Journal {
        Journal::resume(self.path(), &send::digest(&self.mails())).unwrap()
    }

    fn resume(&self, carrier: &mut dyn Carrier) -> Result<usize> {
        send::send(
            &Ui::quiet(),
            &self.mails(),
            &mut self.resumed(),
            carrier,
            Duration::ZERO,
        )
    }

    fn journal(&self) -> PathBuf {
        self.path().join(NAME)
    }

    /// The server has every mail once, in order, byte for byte.
    fn assert_all_taken_once(&self, server: &Server) {
        let taken = server.taken();
        let texts: Vec<&[u8]> = taken.iter().map(|mail| mail.text.as_slice()).collect();
        let mails = self.mails();
        let wanted: Vec<&[u8]> = mails.iter().map(|mail| mail.bytes.as_slice()).collect();
        assert_eq!(texts, wanted);
        for mail in taken {
            assert_eq!(mail.from, "dev@x.org");
            assert_eq!(mail.to, ["list@x.org", "jane@x.org"]);
        }
    }
}

/// Does not wait, and remembers for how long it should have.
struct Hasty {
    inner: Smtp,
    waited: Vec<u64>,
}

impl Hasty {
    fn new(settings: Settings) -> Self {
        Self {
            inner: Smtp::new(settings),
            waited: Vec::new(),
        }
    }
}

impl Carrier for Hasty {
    fn name(&self) -> String {
        self.inner.name()
    }
    fn prepare(&mut self, mails: &[&Sealed]) -> Result<()> {
        self.inner.prepare(mails)
    }
    fn carry(&mut self, mail: &Sealed, leaving: &mut dyn FnMut() -> Result<()>) -> Result<Outcome> {
        self.inner.carry(mail, leaving)
    }
    fn pause(&mut self, time: Duration) -> Result<()> {
        self.waited.push(time.as_secs());
        self.inner.pause(Duration::ZERO)
    }
}

fn carrier(server: &Server) -> Hasty {
    Hasty::new(server.settings())
}

#[test]
fn all_mails_arrive_once_in_order_and_unchanged() {
    let (folder, server) = (Folder::new(), Script::new(&[]).serve());
    assert_eq!(folder.begin(&mut carrier(&server)).unwrap(), 3);
    folder.assert_all_taken_once(&server);
    // A second time there is nothing to do.
    assert_eq!(folder.resume(&mut carrier(&server)).unwrap(), 0);
    folder.assert_all_taken_once(&server);
}

#[test]
fn a_server_that_is_busy_is_asked_again() {
    let busy = Fault::Recipient("jane", "451 4.7.1 grey list");
    let faults = [Fault::None, busy, busy, Fault::Mail("452 disk full")];
    let (folder, server) = (Folder::new(), Script::new(&faults).serve());
    let mut carrier = carrier(&server);
    folder.begin(&mut carrier).unwrap();
    assert_eq!(carrier.waited, [30, 60, 120]);
    folder.assert_all_taken_once(&server);
}

#[test]
fn a_server_that_stays_busy_is_left_and_returned_to() {
    let (folder, server) = (
        Folder::new(),
        Script::new(&[Fault::Sender("421 come back"); 6]).serve(),
    );
    let mut first = carrier(&server);
    let error = folder.begin(&mut first).unwrap_err().to_string();
    assert!(error.contains("421 come back"), "{error}");
    assert_eq!(first.waited.len(), 5);
    folder.resume(&mut carrier(&server)).unwrap();
    folder.assert_all_taken_once(&server);
}

#[test]
fn a_refusal_stops_with_the_words_of_the_server() {
    for fault in [
        Fault::Recipient("jane", "550 5.1.1 no such user"),
        Fault::Mail("550 5.1.1 no such user"),
        Fault::Sender("550 5.1.1 no such user"),
    ] {
        let faults = [Fault::None, fault];
        let (folder, server) = (Folder::new(), Script::new(&faults).serve());
        let error = folder.begin(&mut carrier(&server)).unwrap_err().to_string();
        assert!(error.contains("550 5.1.1 no such user"), "{error}");
        assert!(error.contains("[PATCH 1/2]"), "{error}");
        assert_eq!(server.taken().len(), 1, "nobody got the second");
        assert_eq!(*server.tries.lock().unwrap(), 2, "nor was it tried again");
        folder.resume(&mut carrier(&server)).unwrap();
        folder.assert_all_taken_once(&server);
    }
}

#[test]
fn a_connection_lost_before_a_mail_costs_nothing() {
    let faults = [Fault::None, Fault::CutBefore];
    let (folder, server) = (Folder::new(), Script::new(&faults).serve());
    folder.begin(&mut carrier(&server)).unwrap();
    folder.assert_all_taken_once(&server);
}

/// The client cannot see how much of what it wrote was read: here it is all
/// in the buffers of the kernel. What it cannot know it must not guess.
#[test]
fn a_connection_lost_in_or_after_a_mail_leaves_it_in_doubt() {
    for (fault, arrived) in [(Fault::CutInside(20), false), (Fault::CutAfter, true)] {
        let faults = [Fault::None, fault];
        let (folder, server) = (Folder::new(), Script::new(&faults).serve());
        let error = folder.begin(&mut carrier(&server)).unwrap_err().to_string();
        assert!(error.contains("[PATCH 1/2]"), "{error}");
        assert!(error.contains("<1@x.org>"), "{error}");
        let again = folder.resume(&mut carrier(&server)).unwrap_err();
        assert!(again.to_string().contains("<1@x.org>"), "{again}");
        let mut journal = folder.resumed();
        assert_eq!(journal.state("<1@x.org>"), State::Doubtful);
        journal.settle("<1@x.org>", arrived).unwrap();
        drop(journal);
        folder.resume(&mut carrier(&server)).unwrap();
        folder.assert_all_taken_once(&server);
    }
}

/// A mail that is larger than any buffer: the end of it was never written.
#[test]
fn a_large_mail_that_was_cut_is_sent_again_without_asking() {
    let folder = Folder::new();
    let path = folder.path().join("1.eml");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text += &format!("{}\n", "x".repeat(99)).repeat(90_000);
    std::fs::write(&path, text).unwrap();
    let mut script = Script::new(&[Fault::None, Fault::CutInside(1000)]);
    script.offers = vec!["8BITMIME", "SIZE"];
    let server = script.serve();
    folder.begin(&mut carrier(&server)).unwrap();
    folder.assert_all_taken_once(&server);
}

#[test]
fn a_server_that_is_out_of_step_gets_no_mail() {
    let faults = [Fault::OutOfStep];
    let (folder, server) = (Folder::new(), Script::new(&faults).serve());
    let mut carrier = carrier(&server);
    folder.begin(&mut carrier).unwrap();
    assert_eq!(carrier.waited, [30]);
    folder.assert_all_taken_once(&server);
}

#[test]
fn nothing_leaves_when_one_mail_would_be_refused() {
    for (offers, part) in [
        (vec!["8BITMIME", "SIZE 100"], "the server takes 100"),
        (vec!["SIZE 0"], "8BITMIME"),
    ] {
        let folder = Folder::new();
        let mut script = Script::new(&[]);
        script.offers = offers;
        let server = script.serve();
        let error = folder.begin(&mut carrier(&server)).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
        assert_eq!(*server.tries.lock().unwrap(), 0);
        assert_eq!(folder.resumed().state("<0@x.org>"), State::Waiting);
    }
}

#[test]
fn nothing_leaves_when_a_recipient_would_be_refused() {
    let folder = Folder::new();
    let refusal = Fault::Recipient("jane", "550 5.1.1 no such user");
    let server = Script::new(&[refusal]).serve();
    let mut smtp = carrier(&server);
    let error = folder.begin(&mut smtp).unwrap_err().to_string();
    assert!(
        error.contains("jane@x.org: 550 5.1.1 no such user"),
        "{error}"
    );
    assert_eq!(server.taken(), []);
    assert!(folder.resumed().is_untouched());
    // Whom it only puts off may get it.
    let later = Fault::Recipient("jane", "450 4.2.0 grey list");
    let server = Script::new(&[later]).serve();
    folder.resume(&mut carrier(&server)).unwrap();
    folder.assert_all_taken_once(&server);
}

/// The run dies between any two steps of the journal; the mails arrive once.
#[test]
fn a_run_that_dies_anywhere_is_resumed() {
    let (folder, server) = (Folder::new(), Script::new(&[]).serve());
    folder.begin(&mut carrier(&server)).unwrap();
    let whole = std::fs::read_to_string(folder.journal()).unwrap();
    let lines: Vec<&str> = whole.split_inclusive('\n').collect();
    assert_eq!(lines.len(), 7, "{whole}");
    for kept in 1..=lines.len() {
        std::fs::write(folder.journal(), lines[..kept].concat()).unwrap();
        let server = Script::new(&[]).serve();
        let left = (kept - 1) / 2;
        let mut doubtful = false;
        let mut journal = folder.resumed();
        if let Some(mail) = send::doubtful(&folder.mails(), &journal) {
            doubtful = true;
            journal.settle(&mail.id, true).unwrap();
        }
        drop(journal);
        let sent = folder.resume(&mut carrier(&server)).unwrap();
        assert_eq!(left + usize::from(doubtful) + sent, 3, "after {kept} lines");
        assert_eq!(server.taken().len(), sent);
        assert_eq!(doubtful, kept % 2 == 0);
    }
}

#[test]
fn a_disk_that_takes_no_journal_lets_nothing_leave() {
    let (folder, server) = (Folder::new(), Script::new(&[]).serve());
    let mut smtp = carrier(&server);
    let mails = folder.mails();
    smtp.prepare(&mails.iter().collect::<Vec<_>>()).unwrap();
    let error = smtp.carry(&mails[0], &mut || anyhow::bail!("no space left"));
    assert!(error.unwrap_err().to_string().contains("no space"));
    drop(smtp);
    // The next connection is served when the first one is done.
    carrier(&server).prepare(&[&mails[0]]).unwrap();
    assert_eq!(server.taken(), []);
}

#[test]
fn mails_that_were_changed_are_not_resumed() {
    let faults = [Fault::None, Fault::Mail("550 no")];
    let (folder, server) = (Folder::new(), Script::new(&faults).serve());
    folder.begin(&mut carrier(&server)).unwrap_err();
    let path = folder.path().join("2.eml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\nx\n", "\ny\n")).unwrap();
    let digest = send::digest(&folder.mails());
    let error = Journal::resume(folder.path(), &digest).unwrap_err();
    assert!(error.to_string().contains("are not those"), "{error}");
}

#[test]
fn after_a_batch_the_line_is_hung_up() {
    let (folder, server) = (Folder::new(), Script::new(&[]).serve());
    let mut settings = server.settings();
    settings.batch = Some((1, Duration::ZERO));
    folder.begin(&mut Hasty::new(settings)).unwrap();
    folder.assert_all_taken_once(&server);
}

#[test]
fn a_reflected_thread_goes_to_nobody_else() {
    let (folder, server) = (Folder::new(), Script::new(&[]).serve());
    let outgoing = Outgoing::load(folder.path()).unwrap();
    let mails = send::seal(&outgoing, Some("me@x.org")).unwrap();
    let mut journal = Journal::scratch().unwrap();
    send::send(
        &Ui::quiet(),
        &mails,
        &mut journal,
        &mut carrier(&server),
        Duration::ZERO,
    )
    .unwrap();
    let taken = server.taken();
    assert_eq!(taken.len(), 3);
    assert!(taken.iter().all(|mail| mail.to == ["me@x.org"]));
    assert!(!folder.journal().exists());
}

/// A certificate for localhost that signs itself, and the file that trusts it.
fn certificate(dir: &Path) -> (Arc<rustls::ServerConfig>, PathBuf) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let pem = dir.join("ca.pem");
    std::fs::write(&pem, made.cert.pem()).unwrap();
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    (Arc::new(config), pem)
}

fn encrypted(folder: &Folder, implicit: bool) -> (Server, Settings) {
    let (config, pem) = certificate(folder.path());
    let mut script = Script::new(&[]);
    script.offers.push("AUTH PLAIN");
    script.tls = Some(config);
    script.implicit = implicit;
    let server = script.serve();
    let mut settings = server.settings();
    settings.encryption = if implicit {
        Encryption::Implicit
    } else {
        Encryption::StartTls
    };
    settings.authorities = Some(pem);
    settings.login = Some(("me".to_owned(), "secret".to_owned()));
    (server, settings)
}

#[test]
fn mails_and_passwords_travel_encrypted() {
    for implicit in [false, true] {
        let folder = Folder::new();
        let (server, settings) = encrypted(&folder, implicit);
        folder.begin(&mut Hasty::new(settings)).unwrap();
        folder.assert_all_taken_once(&server);
        for mail in server.taken() {
            assert!(mail.encrypted && mail.login.is_some());
        }
    }
}

#[test]
fn a_certificate_that_nobody_vouches_for_gets_nothing() {
    for implicit in [false, true] {
        let folder = Folder::new();
        let (server, mut settings) = encrypted(&folder, implicit);
        let other = tempfile::tempdir().unwrap();
        settings.authorities = Some(certificate(other.path()).1);
        let error = folder.begin(&mut Hasty::new(settings)).unwrap_err();
        assert!(format!("{error:#}").contains("certificate"), "{error:#}");
        assert_eq!(server.taken(), []);
    }
}

#[test]
fn encryption_that_was_asked_for_is_not_done_without() {
    let (folder, server) = (Folder::new(), Script::new(&[]).serve());
    let mut settings = server.settings();
    settings.encryption = Encryption::StartTls;
    let error = folder.begin(&mut Hasty::new(settings)).unwrap_err();
    assert!(error.to_string().contains("no STARTTLS"), "{error}");
    assert_eq!(server.taken(), []);
}

#[test]
fn a_wrong_password_stops_before_the_first_mail() {
    let folder = Folder::new();
    let (server, mut settings) = encrypted(&folder, true);
    settings.login = Some(("me".to_owned(), "guess".to_owned()));
    let error = folder.begin(&mut Hasty::new(settings)).unwrap_err();
    assert!(
        error.to_string().contains("535 5.7.8 who are you"),
        "{error}"
    );
    assert_eq!(server.taken(), []);
}
