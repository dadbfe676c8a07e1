// SPDX-License-Identifier: GPL-2.0-only
//! What is wrong with the kernel-doc comments of a C file. In: its text. Out:
//! faults, each of which scripts/kernel-doc -Wreturn warns of, too. They are
//! worth a report where a patch makes them; the kernel has thousands.
//!
//! Comments are read as the script reads them, line by line; declarations are
//! read as C.

mod comment;
mod declaration;
mod token;

use std::collections::HashSet;

use comment::{Block, Subject};
use declaration::Declaration;

/// What kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Described, but not there.
    Excess,
    /// There, but not described.
    Missing,
    /// The comment has another name than the code.
    Name,
    /// What is returned is not described.
    Return,
}

/// A fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of fault.
    pub kind: Kind,
    /// Line of the file, from 1.
    pub line: usize,
    /// The name of the function or type in the code.
    pub name: String,
    /// The parameter or member; the name in the comment for [`Kind::Name`].
    pub what: String,
}

impl Fault {
    /// What stays the same when it moves.
    pub(crate) fn key(&self) -> (Kind, String, String) {
        (self.kind, self.name.clone(), self.what.clone())
    }

    /// What stands on its line, if anything does.
    pub(crate) fn word(&self) -> &str {
        match self.kind {
            Kind::Excess | Kind::Name => &self.what,
            Kind::Missing | Kind::Return => &self.name,
        }
    }

    pub(crate) fn message(&self) -> String {
        let Self { name, what, .. } = self;
        match self.kind {
            Kind::Excess => format!("the comment describes {what}, which {name} does not have"),
            Kind::Missing => format!("{name} has {what}, which the comment does not describe"),
            Kind::Name => format!("the comment is about {what}, the code about {name}"),
            Kind::Return => format!("a section Return: says what {name} returns"),
        }
    }
}

/// The faults of a file, in the order of its comments.
pub fn faults(text: &[u8]) -> Vec<Fault> {
    let mut found = Vec::new();
    for block in comment::blocks(text) {
        judge(&block, &mut found);
    }
    found
}

fn judge(block: &Block, found: &mut Vec<Fault>) {
    let Some(code) = Declaration::parse(block.subject, &block.code, &block.name) else {
        return;
    };
    let mut put = |kind, line, what: &str| {
        found.push(Fault {
            kind,
            line,
            name: code.name.clone(),
            what: what.to_owned(),
        });
    };
    let wanted = match block.subject {
        Subject::Function if code.is_event => format!("trace_{}", block.name),
        _ => block.name.clone(),
    };
    let is_other = wanted != code.name;
    if is_other && block.subject != Subject::Function {
        put(Kind::Name, block.line, &wanted);
        return;
    }
    // What is left out of "args..." is how a macro has it.
    let bare = |name: &'_ str| -> String {
        let end = name.strip_suffix("...").filter(|end| !end.is_empty());
        end.filter(|_| code.is_variadic).unwrap_or(name).to_owned()
    };
    let described: HashSet<String> = block.described.iter().map(|it| bare(&it.0)).collect();
    let mut told: HashSet<&str> = HashSet::new();
    for part in &code.parts {
        // Members of members may go without.
        let counts = part != "..." && part != "void" && !part.contains('.');
        if counts && !described.contains(part) && told.insert(part) {
            put(Kind::Missing, block.code_line, part);
        }
    }
    if is_other {
        put(Kind::Name, block.line, &wanted);
        return;
    }
    if code.is_open {
        return;
    }
    let parts: HashSet<&str> = code.parts.iter().map(|part| &**part).collect();
    for (name, line) in &block.described {
        if !parts.contains(&*bare(name)) {
            put(Kind::Excess, *line, name);
        }
    }
    if code.returns && !block.has_return {
        put(Kind::Return, block.line, "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `kind name what`, sorted.
    fn found(text: &str) -> Vec<String> {
        let mut all: Vec<String> = faults(text.as_bytes())
            .iter()
            .map(|it| {
                format!("{:?} {} {}", it.kind, it.name, it.what)
                    .trim_end()
                    .to_owned()
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn sources_of_the_kernel_get_what_its_script_says_of_them() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kernel_doc");
        let mut cases = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|end| end != "h") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let expected = std::fs::read_to_string(path.with_extension("expected")).unwrap();
            let expected: Vec<&str> = expected.lines().collect();
            assert_eq!(found(&text), expected, "{}", path.display());
            cases += 1;
        }
        assert!(cases > 0);
    }

    #[test]
    fn anything_is_read() {
        for text in [
            "/**\n",
            "/**\n * f - x\n */",
            "/**\n * f - x\n */\n#define f(",
            "/**\n * struct s - x\n */\nstruct s { struct { union {",
            "/**\n * enum e - x\n */\nenum e { } } } ;",
            "/**\n * f - x\n */\nint f(int (*g)(",
        ] {
            faults(text.as_bytes());
        }
        let deep = format!(
            "/**\n * struct s - x\n */\nstruct s {}",
            "{struct ".repeat(100_000)
        );
        faults(deep.as_bytes());
        let deep = format!(
            "/**\n * struct s - x\n */\nstruct s {{{}{};",
            "struct {".repeat(9_999),
            "};".repeat(9_999)
        );
        faults(deep.as_bytes());
    }
}
