// SPDX-License-Identifier: GPL-2.0-only
//! Names and addresses as get_maintainer.pl reads and writes them. Names are
//! kept quoted where they need it, because they are compared in that form.

use std::sync::LazyLock;

use regex::Regex;

/// An address with the name that goes with it, without quotes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Mailbox {
    /// May be empty.
    pub name: String,
    /// `local@domain`.
    pub address: String,
}

impl Mailbox {
    /// Reads `Name <address>` or a bare address; nothing, if it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, address) = parse(text);
        let name = match name
            .strip_prefix('"')
            .and_then(|name| name.strip_suffix('"'))
        {
            Some(inner) => inner.replace("\\\"", "\""),
            None => name,
        };
        plausible(&address).then_some(Self { name, address })
    }

    /// The address in the form in which two are compared.
    pub fn key(&self) -> String {
        self.address.to_lowercase()
    }
}

impl std::fmt::Display for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&format(&self.name, &self.address))
    }
}

/// Whether a mail server would take it: one `@`, a domain, nothing odd.
fn plausible(address: &str) -> bool {
    let odd = |c: char| c.is_whitespace() || c.is_control() || "<>()[],;:\\\"".contains(c);
    address.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && !domain.is_empty()
            && !domain.contains('@')
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with('.')
            && !domain.contains("..")
    }) && !address.contains(odd)
}

/// `Name <address>` to its parts; the name quoted where it has to be.
pub(super) fn parse(text: &str) -> (String, String) {
    static NAMED: LazyLock<Regex> = LazyLock::new(|| regex(r"^([^<]+)<(.+@.*)>.*\n?$"));
    static BRACKETS: LazyLock<Regex> = LazyLock::new(|| regex(r"^\s*<(.+@\S*)>.*\n?$"));
    static BARE: LazyLock<Regex> = LazyLock::new(|| regex(r"^(.+@\S*).*\n?$"));
    let (name, address) = if let Some(found) = NAMED.captures(text) {
        (found[1].to_owned(), found[2].to_owned())
    } else if let Some(found) = BRACKETS.captures(text).or_else(|| BARE.captures(text)) {
        (String::new(), found[1].to_owned())
    } else {
        return (String::new(), String::new());
    };
    (quoted(&name), address.trim().to_owned())
}

/// The parts to `Name <address>`.
pub(super) fn format(name: &str, address: &str) -> String {
    let name = quoted(name);
    let address = address.trim();
    if name.is_empty() {
        address.to_owned()
    } else {
        format!("{name} <{address}>")
    }
}

fn quoted(name: &str) -> String {
    let name = name.trim();
    let name = name.strip_prefix('"').unwrap_or(name);
    let name = name.strip_suffix('"').unwrap_or(name);
    let plain = |c: char| c.is_ascii_alphanumeric() || "_ -".contains(c);
    if name.chars().all(plain) {
        return name.to_owned();
    }
    let mut out = String::from("\"");
    let mut before = ' ';
    for c in name.chars() {
        if c == '"' && before != '\\' {
            out.push('\\');
        }
        out.push(c);
        before = c;
    }
    out.push('"');
    out
}

/// The addresses of a line. Most have one, with commas in the name at times:
/// only a list of which every part is an address is one.
pub fn split_list(text: &str) -> Vec<String> {
    // An atom, a quoted string, and the two forms of a mailbox (RFC 822).
    const ATOM: &str = r#"[^()<>@,;:\\".\[\]\x00-\x20\x7f]+"#;
    const QUOTED: &str = r#""(?:[^"\\\r]|\\.)*""#;
    static MAILBOX: LazyLock<Regex> = LazyLock::new(|| {
        let word = format!(r"(?:{ATOM}|{QUOTED})");
        let address = format!(r"{word}(?:\.{word})*@{ATOM}(?:\.{ATOM})*");
        regex(&format!(
            r"^\s*(?:{address}|(?:{word}[ \t]*)*<{address}>)\s*$"
        ))
    });
    let bare = without_comments(text);
    let parts = outside_quotes(&bare);
    if parts.len() > 1 && parts.iter().all(|part| MAILBOX.is_match(part)) {
        return parts.into_iter().map(str::to_owned).collect();
    }
    vec![text.to_owned()]
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let (mut depth, mut in_quotes) = (0_usize, false);
    for c in text.chars() {
        match c {
            '"' if depth == 0 => in_quotes = !in_quotes,
            '(' if !in_quotes => depth += 1,
            ')' if !in_quotes && depth > 0 => {
                depth -= 1;
                out.push(' ');
                continue;
            }
            _ => {}
        }
        if depth == 0 {
            out.push(c);
        }
    }
    out
}

fn outside_quotes(text: &str) -> Vec<&str> {
    let mut in_quotes = false;
    text.split(|c| {
        if c == '"' {
            in_quotes = !in_quotes;
        }
        c == ',' && !in_quotes
    })
    .collect()
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_where_an_address_header_needs_it() {
        for (text, wanted) in [
            ("Jane Doe <j@x.org>", "Jane Doe <j@x.org>"),
            ("J. Doe <j@x.org>", "\"J. Doe\" <j@x.org>"),
            ("\"Doe, Jane\" <j@x.org>", "\"Doe, Jane\" <j@x.org>"),
            ("Jürgen Doe <j@x.org>", "\"Jürgen Doe\" <j@x.org>"),
            ("<j@x.org>", "j@x.org"),
            ("j@x.org", "j@x.org"),
        ] {
            let (name, address) = parse(text);
            assert_eq!(format(&name, &address), wanted);
        }
    }

    #[test]
    fn only_a_list_of_addresses_is_a_list() {
        assert_eq!(split_list("a@x.org, B <b@x.org>").len(), 2);
        assert_eq!(split_list("Jane Doe, Company Inc <j@x.org>").len(), 1);
        assert_eq!(split_list("\"Doe, Jane\" <j@x.org>").len(), 1);
    }

    #[test]
    fn what_no_server_would_take_is_no_mailbox() {
        for text in [
            "",
            "x",
            "a@",
            "@b",
            "A <a@b@c>",
            "A <a b@c.org>",
            "A <a@.org>",
        ] {
            assert_eq!(Mailbox::parse(text), None, "{text}");
        }
        let mailbox = Mailbox::parse("\"Doe \\\"J\\\", Jane\" <j@x.org>").unwrap();
        assert_eq!(mailbox.name, "Doe \"J\", Jane");
    }
}
