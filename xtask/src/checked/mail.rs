// SPDX-License-Identifier: GPL-2.0-only
//! Patches as mails, as `git am` takes them. In: the bytes of a patch file or a
//! mailbox. Out: its mails, without the encoding and the ends of lines that they
//! were sent with.

use std::borrow::Cow;

use mail_parser::{MessageParser, MimeHeaders};

use super::input::{Part, Text};

/// The mails of a text.
pub(super) fn read(bytes: Vec<u8>) -> Text {
    let parts = split(&bytes);
    if !parts
        .iter()
        .any(|part| is_wrapped(&bytes[part.range.clone()]))
    {
        return Text {
            bytes,
            parts,
            decoded: false,
        };
    }
    let mut text = Text {
        bytes: Vec::new(),
        parts: Vec::new(),
        decoded: true,
    };
    let mut lines = 0;
    for part in parts {
        let mail = plain(&bytes[part.range]);
        let start = text.bytes.len();
        text.bytes.extend_from_slice(&mail);
        text.parts.push(Part {
            range: start..text.bytes.len(),
            lines_before: lines,
        });
        lines += mail.iter().filter(|byte| **byte == b'\n').count();
    }
    text
}

/// The mails of a mailbox. A single one is not split, so that what stands
/// before it keeps its place.
fn split(bytes: &[u8]) -> Vec<Part> {
    let mut starts = Vec::new();
    let mut at = 0;
    let mut after_blank = true;
    for (number, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if is_separator(line, after_blank) {
            starts.push((at, number));
        }
        after_blank = line.trim_ascii().is_empty();
        at += line.len();
    }
    if starts.len() < 2 {
        starts = vec![(0, 0)];
    }
    let ends: Vec<usize> = starts[1..]
        .iter()
        .map(|(at, _)| *at)
        .chain([bytes.len()])
        .collect();
    starts
        .iter()
        .zip(ends)
        .map(|((start, lines), end)| Part {
            range: *start..end,
            lines_before: *lines,
        })
        .collect()
}

/// `From <40 digits> Mon Sep 17 00:00:00 2001`, as git writes it, or, where a
/// mail can end, `From <anybody> ... <time> <year>`.
fn is_separator(line: &[u8], after_blank: bool) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let by_git = rest.len() > 41
        && rest[..40].iter().all(u8::is_ascii_hexdigit)
        && rest[40..].starts_with(b" Mon Sep 17 00:00:00 2001");
    by_git || (after_blank && ends_with_date(rest))
}

fn ends_with_date(line: &[u8]) -> bool {
    let mut words = line.trim_ascii_end().rsplit(|byte| *byte == b' ');
    let (Some(year), Some(time)) = (words.next(), words.next()) else {
        return false;
    };
    let is_time = |part: &[u8]| part.len() == 2 && part.iter().all(u8::is_ascii_digit);
    let parts: Vec<&[u8]> = time.split(|byte| *byte == b':').collect();
    year.len() == 4
        && year.iter().all(u8::is_ascii_digit)
        && matches!(parts.len(), 2 | 3)
        && parts.into_iter().all(is_time)
}

/// Whether a mail is other than it will be applied.
fn is_wrapped(mail: &[u8]) -> bool {
    is_mail(mail) && (has_cr(mail) || is_encoded(mail))
}

/// Whether a text begins with a header.
fn is_mail(text: &[u8]) -> bool {
    let line = first_line(text);
    let name = line.iter().take_while(|byte| is_name(**byte)).count();
    line.starts_with(b"From ") || (name > 0 && line.get(name) == Some(&b':'))
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-'
}

fn first_line(text: &[u8]) -> &[u8] {
    text.split(|byte| *byte == b'\n').next().unwrap_or_default()
}

/// Whether all lines end in carriage return and newline.
fn has_cr(mail: &[u8]) -> bool {
    first_line(mail).ends_with(b"\r")
        && mail
            .split_inclusive(|byte| *byte == b'\n')
            .all(|line| line.ends_with(b"\r\n") || !line.ends_with(b"\n"))
}

/// Whether the body is encoded, or one of several parts.
fn is_encoded(mail: &[u8]) -> bool {
    headers(mail).any(|header| {
        let header = header.to_ascii_lowercase();
        let value = |name: &str| header.strip_prefix(name.as_bytes()).map(<[u8]>::trim_ascii);
        value("content-transfer-encoding:")
            .is_some_and(|value| [&b"base64"[..], b"quoted-printable"].contains(&value))
            || value("content-type:").is_some_and(|value| value.starts_with(b"multipart/"))
    })
}

/// The lines of the headers; one that goes on is several.
fn headers(mail: &[u8]) -> impl Iterator<Item = &[u8]> {
    mail.split_inclusive(|byte| *byte == b'\n')
        .take_while(|line| !line.trim_ascii().is_empty())
}

/// The mail as it will be applied.
fn plain(mail: &[u8]) -> Cow<'_, [u8]> {
    if !is_mail(mail) {
        return Cow::Borrowed(mail);
    }
    let mail = match has_cr(mail) {
        true => Cow::Owned(without_cr(mail)),
        false => Cow::Borrowed(mail),
    };
    match is_encoded(&mail).then(|| decoded(&mail)).flatten() {
        Some(decoded) => Cow::Owned(decoded),
        None => mail,
    }
}

