// SPDX-License-Identifier: GPL-2.0-only
//! One mail as bytes. Header fields are folded and encoded by a library; the
//! body is not its business: a patch must arrive byte for byte, so it is never
//! quoted-printable or base64, whatever characters and line lengths it has.

use anyhow::Result;
use mail_builder::headers::Header;
use mail_builder::headers::address::Address;
use mail_builder::headers::text::Text;

use crate::recipients::Mailbox;
use crate::stop::Stop;

/// Bytes of a line, without its end (RFC 5321, 4.5.3.1.6).
const MAX_LINE: usize = 998;

/// A mail that is not yet bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Who sends it.
    pub from: Mailbox,
    /// To whom.
    pub to: Vec<Mailbox>,
    /// Who gets a copy.
    pub cc: Vec<Mailbox>,
    /// With its `[PATCH ...]`.
    pub subject: String,
    /// RFC 2822.
    pub date: String,
    /// Without angle brackets.
    pub id: String,
    /// The mails before it in the thread, the one that it answers last.
    pub references: Vec<String>,
    /// The text, as it is.
    pub body: String,
}

impl Draft {
    /// The mail with bare newlines, as an `.eml` file has it.
    ///
    /// # Errors
    /// A body that mail would not carry unchanged.
    pub fn render(&self) -> Result<Vec<u8>> {
        self.check()?;
        let mut out = Vec::new();
        raw(&mut out, "From", &mailbox(&self.from));
        for (name, people) in [("To", &self.to), ("Cc", &self.cc)] {
            if !people.is_empty() {
                let list: Vec<String> = people.iter().map(mailbox).collect();
                raw(&mut out, name, &list.join(",\n "));
            }
        }
        field(&mut out, "Subject", &Text::new(self.subject.as_str()));
        raw(&mut out, "Date", &self.date);
        raw(&mut out, "Message-ID", &format!("<{}>", self.id));
        if let Some(id) = self.references.last() {
            raw(&mut out, "In-Reply-To", &format!("<{id}>"));
            let all: Vec<String> = self.references.iter().map(|id| format!("<{id}>")).collect();
            raw(&mut out, "References", &all.join("\n "));
        }
        raw(
            &mut out,
            "X-Mailer",
            concat!("kernel-series ", env!("CARGO_PKG_VERSION")),
        );
        raw(&mut out, "MIME-Version", "1.0");
        raw(&mut out, "Content-Type", "text/plain; charset=UTF-8");
        let encoding = if self.body.is_ascii() { "7bit" } else { "8bit" };
        raw(&mut out, "Content-Transfer-Encoding", encoding);
        out.push(b'\n');
        out.extend_from_slice(self.body.as_bytes());
        if !self.body.ends_with('\n') {
            out.push(b'\n');
        }
        Ok(out)
    }

    fn check(&self) -> Result<()> {
        for (index, line) in self.body.split('\n').enumerate() {
            let why = if line.len() > MAX_LINE {
                format!("has {} bytes, mail allows {MAX_LINE}", line.len())
            } else if line.contains(['\r', '\0']) {
                "has a carriage return or a NUL, which mail does not preserve".to_owned()
            } else {
                continue;
            };
            return Err(Stop::failed(format!(
                "`{}`: line {} of the body {why}",
                self.subject,
                index + 1
            ))
            .into());
        }
        Ok(())
    }
}

/// One mailbox: quoted or encoded if it needs to be, as git does; the library
/// would quote every name, and break lines between name and address.
fn mailbox(mailbox: &Mailbox) -> String {
    let name: String = mailbox.name.chars().filter(|c| !c.is_control()).collect();
    if name.is_ascii() {
        let clean = Mailbox {
            name,
            address: mailbox.address.clone(),
        };
        return clean.to_string();
    }
    let mut bytes = Vec::new();
    Address::new_address(Some(name), mailbox.address.as_str()).write_header(&mut bytes, 0);
    bytes.retain(|byte| *byte != b'\r');
    String::from_utf8_lossy(&bytes).trim_end().to_owned()
}

fn field(out: &mut Vec<u8>, name: &str, value: &impl Header) {
    let mut bytes = format!("{name}: ").into_bytes();
    value.write_header(&mut bytes, name.len() + 2);
    // The library ends lines for the wire; a file here has bare newlines.
    bytes.retain(|byte| *byte != b'\r');
    out.append(&mut bytes);
}

/// A value that is ASCII and folded where it has to be.
fn raw(out: &mut Vec<u8>, name: &str, value: &str) {
    out.extend_from_slice(format!("{name}: {value}\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(body: &str) -> Draft {
        let person = |name: &str, address: &str| Mailbox {
            name: name.to_owned(),
            address: address.to_owned(),
        };
        Draft {
            from: person("Jürgen Doe", "j@x.org"),
            to: vec![person("Doe, Jane", "jane@x.org"), person("", "list@x.org")],
            cc: Vec::new(),
            subject: "[PATCH] x: y".to_owned(),
            date: "Tue, 14 Nov 2023 22:13:20 +0000".to_owned(),
            id: "1@x.org".to_owned(),
            references: Vec::new(),
            body: body.to_owned(),
        }
    }

    fn text(draft: &Draft) -> String {
        String::from_utf8(draft.render().unwrap()).unwrap()
    }

    #[test]
    fn only_what_needs_it_is_encoded() {
        let text = text(&draft("ü\n"));
        assert!(text.starts_with("From: =?utf-8?"), "{text}");
        assert!(
            text.contains("\nTo: \"Doe, Jane\" <jane@x.org>,\n list@x.org\n"),
            "{text}"
        );
        assert!(text.contains("\nSubject: [PATCH] x: y\n"), "{text}");
        assert!(text.contains("Encoding: 8bit\n\nü\n"), "{text}");
    }

    #[test]
    fn bodies_stay_as_they_are() {
        let body = "trailing \t \n\n=3D From\nFrom here\n.\n-- \n";
        let text = text(&draft(body));
        assert!(
            text.ends_with(&format!("Encoding: 7bit\n\n{body}")),
            "{text}"
        );
    }

    #[test]
    fn what_mail_would_change_is_refused() {
        for (body, part) in [
            (
                format!("{}\n", "x".repeat(999)),
                "line 1 of the body has 999",
            ),
            ("a\nb\r\n".to_owned(), "line 2 of the body has a carriage"),
        ] {
            let error = draft(&body).render().unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }

    #[test]
    fn nobody_adds_a_header_through_a_name_or_a_subject() {
        let mut draft = draft("x\n");
        draft.subject = "x\nBcc: evil@x.org".to_owned();
        draft.to[0].name = "x\r\nBcc: evil@x.org".to_owned();
        let text = text(&draft);
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
    }
}
