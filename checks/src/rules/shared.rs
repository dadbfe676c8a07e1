// SPDX-License-Identifier: GPL-2.0-only
//! What several rules ask in the same words.

use std::ops::Range;
use std::rc::Rc;

use crate::context::{Cx, quoted};
use crate::diagnostic::Level;
use crate::re::{Caps, Re, re};
use crate::statement::{Statement, block};
use crate::text;

/// Reports a line that is too long, if it is so in the way of the rule that
/// runs.
pub(super) fn too_long(cx: &mut Cx<'_>) {
    if long_line(cx) == Some(cx.rule.name) {
        let (length, limit) = (cx.length, cx.options.max_line_length);
        let start = past(cx.raw.bytes, limit);
        cx.at(start..cx.raw.bytes.len()).in_patch(
            Level::Warning,
            format!("{length} columns where {limit} are allowed"),
        );
    }
}

/// Where the columns of a line with its marker go beyond a limit.
fn past(line: &[u8], limit: usize) -> usize {
    let (mut at, mut column) = (1, 0);
    while let Some(byte) = line.get(at) {
        column += match byte {
            b'\t' => text::TAB - column % text::TAB,
            _ => 1,
        };
        if column > limit {
            break;
        }
        at += 1;
    }
    at
}

/// What is reported next is at the path in the line of a patch that names a
/// file.
pub(super) fn on_path(cx: &mut Cx<'_>) {
    cx.sees(re!(r"^(?:diff\s+\S+\s+|\S+\s+)(\S+)"), cx.raw, 1);
}

/// What is reported next is at the name of the macro that the line defines.
pub(super) fn on_macro(cx: &mut Cx<'_>) {
    cx.sees(re!(r"^.\s*\#\s*define\s+(\w+)"), cx.line, 1);
}

/// What is reported next is at bytes of the statement that starts on the line,
/// if they are on that line as well.
pub(super) fn on_statement(cx: &mut Cx<'_>, bytes: Range<usize>) {
    if bytes.end <= cx.line.bytes.len() {
        cx.at(bytes);
    }
}

/// What is reported next is at an argument of the macro that the line defines.
pub(super) fn on_argument(cx: &mut Cx<'_>, name: &[u8]) {
    let line = cx.line;
    if let Some(head) = re!(r"^.\s*\#\s*define\s+\w+\(").caps(&cx.lang, line) {
        let (from, word) = (head.end(0), re!(r"\b$Arg0\b"));
        if let Some(caps) = word.caps_with(&cx.lang, line, from, &[name]) {
            cx.on(&caps, 0);
        }
    }
}

/// Which of the types for long lines a line is, if it is too long.
fn long_line(cx: &Cx<'_>) -> Option<&'static str> {
    let limit = cx.options.max_line_length;
    if !cx.is_added() || cx.length <= limit || !cx.options.wants("LONG_LINE") {
        return None;
    }
    let lang = &cx.lang;
    let line = cx.line;
    // The columns before a tail of the line.
    let before = |tail: usize| {
        let end = line.bytes.len().saturating_sub(tail).max(1);
        text::columns(&line.bytes[1..end])
    };
    let message = re!(
        r#"^\+\s*(?:$LogFunctions)\s*\(\s*(?:(?:KERN_\S+\s*|[^"]*))?($String\s*(?:|,|\)\s*;)\s*)$"#
    );
    if let Some(caps) = message.caps(lang, line)
        && before(caps.s(1).len()) <= limit
    {
        return None;
    }
    if re!(r"^\+\s*$String\s*(?:\s*|,|\)\s*;)\s*$").is(lang, line)
        || re!(r"^\+\s*#\s*define\s+\w+\s+$String$").is(lang, line)
        || re!(r"^\+.*\bEFI_GUID\s*\(").is(lang, line)
        || re!(r"^\+\s*(?:\w+)?\s*DEFINE_PER_CPU").is(lang, line)
        || re!(r"^\+.*\b[a-z][\w\.\+\-]*:\/\/\S+", "i").is(lang, cx.raw)
    {
        return None;
    }
    if let Some(caps) = re!(r"($;[\s$;]*)$").caps(lang, line)
        && before(caps.s(1).len()) <= limit
    {
        return Some("LONG_LINE_COMMENT");
    }
    if let Some(caps) = re!(r"\s*($String(?:\s*(?:\\|,\s*|\)\s*;\s*))?)$").caps(lang, cx.plain)
        && before(caps.s(1).len()) <= limit
    {
        return Some("LONG_LINE_STRING");
    }
    Some("LONG_LINE")
}

/// A condition or loop that starts on the line.
pub(super) struct Head {
    /// The line up to its open parenthesis.
    pub(super) before: Vec<u8>,
    /// Level at which the condition ends.
    pub(super) level: isize,
    /// The raw lines of the condition.
    pub(super) text: Vec<u8>,
    /// The line after it.
    pub(super) next: usize,
}

/// Finds the condition or loop that starts on the line.
pub(super) fn head(cx: &Cx<'_>) -> Option<Head> {
    if !cx.may_branch {
        return None;
    }
    let start =
        re!(r"^(.*)\b((?:if|while|for|switch|(?:[a-z_]+|)for_each[a-z_]+)\s*\(|do\b|else\b)");
    let caps = start.caps(&cx.lang, cx.line)?;
    if re!(r"^.\s*\#").is(&cx.lang, cx.line) {
        return None;
    }
    let before = [caps.s(1), caps.s(2)].concat();
    let block = block(cx.lines, cx.n, cx.left, (b'(', b')'), false);
    let wanted = cx.left - isize::try_from(block.lines.len()).unwrap_or(0);
    let mut next = cx.n;
    let mut left = cx.left;
    let removed = |number: usize| {
        let line = cx.lines.clean(number);
        line.is_some_and(|line| line.bytes.first() == Some(&b'-'))
    };
    while left > wanted || (left == wanted && removed(next)) {
        if !removed(next) {
            left -= 1;
        }
        next += 1;
    }
    Some(Head {
        before,
        level: block.level,
        text: block.lines.join(&b'\n'),
        next,
    })
}

/// A macro that is a `do {} while (0)`: the body and what follows it.
pub(super) fn do_while() -> &'static Re {
    re!(
        r"^\+\s*#\s*define\s+$Ident\s*$BalancedParens\s*do\s*{(.*)\s*}\s*while\s*\(\s*0\s*\)\s*([;\s]*)\s*$"
    )
}

