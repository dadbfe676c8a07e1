// SPDX-License-Identifier: GPL-2.0-only
//! The lists of words that a kernel tree has for its checkers. In: the text of
//! a list. Out: what is on it, as [`crate::World`] has to answer.

use std::collections::{HashMap, HashSet};

use crate::text;

/// The pairs of `scripts/spelling.txt`, `wrong||right`: the wrong ones in small
/// letters, with what was meant. They are added to what is known already, and
/// count for more.
pub fn misspellings(list: &[u8], known: &mut HashMap<String, String>) {
    let list = String::from_utf8_lossy(list);
    known.reserve(text::count(list.as_bytes(), b'\n'));
    let pairs = entries(&list).filter_map(|line| line.split_once("||"));
    known.extend(pairs.map(|(wrong, right)| (wrong.to_lowercase(), right.to_owned())));
}

/// The structures of `scripts/const_structs.checkpatch`.
#[must_use]
pub fn const_structs(list: &[u8]) -> HashSet<String> {
    let list = String::from_utf8_lossy(list);
    entries(&list).map(str::to_owned).collect()
}

/// The patterns of the files that `MAINTAINERS` calls obsolete.
#[must_use]
pub fn obsolete(maintainers: &[u8]) -> Vec<String> {
    let status = memchr::memmem::Finder::new("\nS:\t");
    let (mut patterns, mut done) = (Vec::new(), 0);
    for at in status.find_iter(maintainers) {
        let line = maintainers[at + 1..].split(|byte| *byte == b'\n').next();
        let mut words = line.unwrap_or_default().windows(b"obsolete".len());
        if at < done || !words.any(|word| word.eq_ignore_ascii_case(b"obsolete")) {
            continue;
        }
        let start = memchr::memmem::rfind(&maintainers[..=at], b"\n\n").unwrap_or(0);
        let end = memchr::memmem::find(&maintainers[at..], b"\n\n");
        done = end.map_or(maintainers.len(), |end| at + end);
        let section = String::from_utf8_lossy(&maintainers[start..done]);
        let files = section.lines().filter_map(|line| line.strip_prefix("F:\t"));
        patterns.extend(files.map(|pattern| pattern.trim().to_owned()));
    }
    patterns
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    let lines = list.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_comments_and_blank_lines() {
        let mut known = HashMap::from([("teh".to_owned(), "tea".to_owned())]);
        misspellings(b"# License\n\nTeh||the\nno pair\n", &mut known);
        assert_eq!(known, HashMap::from([("teh".to_owned(), "the".to_owned())]));
        assert_eq!(const_structs(b"# x\n a \n\nb").len(), 2);
    }

    #[test]
    fn maintainers_says_what_is_obsolete() {
        let text = b"X\nS:\tObsolete\nF:\tdrivers/x/\nF:\tmm/a*.c\nS:\tobsolete\n\nY\nS:\tSupported\nF:\tmm/\n\nS:\tObsolete\nF:\ty/\n\nZ\nF:\tz/\nS:\tOdd, obsolete\n";
        assert_eq!(obsolete(text), ["drivers/x/", "mm/a*.c", "y/", "z/"]);
    }
}
