// SPDX-License-Identifier: GPL-2.0-only
//! `.mailmap`: the name and address that somebody goes by today.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;

use super::address::{format, parse};

/// The map, by address or by `Name <address>`.
#[derive(Debug, Default)]
pub(super) struct Mailmap {
    names: HashMap<String, String>,
    addresses: HashMap<String, String>,
}

impl Mailmap {
    pub(super) fn parse(text: &str) -> Self {
        // Real name <address>; the same and <old>; the same and Old name <old>.
        static LINE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"^([^<]*)<([^>]+)>(?:\s*([^<]*)<([^>]+)>)?$")
                .expect("the pattern is a constant")
        });
        let mut map = Self::default();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let Some(found) = LINE.captures(line) else {
                continue;
            };
            let (name, address) = parse(&format!("{} <{}>", found[1].trim(), &found[2]));
            match found.get(4) {
                None if !name.is_empty() => {
                    map.names.insert(address, name);
                }
                None => {}
                Some(old) => {
                    let old_name = found.get(3).map_or("", |name| name.as_str().trim());
                    let old = if old_name.is_empty() {
                        old.as_str().to_owned()
                    } else {
                        let (name, address) = parse(&format!("{old_name} <{}>", old.as_str()));
                        format(&name, &address)
                    };
                    if !name.is_empty() {
                        map.names.insert(old.clone(), name);
                    }
                    map.addresses.insert(old, address);
                }
            }
        }
        map
    }

    pub(super) fn map(&self, mailbox: &str) -> String {
        let (name, address) = parse(mailbox);
        let whole = format(&name, &address);
        let key = if self.names.contains_key(&whole) || self.addresses.contains_key(&whole) {
            &whole
        } else {
            &address
        };
        format(
            self.names.get(key).unwrap_or(&name),
            self.addresses.get(key).unwrap_or(&address),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_of_a_line_maps() {
        let map = Mailmap::parse(
            "# comment\nProper Name <a@x.org>\n<new@x.org> <old@x.org>\n\
             New Name <new2@x.org> <old2@x.org>\nNew Name <new3@x.org> Old Name <old3@x.org> # why\n",
        );
        for (from, to) in [
            ("nick <a@x.org>", "Proper Name <a@x.org>"),
            ("N <old@x.org>", "N <new@x.org>"),
            ("N <old2@x.org>", "New Name <new2@x.org>"),
            ("Old Name <old3@x.org>", "New Name <new3@x.org>"),
            ("Other <old3@x.org>", "Other <old3@x.org>"),
        ] {
            assert_eq!(map.map(from), to);
        }
    }
}
