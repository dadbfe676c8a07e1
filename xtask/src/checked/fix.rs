// SPDX-License-Identifier: GPL-2.0-only
//! Lines as they should be. In: a text and the rules. Out: the text with every
//! line changed whose fix changes nothing but blanks that mean nothing, and which
//! those were. Only added lines change and none come or go, so a patch still
//! applies.

use std::collections::BTreeMap;

use checks::{Input, Options, World};

use super::guard::Guard;
use super::input::{Source, Text};

/// A line that changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub line: usize,
    /// As it was.
    pub old: Vec<u8>,
    /// As it is.
    pub new: Vec<u8>,
}

/// Sources in which it is known where blanks mean nothing.
const ENDS: [&str; 5] = [".c", ".h", ".S", ".dts", ".dtsi"];

/// A line may need several fixes; one that needs more than this stays so.
const ROUNDS: usize = 100;

/// The fixed text and the lines that changed.
pub fn fix(
    source: &Source,
    text: &Text,
    options: &Options,
    world: &dyn World,
) -> (Vec<u8>, Vec<Change>) {
    let old = lines(&text.bytes);
    let mut new: Vec<Vec<u8>> = old.iter().map(|line| line.to_vec()).collect();
    for part in &text.parts {
        let count = lines(&text.bytes[part.range.clone()]).len();
        let own = &mut new[part.lines_before..part.lines_before + count];
        for _ in 0..ROUNDS {
            if !round(source, own, options, world) {
                break;
            }
        }
    }
    let changes = old
        .iter()
        .zip(&new)
        .enumerate()
        .filter(|(_, (old, new))| **old != new.as_slice())
        .map(|(index, (old, new))| Change {
            line: index + 1,
            old: old.to_vec(),
            new: new.clone(),
        })
        .collect();
    (new.concat(), changes)
}

fn lines(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// Applies one fix to each line that has one; whether there was any.
fn round(source: &Source, lines: &mut [Vec<u8>], options: &Options, world: &dyn World) -> bool {
    let text = lines.concat();
    let input = Input {
        name: &source.path_in_tree,
        text: &text,
        kind: source.kind,
    };
    let guard = Guard::new(source.kind, lines.iter().map(Vec::as_slice));
    let mut fixes = BTreeMap::new();
    for found in checks::check(&input, options, world) {
        if let Some(fix) = found.fix
            && ENDS.iter().any(|end| found.file.ends_with(end))
            && let Some(index) = found.line.checked_sub(1)
            && let Some(line) = lines.get(index)
            && guard.allows(index, line, &fix)
        {
            fixes.entry(found.line).or_insert(fix);
        }
    }
    let mut any = false;
    for (number, mut fix) in fixes {
        let index = number.wrapping_sub(1);
        let Some(line) = lines.get_mut(index) else {
            continue;
        };
        if line.ends_with(b"\n") {
            fix.push(b'\n');
        }
        any |= *line != fix;
        *line = fix;
    }
    any
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checked::input::Origin;
    use checks::{Kind, Nowhere};

    fn fixed(kind: Kind, text: &str) -> (String, Vec<usize>) {
        let source = Source {
            name: "a".to_owned(),
            path_in_tree: "a.c".to_owned(),
            kind,
            origin: Origin::Input,
        };
        let text = Text::whole(text.as_bytes().to_vec());
        let (text, changes) = fix(&source, &text, &Options::default(), &Nowhere);
        let lines = changes.iter().map(|change| change.line).collect();
        (String::from_utf8(text).unwrap(), lines)
    }

    #[test]
    fn a_line_gets_all_its_fixes() {
        let (text, lines) = fixed(Kind::File, "\tx=1;\n        if(a==b) \n\t\tc();\n");
        assert_eq!(text, "\tx = 1;\n\tif (a == b)\n\t\tc();\n");
        assert_eq!(lines, [1, 2]);
    }

    #[test]
    fn only_added_lines_of_a_patch_change() {
        let patch = "From: A <a@b.c>\nSubject: [PATCH] a: b\n\nx \n---\n--- a/a.c\n+++ b/a.c\n@@ -1,2 +1,2 @@\n a=b;\n-c=d;\n+e=f;\n";
        let (text, lines) = fixed(Kind::Patch, patch);
        assert_eq!(text, patch.replace("e=f", "e = f"));
        assert_eq!(lines, [11]);
    }
}
