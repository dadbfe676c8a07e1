// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds what a patch of a series uses before a later one adds it: headers,
//! objects, Kconfig files and symbols, functions.
//! # Why
//! The kernel does not build at this patch, so that nobody can bisect.
//! # Example
//! ```text
//! [PATCH 1/2] misc: Use the new header
//! +#include <linux/misc_new.h>
//! [PATCH 2/2] misc: Add it
//! ```
//! # Instead
//! ```text
//! Change their order.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Separate your changes": the
//! kernel builds and runs after each patch.

use std::collections::HashMap;

use super::letter::{File, Line};
use super::names::words;
use super::{Check, Cx, Place};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "series_used_too_early.rs" SERIES_USED_TOO_EARLY, [Warning, Check], Likely,
    series Check::Whole(check),
    fires: [
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%a.c\n+#include <misc/new.h>",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%%include/misc/new.h\n+int a;",
        ]),
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%drivers/x/a.c\n+#include \"new.h\"",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%%drivers/x/new.h\n+int a;",
        ]),
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%drivers/x/Makefile\n+obj-y += new.o",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%%drivers/x/new.c\n+int a;",
        ]),
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%drivers/Kconfig\n+source \"drivers/x/Kconfig\"",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%%drivers/x/Kconfig\n+config NEW",
        ]),
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%a.c\n+\tif (IS_ENABLED(CONFIG_NEW))",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%drivers/x/Kconfig\n+config NEW",
        ]),
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%a.c\n+\tmisc_flush(a);",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%a.h\n+void misc_flush(int a);",
        ]),
    ],
    silent: [
        Case::Series(&[
            "[PATCH 1/2] misc: Add\n\nx\n---\n%%include/misc/new.h\n+int a;\n%a.h\n+void misc_flush(int a);\n%drivers/x/Kconfig\n+config NEW",
            "[PATCH 2/2] misc: Use\n\nx\n---\n%a.c\n+#include <misc/new.h>\n+\tif (IS_ENABLED(CONFIG_NEW))\n+\tmisc_flush(a);",
        ]),
        // It was there under another kind of declaration.
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%a.c\n+\tmisc_flush(a);",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%a.h\n-#define misc_flush(a)\n+void misc_flush(int a);",
        ]),
        // Nothing is compiled before there is the symbol.
        Case::Series(&[
            "[PATCH 1/2] misc: Use\n\nx\n---\n%drivers/x/Makefile\n+obj-$(CONFIG_NEW) += new.o",
            "[PATCH 2/2] misc: Add\n\nx\n---\n%drivers/x/Kconfig\n+config NEW\n%%drivers/x/new.c\n+int a;",
        ]),
    ],
}

fn check(cx: &mut Cx<'_>) {
    let added = Added::of(cx);
    let mut found = Vec::new();
    for (index, letter) in cx.patches() {
        for file in &letter.files {
            for line in file.lines().filter(|line| line.marker == b'+') {
                let plain = match file.is_c() {
                    true => letter.plain(line.number),
                    false => line.text,
                };
                let place = Place {
                    letter: index,
                    line: line.number,
                    file: file.path(),
                    file_line: line.new,
                    word: "",
                };
                if let Some((what, later, builds)) = added.needed(cx, file, line, plain, index) {
                    found.push((place, what, later, builds));
                }
            }
        }
    }
    for (place, what, later, builds) in found {
        let title = &cx.letters[later].subject.title;
        let name = what.rsplit('/').next().unwrap_or_default();
        let word = name.split(['.', '(']).next().unwrap_or_default();
        let place = Place { word, ..place };
        let message = format!("{what} is only added by \"{title}\"");
        match builds {
            true => cx.check(place, message),
            false => cx.warn(place, message),
        }
    }
}

/// What the patches add, and the first one to do so.
struct Added {
    files: HashMap<String, usize>,
    symbols: HashMap<Vec<u8>, usize>,
    functions: HashMap<Vec<u8>, usize>,
}