/// The statement that starts here, if it is a condition or loop to judge.
pub(super) fn condition(cx: &Cx<'_>) -> Option<Rc<Statement>> {
    let found = cx.statement.clone()?;
    let judged = cx.may_branch
        && !cx.keep.while_trailers.contains(&cx.n)
        && re!(r"\b(?:if|while|for)\s*\(").is(&cx.lang, cx.line)
        && !re!(r"^.\s*#").is(&cx.lang, cx.line);
    judged.then_some(found)
}

/// For a line with a case or default: where what may follow it ends, or
/// nothing if something follows that may not.
pub(super) fn after_case(cx: &Cx<'_>) -> Option<Option<usize>> {
    let caps = re!(r"^.\s*(?:case\s*.*|default\s*):").caps(&cx.lang, cx.line)?;
    let end = caps.end(0);
    let rest = &cx.line.bytes[end..];
    let fine = re!(r"^(?:(?:\s*$;*)(?:\s*{)?(?:\s*$;*)(?:\s*\\)?\s*$|\s*return\s+)");
    Some(fine.caps(&cx.lang, rest).map(|caps| end + caps.end(0)))
}

/// A statement that is the definition of a function.
pub(crate) fn function() -> &'static Re {
    re!(
        r"^.\s*(?:$Storage\s+)?$Type\s*($Ident)\s*$BalancedParens\s*{",
        "s"
    )
}

/// The name of a header of an architecture that the line includes, if one of
/// the same name in include/linux includes it.
pub(super) fn asm_include(cx: &Cx<'_>) -> Option<String> {
    let caps = re!(r"^.\s*\#\s*include\s*\<asm\/(.*)\.h\>").caps(&cx.lang, cx.raw)?;
    let stem = caps.s(1);
    if re!("irq|memory|time|reboot").is(&cx.lang, stem) {
        return None;
    }
    let name = format!("{}.h", std::str::from_utf8(stem).ok()?);
    let path = format!("include/linux/{name}");
    if cx.file == path || !cx.world.is_file(&path) {
        return None;
    }
    let header = cx.world.read(&path)?;
    let include = re!(r"#include\s+<asm/$Arg0>");
    include
        .is_with(&cx.lang, &header[..], &[name.as_bytes()])
        .then_some(name)
}

/// A text between quotes.
pub(super) struct Format {
    pub(super) text: Vec<u8>,
    /// Where on the line it starts.
    pub(super) start: usize,
}

impl Format {
    /// Where on the line a match in the text is.
    pub(super) fn place(&self, caps: &Caps<'_>) -> Range<usize> {
        self.start + caps.start(0)..self.start + caps.end(0)
    }
}

