// SPDX-License-Identifier: GPL-2.0-only
//! The message of a patch: what is remembered of it, and addresses.

use std::collections::HashSet;

use crate::lang::Lang;
use crate::re::re;
use crate::text::trim;

/// State of the message while its lines go by.
#[derive(Debug)]
pub(crate) struct Head {
    /// Within the mail's own header.
    pub(crate) in_header: bool,
    /// Within the commit message.
    pub(crate) in_log: bool,
    pub(crate) has_log: bool,
    /// Lines of the message that are not blank; a tag counts as well.
    pub(crate) log_lines: usize,
    pub(crate) separator: bool,
    pub(crate) stack_dump: bool,
    pub(crate) long_line: bool,
    pub(crate) has_diff: bool,
    pub(crate) maintainers: bool,
    pub(crate) other_charset: bool,
    pub(crate) is_patch: bool,
    pub(crate) is_revert: bool,
    pub(crate) fixes: bool,
    pub(crate) needs_fixes: Option<String>,
    pub(crate) sign_offs: usize,
    pub(crate) author: Vec<u8>,
    pub(crate) match_: Match,
    pub(crate) author_sign_off: Vec<u8>,
    /// Whether the file before was a device tree binding.
    pub(crate) binding: Option<bool>,
    pub(crate) last_commit_id: usize,
    pub(crate) signatures: HashSet<Vec<u8>>,
}

/// How the sign-off agrees with the author.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Missing,
    Same,
    Comments,
    Names,
    Addresses,
    Subaddress,
}

impl Head {
    pub(crate) fn new(is_file: bool) -> Self {
        Self {
            in_header: !is_file,
            in_log: false,
            has_log: false,
            log_lines: 0,
            separator: false,
            stack_dump: false,
            long_line: false,
            has_diff: false,
            maintainers: false,
            other_charset: false,
            is_patch: false,
            is_revert: false,
            fixes: false,
            needs_fixes: None,
            sign_offs: 0,
            author: Vec::new(),
            match_: Match::Missing,
            author_sign_off: Vec::new(),
            binding: None,
            last_commit_id: usize::MAX,
            signatures: HashSet::new(),
        }
    }

    /// Takes note of a sign-off.
    pub(crate) fn signed_off(&mut self, who: &[u8]) {
        self.sign_offs += 1;
        self.in_log = false;
        if self.author.is_empty() || self.match_ == Match::Same {
            return;
        }
        if same_address(who, &self.author) {
            self.match_ = Match::Same;
            return;
        }
        let signer = Address::parse(who);
        let author = Address::parse(&self.author);
        let same_mail = signer.mail.eq_ignore_ascii_case(&author.mail);
        let found = match (same_mail, signer.name == author.name) {
            (true, true) => Match::Comments,
            (true, false) => Match::Names,
            (false, true) if without_detail(&signer.mail) == without_detail(&author.mail) => {
                Match::Subaddress
            }
            (false, true) => Match::Addresses,
            (false, false) => return,
        };
        self.match_ = found;
        self.author_sign_off = who.to_vec();
    }
}

/// `name+detail@host` without the detail.
fn without_detail(mail: &[u8]) -> Vec<u8> {
    match re!(r"(\S+)\+\S+(\@.*)").caps(&Lang::default(), mail) {
        Some(caps) => [caps.s(1), caps.s(2)].concat(),
        None => mail.to_vec(),
    }
}

/// The parts of an address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) name: Vec<u8>,
    pub(crate) name_comment: Vec<u8>,
    pub(crate) mail: Vec<u8>,
    pub(crate) comment: Vec<u8>,
}

impl Address {
    /// Takes an address apart.
    pub(crate) fn parse(text: &[u8]) -> Self {
        let lang = Lang::default();
        let mut address = Self::default();
        if let Some(caps) = re!(r"^(.*)<(\S+\@\S+)>(.*)$").caps(&lang, text) {
            address.name = caps.s(1).to_vec();
            address.mail = caps.s(2).to_vec();
            address.comment = caps.s(3).to_vec();
        } else if let Some(caps) = re!(r"(\S+\@\S+)(.*)$").caps(&lang, text) {
            let name = trim(&text[..caps.start(1)]);
            let name = name.strip_prefix(b"\"").unwrap_or(name);
            let name = name.strip_suffix(b"\"").unwrap_or(name);
            let bracketed = re!("^<[^>]+>$").is(&lang, caps.s(1));
            if name.is_empty() || bracketed {
                address.name = name.to_vec();
                address.mail = caps.s(1).to_vec();
                address.comment = caps.s(2).to_vec();
            }
        }
        let mut quoted = Vec::new();
        let whole = address.name.clone();
        if let Some(caps) = re!("\"(.+)\"").caps(&lang, &whole) {
            quoted = caps.s(1).to_vec();
            re!("\"(.+)\"").sub(&lang, &mut address.name, b"");
        }
        for _ in 0..whole.len() {
            let name = address.name.clone();
            let Some(caps) = re!(r"\s*($BalancedParens)\s*").caps(&lang, &name) else {
                break;
            };
            address.name_comment.extend_from_slice(trim(caps.s(1)));
            re!(r"\s*($BalancedParens)\s*").sub(&lang, &mut address.name, b" ");
        }
        let name = unquote(&address.name);
        address.name = trim(&[&quoted[..], b" ", name].concat()).to_vec();
        let mail = trim(&address.mail);
        let mail = mail.strip_prefix(b"<").unwrap_or(mail);
        address.mail = mail.strip_suffix(b">").unwrap_or(mail).to_vec();
        address.comment = trim(&address.comment).to_vec();
        address.name = quote(&address.name);
        address
    }

