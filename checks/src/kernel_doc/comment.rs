// SPDX-License-Identifier: GPL-2.0-only
//! The kernel-doc comments of a file. In: its lines. Out: for each comment what
//! it is about, what it describes, and the code that follows it.

/// What a comment says that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    Function,
    Struct,
    Enum,
    Typedef,
    Variable,
}

/// A comment with its code.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) subject: Subject,
    /// As the comment has it.
    pub(super) name: String,
    /// Line of the name, from 1.
    pub(super) line: usize,
    /// What is described, and where.
    pub(super) described: Vec<(String, usize)>,
    pub(super) has_return: bool,
    /// The declaration up to its end, without comments that describe.
    pub(super) code: Vec<u8>,
    /// Its first line.
    pub(super) code_line: usize,
}

/// The comments of a file.
pub(super) fn blocks(text: &[u8]) -> Vec<Block> {
    let text = String::from_utf8_lossy(text);
    let mut reader = Reader {
        lines: text.lines().collect(),
        at: 0,
    };
    let mut blocks = Vec::new();
    while let Some(line) = reader.next() {
        if line.trim_end() == "/**"
            && let Some(block) = reader.block()
        {
            blocks.push(block);
        }
    }
    blocks
}

struct Reader<'t> {
    lines: Vec<&'t str>,
    /// Lines that were read.
    at: usize,
}

impl<'t> Reader<'t> {
    fn next(&mut self) -> Option<&'t str> {
        let line = self.lines.get(self.at)?;
        self.at += 1;
        Some(line)
    }

    /// What follows a line that starts a comment.
    fn block(&mut self) -> Option<Block> {
        let (subject, name) = loop {
            let line = self.next()?;
            let text = body(line);
            if text.is_some_and(|text| text.starts_with("DOC:")) {
                while !self.next()?.contains("*/") {}
                return None;
            }
            match text.and_then(title) {
                Some(Title::Of(subject, name)) => break (subject, name),
                Some(Title::Other) => return None,
                None if line.contains("*/") => return None,
                None => {}
            }
        };
        let mut block = Block {
            subject,
            name,
            line: self.at,
            described: Vec::new(),
            has_return: false,
            code: Vec::new(),
            code_line: 0,
        };
        loop {
            let line = self.next()?;
            if let Some(section) = starred(line).find_map(section) {
                match section {
                    Section::Return => block.has_return = true,
                    Section::Of(name) => block.described.push((name.to_owned(), self.at)),
                    Section::Other => {}
                }
            } else if line.contains("*/") {
                break;
            }
        }
        self.code(&mut block)?;
        Some(block)
    }

    /// The declaration after a comment.
    fn code(&mut self, block: &mut Block) -> Option<()> {
        let mut scan = Scan::default();
        loop {
            let line = self.next()?;
            if let Some(name) = one_line(line) {
                block.described.push((name.to_owned(), self.at));
                continue;
            }
            if line.trim() == "/**" {
                self.inline(block)?;
                continue;
            }
            if block.code_line == 0 && !line.trim().is_empty() {
                block.code_line = self.at;
            }
            let is_directive = line.trim_start().starts_with('#') && !scan.in_comment;
            if is_directive {
                if block.subject == Subject::Function && is_define(line) {
                    block.code = self.define(line);
                    return Some(());
                }
                // A type that is only there in some configurations.
                if block.subject != Subject::Function && scan.depth == 0 {
                    return None;
                }
                self.skip_continued(line);
                continue;
            }
            let end = scan.line(line, block.subject == Subject::Function);
            block
                .code
                .extend_from_slice(&line.as_bytes()[..end.unwrap_or(line.len())]);
            block.code.push(b'\n');
            if end.is_some() {
                return Some(());
            }
        }
    }

    /// A comment of several lines within a declaration.
    fn inline(&mut self, block: &mut Block) -> Option<()> {
        let line = self.next()?;
        if let Some((name, _)) = body(line).and_then(inline_name) {
            block.described.push((name.to_owned(), self.at));
        }
        let mut line = line;
        while !line.contains("*/") {
            line = self.next()?;
        }
        Some(())
    }

    /// A macro with the lines that continue it.
    fn define(&mut self, line: &str) -> Vec<u8> {
        let mut code = line.as_bytes().to_vec();
        while code.last() == Some(&b'\\') {
            code.pop();
            match self.next() {
                Some(line) => code.extend_from_slice(line.as_bytes()),
                None => break,
            }
        }
        code
    }

    fn skip_continued(&mut self, line: &str) {
        let mut line = line;
        while line.ends_with('\\') {
            match self.next() {
                Some(next) => line = next,
                None => break,
            }
        }
    }
}

/// Where a declaration ends.
#[derive(Debug, Default)]
struct Scan {
    depth: usize,
    in_comment: bool,
}

impl Scan {
    /// Reads a line; says where in it the declaration ends. The body of a
    /// function does not belong to it.
    fn line(&mut self, line: &str, is_function: bool) -> Option<usize> {
        let bytes = line.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            if self.in_comment {
                if bytes[at..].starts_with(b"*/") {
                    self.in_comment = false;
                    at += 1;
                }
            } else if bytes[at..].starts_with(b"/*") {
                self.in_comment = true;
                at += 1;
            } else if bytes[at..].starts_with(b"//") {
                break;
            } else {
                match bytes[at] {
                    b'{' if is_function => return Some(at),
                    b'{' => self.depth += 1,
                    b'}' => self.depth = self.depth.saturating_sub(1),
                    b';' if self.depth == 0 => return Some(at),
                    _ => {}
                }
            }
            at += 1;
        }
        None
    }
}