impl Added {
    fn of(cx: &Cx<'_>) -> Self {
        let (mut files, mut symbols) = (HashMap::new(), HashMap::new());
        let mut gone: Vec<&[u8]> = Vec::new();
        for (index, letter) in cx.patches() {
            for file in &letter.files {
                if file.old.is_none() && !cx.world.exists(file.path()) {
                    files.entry(file.path().to_owned()).or_insert(index);
                }
                for line in file.lines().filter(|_| is_kconfig(file)) {
                    let Some(name) = config(line.text) else {
                        continue;
                    };
                    match line.marker {
                        b'+' => drop(symbols.entry(name.to_vec()).or_insert(index)),
                        _ => gone.push(name),
                    }
                }
            }
        }
        for name in gone {
            symbols.remove(name);
        }
        let functions = cx.names().declared().filter_map(|(name, uses)| {
            // A short name is that of several things.
            let is_new = name.len() >= 6 && uses.known.is_empty() && !uses.offered.is_empty();
            let first = uses.declared.iter().map(|site| site.letter).min()?;
            is_new.then(|| (name.to_vec(), first))
        });
        Self {
            functions: functions.collect(),
            files,
            symbols,
        }
    }

    /// What a line needs that a later patch adds, and whether it builds
    /// without.
    fn needed(
        &self,
        cx: &Cx<'_>,
        file: &File<'_>,
        line: &Line<'_>,
        plain: &[u8],
        index: usize,
    ) -> Option<(String, usize, bool)> {
        let late = |added: Option<&usize>| added.copied().filter(|added| *added > index);
        if let Some(path) = named(file, line.text)
            .into_iter()
            .find(|path| late(self.files.get(path)).is_some())
        {
            let later = late(self.files.get(&path))?;
            let guard = words(line.text).filter_map(|word| word.strip_prefix(b"CONFIG_"));
            let mut guards = guard.filter_map(|name| self.symbols.get(name));
            return (!guards.any(|added| *added >= later)).then_some((path, later, false));
        }
        if file.is_c() {
            for word in words(plain) {
                // A use of the function that has the name.
                let called = late(self.functions.get(word)).filter(|_| {
                    let uses = cx.names().uses(word);
                    uses.is_some_and(|it| it.is_used_on(index, line.number))
                });
                if let Some(later) = called {
                    return Some((format!("{}()", text::show(word)), later, false));
                }
            }
        }
        let symbols: Vec<&[u8]> = match is_kconfig(file) {
            true if needs_symbol(line.text) => words(line.text).collect(),
            true => Vec::new(),
            false => words(line.text)
                .filter_map(|word| word.strip_prefix(b"CONFIG_"))
                .collect(),
        };
        symbols.into_iter().find_map(|name| {
            let later = late(self.symbols.get(name))?;
            Some((format!("CONFIG_{}", text::show(name)), later, true))
        })
    }
}

fn is_kconfig(file: &File<'_>) -> bool {
    let name = file.path().rsplit('/').next();
    name.is_some_and(|name| name.starts_with("Kconfig"))
}

/// The symbol that a line of Kconfig begins.
fn config(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"menu").unwrap_or(line);
    Some(text::trim(rest.strip_prefix(b"config ")?))
}

fn needs_symbol(line: &[u8]) -> bool {
    let line = text::trim(line);
    ["depends on ", "select ", "imply ", "if ", "visible if "]
        .iter()
        .any(|word| line.starts_with(word.as_bytes()))
}

/// The files that a line may name.
fn named(file: &File<'_>, line: &[u8]) -> Vec<String> {
    let line = text::show(line);
    let line = line.trim();
    let folder = file
        .path()
        .rsplit_once('/')
        .map_or("", |(folder, _)| folder);
    let beside = |name: &str| match folder {
        "" => name.to_owned(),
        folder => format!("{folder}/{name}"),
    };
    if file.is_c() {
        let Some(name) = line
            .strip_prefix('#')
            .and_then(|rest| rest.trim_start().strip_prefix("include"))
        else {
            return Vec::new();
        };
        let name = name.trim();
        if let Some((name, _)) = name.strip_prefix('"').and_then(|it| it.split_once('"')) {
            return vec![beside(name)];
        }
        let name = name.strip_prefix('<').and_then(|it| it.split_once('>'));
        return name.map_or(Vec::new(), |(name, _)| {
            vec![format!("include/{name}"), format!("include/uapi/{name}")]
        });
    }
    if is_kconfig(file) {
        let name = line
            .strip_prefix("source ")
            .map(|it| it.trim().trim_matches('"'));
        return name.map_or(Vec::new(), |name| vec![name.to_owned()]);
    }
    if file.path().ends_with("Makefile") || file.path().ends_with("Kbuild") {
        let objects = line
            .split_whitespace()
            .filter_map(|word| word.strip_suffix(".o"));
        return objects.map(|stem| beside(&format!("{stem}.c"))).collect();
    }
    Vec::new()
}
