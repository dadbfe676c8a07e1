// SPDX-License-Identifier: GPL-2.0-only
//! One pass over the lines of an input: keeps the state that all rules share
//! and shows each line to the rules of the stages that it reaches.

use std::rc::Rc;
use std::sync::OnceLock;

use crate::context::{Cx, Keep, Tag};
use crate::diagnostic::Diagnostic;
use crate::lang::Lang;
use crate::learn;
use crate::lines::{Store, hunk, number};
use crate::macros::is_linker_script;
use crate::mail::{self, Address, Head};
use crate::options::{Input, Kind, Options};
use crate::re::{Text, re};
use crate::rule::{Check, Rule, Stage};
use crate::rules;
use crate::statement::{Statement, statement};
use crate::text;
use crate::values::Values;
use crate::world::World;

/// Checks an input.
pub fn check(input: &Input<'_>, options: &Options, world: &dyn World) -> Vec<Diagnostic> {
    let c99 = !options.ignore.contains("C99_COMMENT_TOLERANCE");
    let store = Store::new(input, c99);
    let lines = store.lines();
    if lines.len() == 0 {
        return Vec::new();
    }
    let nothing = Text::scan(b"");
    let cx = Cx {
        input,
        options,
        world,
        lines: &lines,
        setup_docs: &store.setup_docs,
        lang: Lang::for_text(input.text.len()),
        strict: options.strict,
        n: 0,
        raw: nothing,
        line: nothing,
        plain: nothing,
        previous: nothing,
        previous_raw: nothing,
        length: 0,
        indent: 0,
        previous_indent: 0,
        file: String::new(),
        file_line: 0,
        left: 0,
        hunk_at: 0,
        prefix: String::new(),
        license_line: 1,
        statement: None,
        statement_end: None,
        may_branch: false,
        conditional: false,
        values: Vec::new(),
        marks: Vec::new(),
        function: None,
        commented: false,
        head: Head::new(input.kind == Kind::File),
        tag: None,
        keep: Keep::default(),
        rule: rules::ALL[0],
        place: None,
        repeated: (0, "", 0),
        mark: (0, String::new(), 0),
        found: Vec::new(),
    };
    let mut pass = Pass {
        cx,
        values: Values::default(),
        annotated: Vec::new(),
        before: b'E',
        stash: (nothing, nothing, 0),
        statement_until: 0,
        comment: Comment::default(),
    };
    for n in 1..=lines.len() {
        pass.line(n);
    }
    pass.run(Stage::End);
    pass.cx.found
}

type Step = (&'static Rule, Check);

/// The checks of a stage, in the order of the rules.
fn steps(stage: Stage) -> &'static [Step] {
    const STAGES: [Stage; 13] = [
        Stage::Renamed,
        Stage::FileHeader,
        Stage::Line,
        Stage::Tag,
        Stage::Log,
        Stage::Text,
        Stage::Hunk,
        Stage::Source,
        Stage::Code,
        Stage::C,
        Stage::Added,
        Stage::Late,
        Stage::End,
    ];
    static STEPS: OnceLock<Vec<Vec<Step>>> = OnceLock::new();
    let all = STEPS.get_or_init(|| {
        STAGES
            .iter()
            .map(|stage| {
                rules::ALL
                    .iter()
                    .flat_map(|rule| {
                        let checks = rule.checks.iter().filter(|(at, _)| at == stage);
                        checks.map(|(_, check)| (*rule, *check))
                    })
                    .collect()
            })
            .collect()
    });
    &all[stage as usize]
}

struct Pass<'a> {
    cx: Cx<'a>,
    values: Values,
    /// The line as it is annotated; kept for its room.
    annotated: Vec<u8>,
    /// Value of the last byte of the line before.
    before: u8,
    /// The line before as it will be "previous": sanitised, raw, indent.
    stash: (Text<'a>, Text<'a>, usize),
    /// No statement starts before this line.
    statement_until: usize,
    comment: Comment,
}

