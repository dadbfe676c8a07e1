// SPDX-License-Identifier: GPL-2.0-only
//! The functions that a series introduces, and where it names them. In: the
//! mails. Out: definitions, prototypes, uses and removed lines by name. A name
//! is only what is left without comments and strings.

use std::collections::{HashMap, HashSet};

use super::letter::{File, Hunk, Letter};

/// What a series calls what.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Definitions of functions, in order.
    pub(crate) functions: Vec<Function>,
    uses: HashMap<Vec<u8>, Uses>,
    /// The arguments of macros, which may be parts of names.
    pasted: HashSet<Vec<u8>>,
}

/// A definition whose head was added as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) name: Vec<u8>,
    pub(crate) site: Site,
    pub(crate) is_static: bool,
    /// Inline, or marked so that nobody minds if it is unused.
    pub(crate) may_be_unused: bool,
    pub(crate) in_header: bool,
}

/// A line of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Site {
    pub(crate) letter: usize,
    pub(crate) file: usize,
    pub(crate) line: usize,
    pub(crate) file_line: usize,
}

/// Where a name stands, each in the order of the series.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    /// Added definitions and prototypes.
    pub(crate) declared: Vec<Site>,
    /// Added prototypes and exports.
    pub(crate) offered: Vec<Site>,
    /// Added lines that use it.
    pub(crate) used: Vec<Site>,
    /// Lines that were there already: context, and removed ones.
    pub(crate) known: Vec<Site>,
}

impl Uses {
    /// Whether an added line uses the name.
    pub(crate) fn is_used_on(&self, letter: usize, line: usize) -> bool {
        let place = |site: &Site| (site.letter, site.line);
        self.used
            .binary_search_by_key(&(letter, line), place)
            .is_ok()
    }
}