    /// Puts it together again, in the usual form.
    pub(crate) fn format(&self) -> Vec<u8> {
        let lang = Lang::default();
        let name = quote(unquote(&self.name));
        let mut mail = trim(&self.mail).to_vec();
        re!("(?:\\.|\\,|\")+$").sub(&lang, &mut mail, b"");
        let blank = |text: &[u8]| -> Vec<u8> {
            match trim(text) {
                b"" => Vec::new(),
                text => [b" ", text].concat(),
            }
        };
        let mut out = if name.is_empty() {
            mail
        } else {
            [&name[..], &blank(&self.name_comment), b" <", &mail, b">"].concat()
        };
        out.extend(blank(&self.comment));
        out
    }
}

/// Whether two addresses are the same in every part.
pub(crate) fn same_address(one: &[u8], other: &[u8]) -> bool {
    Address::parse(one) == Address::parse(other)
}

fn unquote(name: &[u8]) -> &[u8] {
    let odd = |byte: &u8| *byte == b' ' || *byte == b'"';
    let start = name.iter().position(|byte| !odd(byte));
    let end = name.iter().rposition(|byte| !odd(byte));
    match (start, end) {
        (Some(start), Some(end)) => &name[start..=end],
        _ => &[],
    }
}

/// Quotes a name that has to be.
fn quote(name: &[u8]) -> Vec<u8> {
    let lang = Lang::default();
    if !re!(r"[^\w \-]").is(&lang, name) {
        return name.to_vec();
    }
    let inner = re!("(?<!\\\\)\"").sub_all(&lang, name, b"\\\"");
    [b"\"", &inner[..], b"\""].concat()
}

/// `=?utf-8?q?...?=` and `?b?` decoded, as UTF-8; other charsets as they are.
pub(crate) fn decode_words(line: &[u8]) -> Vec<u8> {
    let lang = Lang::default();
    let word = re!(r"(?i)=\?[\w-]+(?:\*\w+)?\?([bq])\?([^?\s]*)\?=(?:\s+(?==\?[\w-]+\?[bq]\?))?");
    let mut out = Vec::with_capacity(line.len());
    let mut copied = 0;
    for caps in word.all(&lang, line) {
        out.extend_from_slice(&line[copied..caps.start(0)]);
        if caps.s(1).eq_ignore_ascii_case(b"q") {
            quoted_printable(caps.s(2), &mut out);
        } else {
            base64(caps.s(2), &mut out);
        }
        copied = caps.end(0);
    }
    out.extend_from_slice(&line[copied..]);
    out
}

fn quoted_printable(text: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < text.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match (text[at], hex) {
            (b'=', Some(byte)) => {
                out.push(byte);
                at += 3;
                continue;
            }
            (b'_', _) => out.push(b' '),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
}

fn base64(text: &[u8], out: &mut Vec<u8>) {
    let mut bits = 0u32;
    let mut count = 0;
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count & 0xff) as u8);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(text: &str) -> String {
        String::from_utf8(Address::parse(text.as_bytes()).format()).unwrap()
    }

    #[test]
    fn addresses_come_apart_and_together() {
        assert_eq!(round("Jane Doe <jane@x.org>"), "Jane Doe <jane@x.org>");
        assert_eq!(round("jane@x.org"), "jane@x.org");
        assert_eq!(round("Jane D. <jane@x.org>"), "\"Jane D.\" <jane@x.org>");
        assert_eq!(
            round("Jane (home) <jane@x.org> # 6.1"),
            "Jane (home) <jane@x.org> # 6.1"
        );
        assert_eq!(round("jane at x"), "");
    }

    #[test]
    fn a_sign_off_agrees_with_its_author_more_or_less() {
        for (who, expected) in [
            ("Jane Doe <jane@x.org>", Match::Same),
            ("J. Doe <jane@x.org>", Match::Names),
            ("Jane Doe <jane@y.org>", Match::Addresses),
            ("Jane Doe <jane+k@x.org>", Match::Subaddress),
            ("John Roe <john@y.org>", Match::Missing),
        ] {
            let mut head = Head::new(false);
            head.author = b"Jane Doe <jane@x.org>".to_vec();
            head.signed_off(who.as_bytes());
            assert_eq!(head.match_, expected, "{who}");
        }
    }

    #[test]
    fn encoded_words_are_read() {
        assert_eq!(
            decode_words(b"From: =?UTF-8?q?J=C3=BCrgen_X?= <j@x.org>"),
            "From: J\u{fc}rgen X <j@x.org>".as_bytes()
        );
        assert_eq!(decode_words(b"=?utf-8?B?w7w=?="), "\u{fc}".as_bytes());
    }
}