/// Whether the raw lines of a hunk are within a comment.
#[derive(Clone, Copy, Debug, Default)]
struct Comment {
    /// After the last line.
    open: bool,
    /// The last line is one of a comment.
    seen: bool,
}

impl Pass<'_> {
    fn run(&mut self, stage: Stage) {
        for (rule, check) in steps(stage) {
            self.cx.rule = rule;
            check(&mut self.cx);
        }
    }

    fn line(&mut self, n: usize) {
        let cx = &mut self.cx;
        let lines = cx.lines;
        let (Some(raw), Some(line), Some(plain)) = (lines.raw(n), lines.clean(n), lines.plain(n))
        else {
            return;
        };
        (cx.n, cx.raw, cx.line, cx.plain) = (n, raw, line, plain);
        if !cx.head.in_log && starts_patch(&cx.lang, line) {
            cx.head.is_patch = true;
        }
        if !cx.head.in_log && self.hunk() {
            return;
        }
        self.track();
        self.comment();
        let in_hunk = self.cx.left != 0;
        let found = self.file_header();
        let cx = &mut self.cx;
        let at = if cx.is_file() { cx.file_line } else { n };
        // The message is no part of a file.
        let file_line = if cx.file.is_empty() { 0 } else { cx.file_line };
        (cx.mark.0, cx.mark.2) = (at, file_line);
        if cx.mark.1 != cx.file {
            cx.mark.1.clone_from(&cx.file);
        }
        if found {
            self.renamed();
            return;
        }
        self.run(Stage::Line);
        self.message();
        if self.tags() {
            return;
        }
        self.run(Stage::Log);
        self.header_end();
        self.run(Stage::Text);
        if !in_hunk || line.bytes.first() == Some(&b'-') {
            return;
        }
        self.run(Stage::Hunk);
        self.source();
    }

    /// A hunk starts.
    fn hunk(&mut self) -> bool {
        let cx = &mut self.cx;
        if !cx.line.bytes.starts_with(b"@@") {
            return false;
        }
        let Some(caps) = hunk().caps(&cx.lang, cx.line) else {
            return false;
        };
        cx.head.is_patch = true;
        cx.hunk_at = cx.n + 1;
        cx.file_line = number(caps.s(1)).saturating_sub(1);
        let count = caps.get(2).map_or(1, |_| number(caps.s(3)));
        cx.left = isize::try_from(count).unwrap_or(0) + 1;
        self.values = Values::default();
        self.before = b'E';
        cx.keep.forget_hunk();
        self.statement_until = 0;
        self.comment = Comment::default();
        cx.function = re!(r"\b(\w+)\s*\(")
            .caps(&cx.lang, caps.s(4))
            .map(|caps| caps.s(1).to_vec());
        true
    }

    /// Where the line is, and what came before it.
    fn track(&mut self) {
        let cx = &mut self.cx;
        match cx.line.bytes.first() {
            None | Some(b' ' | b'+') => {
                cx.file_line += 1;
                if cx.left != 0 {
                    cx.left -= 1;
                }
                (cx.length, cx.indent) = text::stats(cx.raw.bytes);
                let now = (cx.line, cx.raw, cx.indent);
                let before = std::mem::replace(&mut self.stash, now);
                (cx.previous, cx.previous_raw, cx.previous_indent) = before;
            }
            _ if cx.left == 1 => cx.left = 0,
            _ => {}
        }
    }

    /// Follows comments, so that no rule has to look back for one.
    fn comment(&mut self) {
        let cx = &mut self.cx;
        let lang = &cx.lang;
        cx.commented = self.comment.seen;
        let begins = cx.n == cx.hunk_at && re!(r"^.\s*\*").is(lang, cx.raw);
        self.comment.seen = self.comment.open || begins || re!(r"/\*").is(lang, cx.raw);
        self.comment.open = self.comment.seen && !re!(r"\*/").is(lang, cx.raw);
    }

    /// A line that names the file of the hunks to come.
    fn file_header(&mut self) -> bool {
        let cx = &mut self.cx;
        if let Some(caps) = re!(r"^diff --git.*?(\S+)$").caps(&cx.lang, cx.line) {
            let name = text::show(caps.s(1));
            cx.file = without_prefix(&name, cx.is_file()).1;
            cx.head.in_log = false;
            return true;
        }
        if !cx.line.bytes.starts_with(b"+++") {
            return false;
        }
        let Some(caps) = re!(r"^\+\+\+\s+(\S+)").caps(&cx.lang, cx.line) else {
            return false;
        };
        let name = text::show(caps.s(1));
        (cx.prefix, cx.file) = without_prefix(&name, cx.is_file());
        cx.head.in_log = false;
        self.run(Stage::Renamed);
        true
    }

    fn renamed(&mut self) {
        let cx = &mut self.cx;
        cx.strict = cx.options.strict
            || ["drivers/net/", "net/", "drivers/staging/"]
                .iter()
                .any(|folder| cx.file.starts_with(folder));
        cx.license_line = 1;
        self.run(Stage::FileHeader);
    }

    /// What a line of the message changes for those after it.
    fn message(&mut self) {
        let cx = &mut self.cx;
        let lang = &cx.lang;
        author(&mut cx.head, lang, cx.lines, cx.n, cx.line);
        if let Some(caps) = re!(r"^\s*signed-off-by:\s*(.*)", "i").caps(lang, cx.line) {
            cx.head.signed_off(caps.s(1));
        }
        if cx.line.bytes == b"---" {
            cx.head.separator = true;
            cx.head.in_log = false;
        }
        if re!(r"^\s*MAINTAINERS\s*\|").is(lang, cx.line) {
            cx.head.maintainers = true;
        }
    }

    /// Tags, and what the rest of the message says; true if the line is done.
    fn tags(&mut self) -> bool {
        let cx = &mut self.cx;
        let tag = re!(r"^(\s*)([a-z0-9_-]+by:|$SignatureTags)(\s*)(.*)", "i");
        if !cx.head.in_header
            && let Some(caps) = tag.caps(&cx.lang, cx.line)
        {
            let name = caps.s(2);
            cx.tag = Some(Tag {
                before: caps.s(1),
                name,
                after: caps.s(3),
                value: caps.s(4),
            });
            self.run(Stage::Tag);
            if name.eq_ignore_ascii_case(b"assisted-by:") {
                return true;
            }
        }
        let cx = &mut self.cx;
        let lang = &cx.lang;
        if !cx.head.in_header && !cx.head.is_patch {
            if cx.line.bytes.starts_with(b"This reverts commit") {
                cx.head.is_revert = true;
            }
            let bug = re!(r"((?:(?:BUG: K.|UB)SAN: |Call Trace:|stable\@|syzkaller))");
            if let Some(caps) = bug.caps(lang, cx.line) {
                cx.head.needs_fixes = Some(text::show(caps.s(1)));
            }
        }
        let line = cx.line;
        let dump = (cx.head.in_log
            && !cx.head.stack_dump
            && (re!(r"^\s*(?:WARNING:|BUG:)").is(lang, line)
                || re!(r"^\s*\[\s*\d+\.\d{6,6}\s*\]").is(lang, line)
                || re!(r"^\s*\[\<[0-9a-fA-F]{8,}\>\]").is(lang, line)))
            || re!(r"^(?:\s+\w+:\s+[0-9a-fA-F]+){3,3}").is(lang, line)
            || re!(r"^\s*\#\d+\s*\[[0-9a-fA-F]+\]\s*\w+ at [0-9a-fA-F]+").is(lang, line);
        if dump {
            cx.head.stack_dump = true;
        } else if cx.head.in_log && text::is_blank(line.bytes) {
            cx.head.stack_dump = false;
        }
        false
    }

    /// The first line that is no header starts the message.
    fn header_end(&mut self) {
        let cx = &mut self.cx;
        if !cx.head.in_header {
            return;
        }
        let header = re!(r"^\s+(?:\S|$)").is(&cx.lang, cx.raw)
            || re!(r"^(?:commit\b|from\b|[\w-]+:)", "i").is(&cx.lang, cx.raw);
        if cx.file.is_empty() && !header {
            cx.head.in_header = false;
            cx.head.in_log = true;
            cx.head.has_log = true;
            return;
        }
        if let Some(caps) = re!(r#"^Content-Type:.+charset="(.+)".*$"#).caps(&cx.lang, cx.raw)
            && !re!("utf-8", "i").is(&cx.lang, caps.s(1))
        {
            cx.head.other_charset = true;
        }
    }

    /// A line of a source file.
    fn source(&mut self) {
        let suffix = self
            .cx
            .file
            .rsplit_once('.')
            .map_or("", |(_, suffix)| suffix);
        let (is_source, is_code, is_c) = match suffix {
            "h" | "c" => (true, true, true),
            "dtsi" | "dts" => (true, true, false),
            "rs" | "s" | "S" | "sh" => (true, false, false),
            _ => (false, false, false),
        };
        if !is_source {
            return;
        }
        self.run(Stage::Source);
        if !is_code {
            return;
        }
        self.run(Stage::Code);
        if is_c {
            self.c();
        }
    }

    fn c(&mut self) {
        self.function_start();
        self.find_statement();
        self.run(Stage::C);
        let cx = &mut self.cx;
        let line = &mut self.annotated;
        line.clear();
        line.push(b' ');
        line.extend_from_slice(cx.line.bytes.get(1..).unwrap_or_default());
        if cx.line.bytes.is_empty() {
            line.clear();
        }
        line.push(b'\n');
        let out = (&mut cx.values, &mut cx.marks);
        self.values.annotate(&cx.lang, line, self.before, out);
        self.before = cx.values.last().copied().unwrap_or(b'E');
        if !matches!(cx.line.bytes.first(), None | Some(b'+')) {
            return;
        }
        // Only where they are not tolerated is there something left of them.
        if let Some(comment) = text::find(cx.line.bytes, b"//") {
            cx.line = Text::scan(&cx.line.bytes[..comment]);
        }
        self.run(Stage::Added);
        self.find_do();
        self.linker_symbols();
        self.run(Stage::Late);
        self.function_definition();
    }

    fn function_start(&mut self) {
        let cx = &mut self.cx;
        let lang = &cx.lang;
        if re!(r"^\+\{\s*$").is(lang, cx.plain) {
            let head = re!(r"^\+(?:(?:(?:$Storage|$Inline)\s*)*\s*$Type\s*)?($Ident)\(");
            if let Some(caps) = head.caps(lang, cx.previous) {
                cx.function = Some(caps.s(1).to_vec());
            }
        }
        if re!(r"^\+\}\s*$").is(lang, cx.plain) {
            cx.function = None;
        }
    }

    /// The statement that starts on the line, and the types that it teaches.
    fn find_statement(&mut self) {
        let cx = &mut self.cx;
        cx.statement = None;
        cx.statement_end = None;
        let body = cx.plain.bytes.get(1..).unwrap_or_default();
        if cx.n > self.statement_until && cx.left != 0 && !text::is_blank(body) {
            let mut found = statement(cx.lines, cx.n, cx.left, 0);
            blank_markers(&mut found.text);
            blank_markers(&mut found.condition);
            let inner = strip_semicolons(&found.text);
            if !inner.iter().any(|byte| matches!(byte, b'{' | b';')) {
                self.statement_until = found.next.0;
            }
            let end = found.next.0;
            let rest = cx.lines.clean(end).map(|line| line.bytes);
            let over = rest
                .is_none_or(|line| text::is_blank(line.get(found.next.2..).unwrap_or_default()));
            cx.statement_end = Some(end + usize::from(over));
            learn::learn(&mut cx.lang, found.head(), self.before);
            cx.statement = Some(Rc::new(found));
        }
        let lang = &cx.lang;
        cx.may_branch = text::may_branch(cx.line.bytes);
        cx.conditional = cx.may_branch
            && re!(r"\b(?:(?:if|while|for|(?:[a-z_]+|)for_each[a-z_]+)\s*\(|(?:do|else)\b)")
                .is(lang, cx.line)
            && !re!(r"^.\s*#").is(lang, cx.line)
            && !re!(r"\}\s*while\s*").is(lang, cx.line);
        if cx.conditional && cx.statement.is_none() {
            cx.statement = Some(Rc::new(statement(cx.lines, cx.n, cx.left, 0)));
        }
    }

    /// A `while` that ends a `do` is no statement of its own.
    fn find_do(&mut self) {
        let cx = &mut self.cx;
        if !re!(r"do\s*(?!{)").is(&cx.lang, cx.line) {
            return;
        }
        let found = cx
            .statement
            .get_or_insert_with(|| Rc::new(statement(cx.lines, cx.n, cx.left, 0)))
            .clone();
        let (line, left, from) = found.next;
        let next: Statement = statement(cx.lines, line, left, from);
        let mut next = next.text;
        blank_markers(&mut next);
        if re!(r"^\s*while\b").is(&cx.lang, &next) {
            let blank = next.len() - text::trim_start(&next).len();
            let offset = text::count(&next[..blank], b'\n');
            cx.keep.while_trailers.insert(line + offset);
        }
    }

    /// What a linker script names is declared nowhere else.
    fn linker_symbols(&mut self) {
        let cx = &mut self.cx;
        if is_linker_script(&cx.file) {
            let words = re!(r"(\w+)").all(&cx.lang, cx.line);
            let words = words.iter().map(|caps| caps.s(1).to_vec());
            cx.keep.linker_symbols.extend(words);
        }
    }

    fn function_definition(&mut self) {
        let cx = &mut self.cx;
        if let Some(found) = &cx.statement {
            let head = rules::function();
            if let Some(caps) = head.caps(&cx.lang, found.scan()) {
                let name = caps.s(1).to_vec();
                cx.function = Some(name);
            }
        }
    }
}