fn without_cr(mail: &[u8]) -> Vec<u8> {
    let lines = mail.split_inclusive(|byte| *byte == b'\n');
    let mut out = Vec::with_capacity(mail.len());
    for line in lines {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    out
}

/// The headers, but for those that say how it is encoded, and all parts that are
/// text.
fn decoded(mail: &[u8]) -> Option<Vec<u8>> {
    // The line that begins a mail in a mailbox is no header.
    let begin = match mail.starts_with(b"From ") {
        true => first_line(mail).len() + 1,
        false => 0,
    };
    let message = MessageParser::default().parse(mail.get(begin..)?)?;
    let mut out = Vec::with_capacity(mail.len());
    let mut left_out = false;
    for line in headers(mail) {
        let goes_on = line.starts_with(b" ") || line.starts_with(b"\t");
        if !goes_on {
            left_out = line.to_ascii_lowercase().starts_with(b"content-t");
        }
        if !left_out {
            out.extend_from_slice(line);
        }
    }
    out.push(b'\n');
    for part in &message.parts {
        let is_text = part
            .content_type()
            .is_none_or(|kind| kind.ctype().eq_ignore_ascii_case("text"));
        if is_text && let Some(text) = part.text_contents() {
            let text = text.replace("\r\n", "\n");
            out.extend_from_slice(text.as_bytes());
            if !text.ends_with('\n') {
                out.push(b'\n');
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = "Is it a=b?\n---\ndiff --git a/a.c b/a.c\n--- a/a.c\n+++ b/a.c\n@@ -1 +1 @@\n-int a;\n+int \u{fc};\n-- \n2.47\n";

    fn text(bytes: &str) -> String {
        String::from_utf8(read(bytes.as_bytes().to_vec()).bytes).unwrap()
    }

    #[test]
    fn a_mailbox_is_split_and_a_single_mail_is_not() {
        let from = format!("From {} Mon Sep 17 00:00:00 2001\n", "a".repeat(40));
        let one = format!("junk\n{from}x\n");
        assert_eq!(split(one.as_bytes()).len(), 1);
        let two = format!("{from}x\n{from}y\n");
        let parts = split(two.as_bytes());
        assert_eq!(parts.len(), 2);
        assert_eq!(parts[1].lines_before, 2);
        assert!(two[parts[1].range.clone()].ends_with("y\n"));
    }

    #[test]
    fn mails_begin_where_one_can_end() {
        let three = "From a@b Thu Jan  1 00:00:00 1970\nx\n\nFrom c Fri Jan 2 10:00 1970\ny\nFrom d Fri Jan 2 10:00:00 1970\n\nFrom me to you in 1970\n\nFrom e 1:2:3 1970\n";
        assert_eq!(split(three.as_bytes()).len(), 2);
    }

    #[test]
    fn what_was_encoded_is_read_as_it_was_meant() {
        let head = "Subject: [PATCH] x\nMIME-Version: 1.0\n";
        let kind = "Content-Type: text/plain;\n charset=UTF-8\n";
        let wanted = format!("{head}\n{BODY}");
        let printable = BODY.replace('=', "=3D").replace('\u{fc}', "=C3=BC");
        // A blank at the end of a line would not arrive.
        let printable = printable.replace("-- \n", "--=20\n");
        let printable =
            format!("{head}{kind}Content-Transfer-Encoding: quoted-printable\n\n{printable}");
        assert_eq!(text(&printable), wanted);
        assert_eq!(text(&printable.replace('\n', "\r\n")), wanted);
        use base64::Engine as _;
        let base = base64::engine::general_purpose::STANDARD.encode(BODY);
        let base = format!("{head}{kind}content-transfer-encoding: Base64\n\n{base}\n");
        let from = "From x Mon Sep 17 00:00:00 2001\n";
        assert_eq!(text(&format!("{from}{base}")), format!("{from}{wanted}"));
    }

    #[test]
    fn an_attached_patch_follows_the_message() {
        let mail = "Subject: x\nContent-Type: multipart/mixed; boundary=\"--2.47\"\n\nThis is a multi-part message.\n----2.47\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\nWhy.\n---\n----2.47\nContent-Type: text/x-patch; name=\"a.patch\"\nContent-Disposition: attachment; filename=\"a.patch\"\n\ndiff --git a/a.c b/a.c\n----2.47\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n\nAAAA\n----2.47--\n";
        assert_eq!(
            text(mail),
            "Subject: x\n\nWhy.\n---\ndiff --git a/a.c b/a.c\n"
        );
    }

    #[test]
    fn what_is_no_mail_stays_as_it_is() {
        for bytes in [
            "",
            "--- a/a.c\r\n+++ b/a.c\r\n",
            "\r\n\r\n",
            "Subject: x\r\n\n",
        ] {
            assert_eq!(text(bytes), bytes);
        }
        let half = "Subject: x\nContent-Type: multipart/mixed\nContent-Transfer-Encoding: base64\n";
        assert!(text(half).starts_with("Subject: x\n"));
    }

    #[test]
    fn lines_are_counted_in_what_was_decoded() {
        let mail = "From a Thu Jan  1 00:00:00 1970\nSubject: x\nContent-Transfer-Encoding: base64\n\nYQpiCg==\n\n";
        let box_of_two = read(mail.repeat(2).into_bytes());
        let second = &box_of_two.parts[1];
        let before = &box_of_two.bytes[..second.range.start];
        assert_eq!(
            second.lines_before,
            before.split(|byte| *byte == b'\n').count() - 1
        );
        assert!(box_of_two.decoded);
    }
}