impl Names {
    pub(crate) fn of(letters: &[Letter<'_>]) -> Self {
        let mut names = Self::default();
        for (index, letter) in letters.iter().enumerate() {
            pasted(letter, &mut names.pasted);
            for (number, file) in letter.files.iter().enumerate() {
                if file.is_c() {
                    for hunk in &file.hunks {
                        names.declarations(letter, (index, number), file, hunk);
                    }
                }
            }
        }
        for (index, letter) in letters.iter().enumerate() {
            for (number, file) in letter.files.iter().enumerate() {
                names.uses_in(letter, (index, number), file);
            }
        }
        names
    }

    /// Where a name stands; nothing is known of one that nobody declares.
    pub(crate) fn uses(&self, name: &[u8]) -> Option<&Uses> {
        self.uses.get(name)
    }

    /// The names that the series declares.
    pub(crate) fn declared(&self) -> impl Iterator<Item = (&[u8], &Uses)> {
        self.uses.iter().map(|(name, uses)| (&name[..], uses))
    }

    /// Whether a macro may make the name out of a part of it, as
    /// `DEVICE_ATTR_RO(foo)` does `foo_show`.
    pub(crate) fn may_be_pasted(&self, name: &[u8]) -> bool {
        let ends: Vec<usize> = (0..=name.len())
            .filter(|at| *at == name.len() || name[*at] == b'_')
            .collect();
        let starts: Vec<usize> = std::iter::once(0)
            .chain(ends.iter().map(|at| at + 1))
            .filter(|at| *at < name.len())
            .collect();
        starts.iter().take(16).any(|start| {
            ends.iter().filter(|end| *end > start).take(16).any(|end| {
                let part = &name[*start..*end];
                part != name && self.pasted.contains(part)
            })
        })
    }

    fn declarations(
        &mut self,
        letter: &Letter<'_>,
        (index, number): (usize, usize),
        file: &File<'_>,
        hunk: &Hunk<'_>,
    ) {
        let lines: Vec<_> = hunk
            .lines
            .iter()
            .filter(|line| line.marker != b'-')
            .collect();
        for (at, line) in lines.iter().enumerate() {
            let first = letter.plain(line.number);
            if line.marker != b'+' || !first.first().is_some_and(|byte| is_start(*byte)) {
                continue;
            }
            let rest = lines[at..].iter().take(HEAD);
            let added = rest.clone().take_while(|line| line.marker == b'+').count();
            let texts: Vec<&[u8]> = rest.map(|line| letter.plain(line.number)).collect();
            let Some(head) = Head::parse(&texts) else {
                continue;
            };
            if head.line >= added {
                continue;
            }
            let name_line = lines[at + head.line];
            let site = Site {
                letter: index,
                file: number,
                line: name_line.number,
                file_line: name_line.new,
            };
            let uses = self.uses.entry(head.name.clone()).or_default();
            uses.declared.push(site);
            if !head.is_definition {
                uses.offered.push(site);
                continue;
            }
            self.functions.push(Function {
                name: head.name,
                site,
                is_static: head.is_static,
                may_be_unused: head.may_be_unused,
                in_header: file.path().ends_with(".h"),
            });
        }
    }

    fn uses_in(&mut self, letter: &Letter<'_>, (index, number): (usize, usize), file: &File<'_>) {
        for line in file.lines() {
            let site = Site {
                letter: index,
                file: number,
                line: line.number,
                file_line: line.new,
            };
            let text = match file.is_c() {
                true => letter.plain(line.number),
                false => line.text,
            };
            let export = text.starts_with(b"EXPORT_");
            for word in words(text) {
                let Some(uses) = self.uses.get_mut(word) else {
                    continue;
                };
                if line.marker != b'+' {
                    uses.known.push(site);
                } else if export {
                    uses.offered.push(site);
                } else if uses.declared.binary_search(&site).is_err() {
                    uses.used.push(site);
                }
            }
        }
    }
}

/// No head of a function has more lines.
const HEAD: usize = 12;

/// The head of a function.
#[derive(Debug, PartialEq, Eq)]
struct Head {
    name: Vec<u8>,
    /// The line of the name, from 0.
    line: usize,
    is_definition: bool,
    is_static: bool,
    may_be_unused: bool,
}

impl Head {
    /// The function that is declared by lines without comments, if it is one:
    /// a type, a name, parentheses, then a brace or a semicolon.
    fn parse(lines: &[&[u8]]) -> Option<Self> {
        let mut text = Vec::new();
        let mut ends = Vec::new();
        for line in lines {
            if line.starts_with(b"#") || (!text.is_empty() && line.is_empty()) {
                return None;
            }
            text.extend_from_slice(line);
            text.push(b'\n');
            ends.push(text.len());
            if line.iter().any(|byte| matches!(byte, b'{' | b';')) {
                break;
            }
        }
        let end = text.iter().position(|byte| matches!(byte, b'{' | b';'))?;
        let before = &text[..end];
        let is_definition = text[end] == b'{';
        let (start, stop) = name(before)?;
        let name = before[start..stop].to_vec();
        let types: Vec<&[u8]> = words(&before[..start]).collect();
        let all: Vec<&[u8]> = words(before).collect();
        let has = |word: &str| all.contains(&word.as_bytes());
        let is_upper = !name.iter().any(u8::is_ascii_lowercase);
        let is_typed = types.iter().any(|word| !STORAGE.contains(word));
        let is_data = before[..start].contains(&b'=') || has("typedef") || has("return");
        if is_upper || !is_typed || is_data {
            return None;
        }
        let line = ends.iter().position(|end| start < *end)?;
        Some(Self {
            name,
            line,
            is_definition,
            is_static: has("static"),
            may_be_unused: ["inline", "__always_inline", "__inline__", "__inline"]
                .iter()
                .any(|word| has(word))
                || all.iter().any(|word| {
                    word.ends_with(b"unused") || *word == b"__used" || *word == b"__bpf_kfunc"
                }),
        })
    }
}

const STORAGE: [&[u8]; 3] = [b"static", b"extern", b"inline"];

/// Macros that stand before or after a name and have arguments.
const ATTRIBUTES: [&[u8]; 12] = [
    b"__attribute__",
    b"__printf",
    b"__scanf",
    b"__acquires",
    b"__releases",
    b"__must_hold",
    b"__section",
    b"__aligned",
    b"__alloc_size",
    b"__no_sanitize",
    b"__diagnose_as",
    b"__cond_acquires",
];

/// The name right before the first parentheses that are no attribute's.
fn name(text: &[u8]) -> Option<(usize, usize)> {
    let mut depth = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'(' => {
                let stop = text[..at].iter().rposition(|b| !b.is_ascii_whitespace())? + 1;
                let start = text[..stop]
                    .iter()
                    .rposition(|b| !is_word(*b))
                    .map_or(0, |it| it + 1);
                let found = &text[start..stop];
                if depth == 0 && !ATTRIBUTES.contains(&found) {
                    return (found.first().is_some_and(|b| is_start(*b))).then_some((start, stop));
                }
                depth += 1;
            }
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The arguments of what looks like a macro at the start of a line, and the
/// words of macros that paste.
fn pasted(letter: &Letter<'_>, found: &mut HashSet<Vec<u8>>) {
    for file in letter.files.iter().filter(|file| file.is_c()) {
        for line in file.lines().filter(|line| line.marker != b'-') {
            let text = letter.plain(line.number);
            let Some(open) = text.iter().position(|byte| *byte == b'(') else {
                continue;
            };
            let upper = words(&text[..open])
                .last()
                .is_some_and(|word| !word.iter().any(u8::is_ascii_lowercase));
            let bare = text.first().is_some_and(|byte| is_start(*byte))
                && words(&text[..open]).nth(1).is_none();
            if upper || bare {
                found.extend(words(&text[open..]).map(<[u8]>::to_vec));
            }
        }
    }
}

/// The identifiers of a text.
pub(crate) fn words(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| !is_word(*byte))
        .filter(|word| word.first().is_some_and(|byte| is_start(*byte)))
}

fn is_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Option<(String, bool, bool, bool)> {
        let lines: Vec<&[u8]> = text.split('\n').map(str::as_bytes).collect();
        let head = Head::parse(&lines)?;
        let name = String::from_utf8(head.name).unwrap();
        Some((name, head.is_definition, head.is_static, head.may_be_unused))
    }

