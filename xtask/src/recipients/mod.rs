// SPDX-License-Identifier: GPL-2.0-only
//! Who has to see a patch. In: a kernel tree and the text of a patch (or the
//! name of a file). Out: addresses, each with the reason.
//!
//! The answer is that of the kernel's `scripts/get_maintainer.pl --no-git
//! --no-git-fallback`, down to the order and the roles, because that is what
//! maintainers expect to be found by. Where the script depends on the order of
//! a hash (sections that match equally well), sections come as in MAINTAINERS.
//! `Fixes:` lines name people by way of history, which is not looked at.

mod address;
mod in_file;
mod mailmap;
mod patch;
mod pattern;
mod sections;
mod tree;

use std::collections::HashMap;
use std::collections::HashSet;

use anyhow::{Context, Result};

pub use address::{Mailbox, split_list};
pub use tree::{Commit, Folder, Tree};

use address::{format, parse};
use mailmap::Mailmap;
use pattern::Keywords;
use sections::{Entry, Section, Sections};

/// Somebody to write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// `Name <address>`, quoted as an address header would have it, not encoded.
    pub address: String,
    /// What they are asked as: `maintainer:VFIO DRIVER`, `open list`, ...
    pub role: String,
}

/// The files of a tree that say who answers for what, ready to be asked.
pub struct Maintainers {
    sections: Sections,
    keywords: Keywords,
    mailmap: Mailmap,
    ignored: HashSet<String>,
}

impl Maintainers {
    /// Reads `MAINTAINERS`, `.mailmap` and `.get_maintainer.ignore`.
    ///
    /// # Errors
    /// No MAINTAINERS, or a pattern in it that is no regular expression.
    pub fn read(tree: &dyn Tree) -> Result<Self> {
        let text = tree
            .read("MAINTAINERS")
            .context("the kernel tree has no MAINTAINERS")?;
        let sections = Sections::parse(&text, tree)?;
        Ok(Self {
            keywords: Keywords::of(&sections)?,
            sections,
            mailmap: Mailmap::parse(&tree.read(".mailmap").unwrap_or_default()),
            ignored: ignored(&tree.read(".get_maintainer.ignore").unwrap_or_default()),
        })
    }

    /// Who answers for the files and keywords of a patch.
    pub fn of_patch(&self, tree: &dyn Tree, text: &str) -> Vec<Recipient> {
        let patch = patch::read(text, &self.keywords);
        self.find(tree, &patch.files, &patch.keywords)
    }

    /// Who answers for a file; a folder ends in a slash.
    pub fn of_file(&self, tree: &dyn Tree, file: &str) -> Vec<Recipient> {
        self.find(tree, &[file.to_owned()], &[])
    }

    /// Whether somebody asked in `.get_maintainer.ignore` not to be found by
    /// what they once signed or reviewed.
    pub fn ignores(&self, mailbox: &str) -> bool {
        self.ignored.contains(mailbox)
    }

    /// The name and address under which somebody is known today.
    pub fn today(&self, mailbox: &str) -> String {
        self.mailmap.map(mailbox)
    }

    fn find(&self, tree: &dyn Tree, files: &[String], keywords: &[usize]) -> Vec<Recipient> {
        let mut found = Found::default();
        let mut in_files = Vec::new();
        for file in files {
            for section in self.sections.of(file) {
                found.add(section, "");
            }
            in_files.extend(in_file::mailboxes(tree, file));
        }
        for index in keywords {
            let (section, keyword) = self.keywords.section(&self.sections, *index);
            found.add(section, &format!(":Keyword:{keyword}"));
        }
        found.finish(&self.mailmap, in_files)
    }
}

/// What was found so far. Who is in by name or by address stays as they came
/// in first.
#[derive(Default)]
struct Found {
    people: Vec<Recipient>,
    lists: Vec<Recipient>,
    names: HashSet<String>,
    addresses: HashSet<String>,
    known_lists: HashSet<String>,
}

/// Linus Torvalds is not asked by a tool: he maintains "THE REST".
const CHIEF: &str = "Linus Torvalds <torvalds@linux-foundation.org>";