/// The texts between the quotes of a line as they were written, without the
/// signs of a per cent that stand for themselves.
pub(super) fn formats(cx: &Cx<'_>) -> Vec<Format> {
    if !cx.line.bytes.contains(&b'"') || !cx.raw.bytes.contains(&b'%') {
        return Vec::new();
    }
    let lang = &cx.lang;
    re!(r#"(?:^|")([X\t]*)(?:"|$)"#)
        .all(lang, cx.line)
        .iter()
        .filter_map(|caps| {
            let format = cx.raw.bytes.get(caps.start(1)..caps.end(1))?;
            format.contains(&b'%').then(|| Format {
                text: re!(r"%%").sub_all(lang, format, b"__"),
                start: caps.start(1),
            })
        })
        .collect()
}

/// Whether the file runs on top of the kernel.
pub(super) fn is_userspace(cx: &Cx<'_>) -> bool {
    cx.file.starts_with("tools/") || cx.file.starts_with("scripts/")
}

/// The value of digits; what is too large is the largest.
pub(super) fn decimal(digits: &[u8]) -> u64 {
    let digits = std::str::from_utf8(digits).unwrap_or_default();
    digits.parse().unwrap_or(u64::MAX)
}

/// A pointer in a format that a rule has something to say about.
pub(super) enum Pointer {
    /// Printed as it is; one for all of a statement.
    Address,
    /// With letters that the kernel does not know.
    Unknown(Vec<u8>),
}

/// The pointers in the formats of the statement that starts on the line.
pub(super) fn pointers(cx: &Cx<'_>) -> Vec<Pointer> {
    let mut pointers = Vec::new();
    let Some(found) = &cx.statement else {
        return pointers;
    };
    let lang = &cx.lang;
    // A statement with a brace is none that only prints.
    if !found.text.contains(&b'"') || found.text.contains(&b'{') {
        return pointers;
    }
    let last = cx.n + text::count(&found.text, b'\n');
    let raw = |number: usize| cx.lines.raw_after(number, 0);
    let any = (cx.n..=last)
        .filter_map(raw)
        .any(|line| re!(r"%[\*\d\.%]*p").is(lang, line));
    if !any {
        return pointers;
    }
    let call = re!(r"^\+.*\b(\w+)\s*\(.*$String\s*,", "s").caps(lang, found.scan());
    if call.is_none_or(|caps| re!(r"^_*volatile_*$").is(lang, caps.s(1))) {
        return pointers;
    }
    let mut shown = false;
    for number in cx.n..=last {
        let (Some(line), Some(raw)) = (cx.lines.clean(number), raw(number)) else {
            break;
        };
        let format = re!(r"%%").sub_all(lang, quoted(lang, line, raw), b"");
        for caps in re!(r"%[\*\d\.]*p(\w)(\w*)").all(lang, &format) {
            let (letter, rest) = (caps.s(1), caps.s(2));
            let known = re!(r"^[4SsBKRraEehMmIiUDdgVCbGNOxtf]").is(lang, letter)
                && (letter != b"f" || rest.first() == Some(&b'w'))
                && (letter != b"4" || re!(r"^c(?:[hlbc]|hR)$").is(lang, rest));
            if !known {
                pointers.push(Pointer::Unknown(caps.s(0).to_vec()));
                break;
            }
            if letter == b"x" && !shown {
                shown = true;
                pointers.push(Pointer::Address);
            }
        }
    }
    pointers
}

/// Rust that runs elsewhere, that others maintain, or that a program wrote.
const FOREIGN: [&str; 10] = [
    "scripts/",
    "tools/",
    "samples/",
    "rust/bindings/",
    "rust/pin-init/",
    "rust/proc-macro2/",
    "rust/quote/",
    "rust/syn/",
    "rust/zerocopy/",
    "rust/zerocopy-derive/",
];

/// An added line of Rust code of the kernel, without its marker; no comment.
pub(super) fn rust_code<'a>(cx: &Cx<'a>) -> Option<&'a [u8]> {
    let code = cx.raw.bytes.strip_prefix(b"+")?;
    let kernel = cx.file.ends_with(".rs")
        && !cx.file.ends_with("/bindings.rs")
        && !FOREIGN.iter().any(|folder| cx.file.starts_with(folder));
    (kernel && !text::trim_start(code).starts_with(b"//")).then_some(code)
}

/// A static function that is defined, not only declared.
pub(super) struct Definition {
    /// What stands before its body, in one line.
    pub(super) head: Vec<u8>,
    /// The lines of the body that follow the brace, as far as one looks.
    pub(super) body: Vec<u8>,
}

/// No head of a function has more lines, and no body that does nothing.
const FAR: usize = 12;

/// The static function whose definition starts on the added line, outside of
/// macros.
pub(super) fn static_definition(cx: &Cx<'_>) -> Option<Definition> {
    if !re!(r"^\+static\s").is(&cx.lang, cx.line) || cx.previous_raw.bytes.ends_with(b"\\") {
        return None;
    }
    let mut head = Vec::new();
    let lines = (cx.n..cx.lines.len() + 1)
        .filter_map(|number| cx.lines.plain(number))
        .map(|line| line.bytes)
        .filter(|line| line.first() != Some(&b'-'));
    let mut lines = lines.take(FAR);
    let rest = loop {
        let line = lines.next()?.get(1..)?;
        if line.starts_with(b"#") || line.ends_with(b"\\") {
            return None;
        }
        match line
            .iter()
            .position(|byte| matches!(byte, b'{' | b';' | b'='))
        {
            Some(at) if line[at] == b'{' => {
                head.extend_from_slice(&line[..at]);
                break &line[at + 1..];
            }
            Some(_) => return None,
            None => {
                head.extend_from_slice(line);
                head.push(b' ');
            }
        }
    };
    let opened = text::count(&head, b'(');
    if opened == 0 || opened != text::count(&head, b')') {
        return None;
    }
    let mut body = rest.to_vec();
    for line in lines.take(3) {
        body.push(b' ');
        body.extend_from_slice(line.get(1..).unwrap_or_default());
    }
    Some(Definition { head, body })
}
