// SPDX-License-Identifier: GPL-2.0-only
//! Maintainers that a device tree binding names in its own text. The script
//! takes every address in a `.yaml` file for one, and makes the best of the
//! words before it.

use std::sync::LazyLock;

use regex::Regex;

use super::address::{format, parse};
use super::tree::Tree;

/// The mailboxes in `file`, if it is one that names any.
pub(super) fn mailboxes(tree: &dyn Tree, file: &str) -> Vec<String> {
    static POSSIBLE: LazyLock<Regex> = LazyLock::new(|| {
        regex(
            r#"[\p{L}"' ,.+-]*\s*[,]*\s*[(<{]?[A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+\.[A-Za-z0-9]+[)>}]?"#,
        )
    });
    if !file.ends_with(".yaml") {
        return Vec::new();
    }
    let text = tree.read(file).unwrap_or_default();
    POSSIBLE
        .find_iter(&text)
        .map(|found| tidy(found.as_str()))
        .collect()
}

fn tidy(text: &str) -> String {
    static ADDRESS: LazyLock<Regex> =
        LazyLock::new(|| regex(r"[(<{]?([A-Za-z0-9_.+-]+@[A-Za-z0-9.-]+)[)>}]?"));
    static STRAY: LazyLock<Regex> = LazyLock::new(|| regex(r"[^\p{L}',.+-]"));
    let bracketed = ADDRESS.replace_all(text, "<$1>");
    let (name, address) = parse(&bracketed);
    let name = match name
        .strip_prefix('"')
        .and_then(|name| name.strip_suffix('"'))
    {
        Some(inner) if !inner.contains('\n') => inner,
        _ => &name,
    };
    let mut words: Vec<&str> = STRAY.split(name).collect();
    while words.last().is_some_and(|word| word.is_empty()) {
        words.pop();
    }
    words.retain(|word| !matches!(*word, "'" | "," | "." | "+" | "-"));
    let mut name = match words.as_slice() {
        [.., first, middle, last] => {
            if is_initial(first, true) || is_initial(middle, false) {
                format!("{first} {middle} {last}")
            } else {
                format!("{middle} {last}")
            }
        }
        words => words.join(" "),
    };
    if name.ends_with([',', '.']) {
        name.pop();
    }
    if name.starts_with([',', '.']) {
        name.remove(0);
    }
    format(&name, &address)
}

/// `J` or `J.`
fn is_initial(word: &str, letter: bool) -> bool {
    let chars: Vec<char> = word.chars().collect();
    match chars.as_slice() {
        [one] => !letter || one.is_alphabetic(),
        [_, '.'] => true,
        _ => false,
    }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the pattern is a constant")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_before_addresses() {
        for (text, wanted) in [
            ("  - Jane Doe <j@x.org>", "Jane Doe <j@x.org>"),
            ("Jane Q. Doe <j@x.org>", "\"Jane Q. Doe\" <j@x.org>"),
            ("the word Jane Doe <j@x.org>", "Jane Doe <j@x.org>"),
            ("j@x.org", "j@x.org"),
        ] {
            assert_eq!(tidy(text), wanted);
        }
    }
}