impl Found {
    fn add(&mut self, section: &Section, suffix: &str) {
        for entry in &section.entries {
            match entry {
                Entry::Maintainer(people) => {
                    self.add_people(people, &format!("{}{suffix}", section.maintainer_role()));
                }
                Entry::Reviewer(people) => {
                    self.add_people(
                        people,
                        &format!("reviewer:{}{suffix}", section.short_title()),
                    );
                }
                Entry::List { address, note } => self.add_list(section, address, note, suffix),
            }
        }
    }

    fn add_people(&mut self, people: &str, role: &str) {
        for person in split_list(people) {
            self.add_person(&person, role);
        }
    }

    fn add_person(&mut self, person: &str, role: &str) {
        let (name, address) = parse(person);
        let (by_name, by_address) = (name.to_lowercase(), address.to_lowercase());
        if address.is_empty()
            || (!name.is_empty() && self.names.contains(&by_name))
            || self.addresses.contains(&by_address)
        {
            return;
        }
        self.people.push(Recipient {
            address: format(&name, &address),
            role: role.to_owned(),
        });
        if !name.is_empty() {
            self.names.insert(by_name);
        }
        self.addresses.insert(by_address);
    }

    fn add_list(&mut self, section: &Section, address: &str, note: &str, suffix: &str) {
        if note.contains("subscribers-only") || !self.known_lists.insert(address.to_lowercase()) {
            return;
        }
        let kind = if note.contains("moderated") {
            "moderated list"
        } else {
            "open list"
        };
        let title = match section.short_title() {
            title if title == "THE REST" => String::new(),
            title => format!(":{title}"),
        };
        self.lists.push(Recipient {
            address: address.to_owned(),
            role: format!("{kind}{title}{suffix}"),
        });
    }

    fn finish(mut self, mailmap: &Mailmap, in_files: Vec<String>) -> Vec<Recipient> {
        let mut same = Same::default();
        for entry in self.people.iter_mut().chain(&mut self.lists) {
            entry.address = same.map(mailmap, &entry.address);
        }
        self.people.retain(|person| !person.address.contains(CHIEF));
        for mailbox in in_files {
            let mailbox = mailmap.map(&mailbox);
            self.add_person(&mailbox, "");
            self.add_role(&mailbox, "in file");
        }
        let mut seen = HashSet::new();
        self.people
            .into_iter()
            .chain(self.lists)
            .filter(|entry| seen.insert(entry.address.clone()))
            .collect()
    }

    fn add_role(&mut self, mailbox: &str, role: &str) {
        let (name, address) = parse(mailbox);
        for entry in &mut self.people {
            let (entry_name, entry_address) = parse(&entry.address);
            if (name == entry_name || address == entry_address) && !entry.role.contains(role) {
                if !entry.role.is_empty() {
                    entry.role.push(',');
                }
                entry.role.push_str(role);
            }
        }
    }
}

/// One name, one address: who shows up again under a known name or address is
/// taken for the same person.
#[derive(Default)]
struct Same {
    by_name: HashMap<String, (String, String)>,
    by_address: HashMap<String, (String, String)>,
}

impl Same {
    fn map(&mut self, mailmap: &Mailmap, mailbox: &str) -> String {
        let (mut name, mut address) = parse(&mailmap.map(mailbox));
        let known = if name.is_empty() {
            None
        } else {
            self.by_name.get(&name.to_lowercase())
        };
        match known.or_else(|| self.by_address.get(&address.to_lowercase())) {
            Some(known) => (name, address) = known.clone(),
            None => {
                let pair = (name.clone(), address.clone());
                self.by_name.insert(name.to_lowercase(), pair.clone());
                self.by_address.insert(address.to_lowercase(), pair);
            }
        }
        mailmap.map(&format(&name, &address))
    }
}

fn ignored(text: &str) -> HashSet<String> {
    text.lines()
        .map(|line| line.split('#').next().unwrap_or_default().trim())
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect()
}