    #[test]
    fn functions_are_told_from_what_looks_like_them() {
        let of = |name: &str, definition, is_static, unused| {
            Some((name.to_owned(), definition, is_static, unused))
        };
        assert_eq!(head("static int f(void)\n{"), of("f", true, true, false));
        assert_eq!(
            head("struct a *\nf(int a,\n  int b)\n{"),
            of("f", true, false, false)
        );
        assert_eq!(
            head("int __printf(1, 2) f(const char *x, ...);"),
            of("f", false, false, false)
        );
        assert_eq!(
            head("static __always_inline int f(void) {"),
            of("f", true, true, true)
        );
        assert_eq!(
            head("static void __maybe_unused f(void)\n{"),
            of("f", true, true, true)
        );
        for none in [
            "DEFINE_X(a, b);",
            "static DEFINE_MUTEX(lock);",
            "static struct a b = f(c);",
            "out:\n",
            "struct a {",
            "static int a[] = {",
            "typedef int (*f)(void);",
        ] {
            assert_eq!(head(none), None, "{none}");
        }
    }

    #[test]
    fn a_macro_may_make_a_name_out_of_a_part() {
        let mut names = Names::default();
        names.pasted.insert(b"foo".to_vec());
        assert!(names.may_be_pasted(b"foo_show") && names.may_be_pasted(b"a_foo_show"));
        assert!(!names.may_be_pasted(b"foobar_show") && !names.may_be_pasted(b"foo"));
    }
}