/// Whether a line belongs to a patch and to nothing else.
fn starts_patch(lang: &Lang, line: Text<'_>) -> bool {
    re!(r"^ mode change [0-7]+ => [0-7]+ \S+\s*$").is(lang, line)
        || re!(r"^rename (?:from|to) \S+\s*$").is(lang, line)
        || re!(r"^diff --git a\/[\w\/\.\_\-]+ b\/\S+\s*$").is(lang, line)
}

/// The first component of a name and the rest; all is the rest in a file.
fn without_prefix(name: &str, is_file: bool) -> (String, String) {
    match name.split_once('/') {
        Some((prefix, rest)) if !is_file => (prefix.to_owned(), rest.to_owned()),
        _ => (name.to_owned(), name.to_owned()),
    }
}

fn author(head: &mut Head, lang: &Lang, lines: &crate::lines::Lines<'_>, n: usize, line: Text<'_>) {
    if !line.bytes.starts_with(b"From:") && !line.bytes.starts_with(b"=?") {
        return;
    }
    let line = mail::decode_words(line.bytes);
    let Some(caps) = re!(r"^From:\s*(.*)").caps(lang, &line) else {
        return;
    };
    let mut author = caps.s(1).to_vec();
    let mut n = n + 1;
    while let Some(more) = lines.raw(n)
        && let Some(caps) = re!(r"^[ \t]\s*(.*)").caps(lang, more)
    {
        author.extend_from_slice(caps.s(1));
        n += 1;
    }
    author.retain(|byte| *byte != b'"');
    head.author = Address::parse(&author).format();
}

/// The diff markers of all lines but the first as blanks.
fn blank_markers(text: &mut [u8]) {
    for at in 1..text.len() {
        if text[at - 1] == b'\n' && text[at] != b'\n' {
            text[at] = b' ';
        }
    }
}

fn strip_semicolons(text: &[u8]) -> &[u8] {
    let mut inner = text::trim_end(text);
    while let Some(rest) = inner.strip_suffix(b";") {
        inner = rest;
    }
    inner
}