/// A line of a comment without its star.
fn body(line: &str) -> Option<&str> {
    Some(line.trim_start().strip_prefix('*')?.trim_start())
}

/// What stands behind each star of a line: the script takes any.
fn starred(line: &str) -> impl Iterator<Item = &str> {
    let stars = line.match_indices('*').take(8);
    stars.map(|(at, _)| line[at + 1..].trim_start())
}

enum Title {
    Of(Subject, String),
    /// Words, but no name.
    Other,
}

/// The first line with words.
fn title(text: &str) -> Option<Title> {
    let (first, rest) = word(text);
    if first.is_empty() {
        return None;
    }
    let data = match first {
        "struct" | "union" => Some(Subject::Struct),
        "enum" => Some(Subject::Enum),
        "typedef" => Some(Subject::Typedef),
        "var" => Some(Subject::Variable),
        _ => None,
    };
    if let Some(subject) = data {
        let (name, _) = word(rest.trim_start());
        // An enumeration may have none.
        return Some(match name.is_empty() && subject != Subject::Enum {
            true => Title::Other,
            false => Title::Of(subject, name.to_owned()),
        });
    }
    // "type *name", "define name", "name", each with "()" and "- what it does".
    let starred = rest.trim_start().strip_prefix('*').map(str::trim_start);
    let defined = (first == "define").then(|| rest.trim_start());
    let found = [starred, defined, Some(text)]
        .into_iter()
        .flatten()
        .find_map(function);
    Some(found.map_or(Title::Other, |name| {
        Title::Of(Subject::Function, name.to_owned())
    }))
}

/// The name in `name(x) - what it does`.
fn function(text: &str) -> Option<&str> {
    let (name, rest) = word(text);
    let rest = rest.trim_start();
    let rest = match rest.strip_prefix('(') {
        None => rest,
        Some(inner) => {
            let (_, after) = word(inner);
            after.strip_prefix(')')?.trim_start()
        }
    };
    let ends = rest.is_empty() || rest.starts_with(['-', ':']);
    (!name.is_empty() && ends).then_some(name)
}

fn word(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    text.split_at(end.unwrap_or(text.len()))
}

enum Section<'t> {
    Return,
    Of(&'t str),
    Other,
}

/// `@name:`, `Return:` and the like.
fn section(text: &str) -> Option<Section<'_>> {
    let (head, rest) = text.split_once(':')?;
    if rest.starts_with(':') {
        return None;
    }
    let head = head.trim_end();
    let lower = head.to_ascii_lowercase();
    match &*lower {
        "return" | "returns" | "@return" | "@returns" => return Some(Section::Return),
        "description" | "context" | "note" | "notes" | "example" | "examples" => {
            return Some(Section::Other);
        }
        _ => {}
    }
    let name = head.strip_prefix('@')?;
    let is_name = !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    is_name.then(|| Section::Of(parameter(name)))
}

/// What of `a.b` or `args...` is a name of a parameter.
fn parameter(name: &str) -> &str {
    let mut end = word(name).0.len();
    while let Some(rest) = name[end..].strip_prefix('.') {
        let length = word(rest).0.len();
        if length == 0 {
            break;
        }
        end += 1 + length;
    }
    match name[end..].starts_with("...") {
        true => &name[..end + 3],
        false => &name[..end],
    }
}

/// The name in `@name: text`, and the text.
fn inline_name(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('@')?.split_once(':')?;
    let name = name.trim_end();
    let is_name = name.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || c == '_' || c == '.');
    is_name.then(|| (parameter(name), rest))
}

/// The name in `/** @name: text */`.
fn one_line(line: &str) -> Option<&str> {
    let text = line.trim().strip_prefix("/**")?.strip_suffix("*/")?;
    inline_name(text.trim_start()).map(|(name, _)| name)
}

fn is_define(line: &str) -> bool {
    let rest = line.trim_start().strip_prefix('#');
    rest.is_some_and(|rest| rest.trim_start().starts_with("define"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<(Subject, String)> {
        match title(text)? {
            Title::Of(subject, name) => Some((subject, name)),
            Title::Other => None,
        }
    }

    #[test]
    fn titles_are_of_functions_and_types() {
        let is = |text: &str, subject, wanted: &str| {
            assert_eq!(name(text), Some((subject, wanted.to_owned())), "{text}");
        };
        is("add - Adds", Subject::Function, "add");
        is("add(): Adds", Subject::Function, "add");
        is("add(x)", Subject::Function, "add");
        is("char *add - Adds", Subject::Function, "add");
        is("define ADD - Adds", Subject::Function, "ADD");
        is("struct add - Adds", Subject::Struct, "add");
        is("enum - Adds", Subject::Enum, "");
        for none in ["add one", "This is: no title", "struct - x", "-"] {
            assert_eq!(name(none), None, "{none}");
        }
    }

    #[test]
    fn a_section_is_a_name_that_kernel_doc_knows() {
        let of = |text| match section(text) {
            Some(Section::Of(name)) => name,
            Some(Section::Return) => "return",
            Some(Section::Other) => "other",
            None => "none",
        };
        let texts = [
            "@a: x",
            "@a.b:",
            "@...: x",
            "@args...: x",
            "RETURNS:",
            "@return: x",
            "Note: x",
            "Locking: x",
            "note:: x",
            "@a b: x",
        ];
        let found: Vec<&str> = texts.into_iter().map(of).collect();
        assert_eq!(
            found,
            [
                "a", "a.b", "...", "args...", "return", "return", "other", "none", "none", "none"
            ]
        );
    }
}
