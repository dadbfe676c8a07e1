// SPDX-License-Identifier: GPL-2.0-only
//! A carrier that is another program: `sendemail.sendmailCmd`, or the program
//! that `sendemail.smtpServer` names by its path. It is called as git calls it:
//! its options, `-i`, the sender if one is configured, the recipients; the mail on stdin.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::Result;
use lettre::Address;

use crate::stop::Stop;

use super::send::{Carrier, Outcome, Sealed, wait};

/// Output of the program that is kept. Bytes.
const MAX_OUTPUT: u64 = 4096;

/// `EX_TEMPFAIL` of sysexits.h.
const TRY_LATER: i32 = 75;

/// Who is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A line for the shell, from the user's own configuration.
    Line(String),
    /// A path.
    Path(String),
}

/// A program that takes mails.
#[derive(Clone, Debug)]
pub struct Sendmail {
    /// What is called.
    pub program: Program,
    /// `sendemail.smtpServerOption`.
    pub options: Vec<String>,
    /// `sendemail.envelopeSender`.
    pub sender: Option<Address>,
}

impl Sendmail {
    /// Only words of the user's configuration are read by the shell; addresses
    /// are arguments, and were checked to be no options.
    fn command(&self, mail: &Sealed) -> Command {
        let mut command = match &self.program {
            Program::Path(path) => Command::new(path),
            Program::Line(line) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("{line} \"$@\""), "sh"]);
                shell
            }
        };
        command.args(&self.options).arg("-i");
        if let Some(sender) = &self.sender {
            command.arg("-f").arg(sender);
        }
        command.args(&mail.to);
        command
    }
}

impl Carrier for Sendmail {
    fn name(&self) -> String {
        match &self.program {
            Program::Line(text) | Program::Path(text) => format!("`{text}`"),
        }
    }

    fn prepare(&mut self, _: &[&Sealed]) -> Result<()> {
        if let Program::Path(path) = &self.program
            && !std::path::Path::new(path).is_file()
        {
            return Err(Stop::environment(format!("there is no {path}"))
                .help("git config sendemail.smtpServer ...")
                .into());
        }
        Ok(())
    }

    fn carry(&mut self, mail: &Sealed, leaving: &mut dyn FnMut() -> Result<()>) -> Result<Outcome> {
        leaving()?;
        let child = self
            .command(mail)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn();
        match child {
            Ok(child) => Ok(feed(child, &mail.bytes)),
            Err(error) => Ok(Outcome::Never(format!(
                "cannot run {}: {error}",
                self.name()
            ))),
        }
    }

    fn pause(&mut self, time: Duration) -> Result<()> {
        wait(time)
    }
}

fn feed(mut child: Child, bytes: &[u8]) -> Outcome {
    let stdin = child.stdin.take();
    let mut stderr = child.stderr.take();
    let (fed, said) = std::thread::scope(|scope| {
        // Read beside the writing: a program may complain before it has read all.
        let reader = scope.spawn(move || {
            let mut said = Vec::new();
            if let Some(stderr) = &mut stderr {
                let _ = stderr.take(MAX_OUTPUT).read_to_end(&mut said);
                let _ = std::io::copy(stderr, &mut std::io::sink());
            }
            said
        });
        let fed = stdin.is_some_and(|mut stdin| stdin.write_all(bytes).is_ok());
        (fed, reader.join().unwrap_or_default())
    });
    let said = String::from_utf8_lossy(&said).trim().to_owned();
    match child.wait() {
        Ok(status) if status.success() && fed => Outcome::Sent("taken by the program".to_owned()),
        // It said yes to a part of the mail.
        Ok(status) if status.success() => {
            Outcome::Doubtful("the program did not read the whole mail".to_owned())
        }
        Ok(status) => match status.code() {
            Some(TRY_LATER) => Outcome::Later(said),
            Some(code) => Outcome::Never(format!("exit code {code}: {said}")),
            None => Outcome::Doubtful(format!("the program was killed: {said}")),
        },
        Err(error) => Outcome::Doubtful(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail() -> Sealed {
        Sealed {
            id: "<1@x.org>".to_owned(),
            subject: "s".to_owned(),
            from: "a@x.org".parse().unwrap(),
            to: ["b@x.org", "c@x.org"]
                .map(|to| to.parse().unwrap())
                .to_vec(),
            bytes: b"Subject: s\n\n.\nText $(touch x)\n".to_vec(),
        }
    }

    fn carry(line: &str) -> Outcome {
        let mut carrier = Sendmail {
            program: Program::Line(line.to_owned()),
            options: vec!["-a".to_owned(), "work".to_owned()],
            sender: Some("e@x.org".parse().unwrap()),
        };
        carrier.prepare(&[&mail()]).unwrap();
        carrier.carry(&mail(), &mut || Ok(())).unwrap()
    }

    #[test]
    fn the_program_gets_the_mail_and_the_envelope() {
        let dir = tempfile::tempdir().unwrap();
        let (args, text) = (dir.path().join("args"), dir.path().join("text"));
        let script = dir.path().join("sendmail");
        let code = format!(
            "#!/bin/sh\necho \"$@\" > '{}'\ncat > '{}'\n",
            args.display(),
            text.display()
        );
        std::fs::write(&script, code).unwrap();
        let outcome = carry(&format!("sh '{}' --config x", script.display()));
        assert!(matches!(outcome, Outcome::Sent(_)), "{outcome:?}");
        assert_eq!(
            std::fs::read_to_string(args).unwrap(),
            "--config x -a work -i -f e@x.org b@x.org c@x.org\n"
        );
        assert_eq!(std::fs::read(text).unwrap(), mail().bytes);
    }

    #[test]
    fn its_exit_code_is_the_answer() {
        let full = |end: &str| format!("f() {{ cat >/dev/null; echo words >&2; {end}; }}; f");
        assert_eq!(carry(&full("exit 75")), Outcome::Later("words".to_owned()));
        assert_eq!(
            carry(&full("exit 1")),
            Outcome::Never("exit code 1: words".to_owned())
        );
        assert!(matches!(carry(&full("kill -9 $$")), Outcome::Doubtful(_)));
    }
}
