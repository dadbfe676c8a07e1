// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds blanks that are missing around operators, keywords, commas, braces and
//! parentheses, or that are too many.
//! # Why
//! Whoever reads much code reads by its shape.
//! # Example
//! ```text
//! if( a==b )
//! 	f (a,b);
//! ```
//! # Instead
//! ```text
//! if (a == b)
//! 	f(a, b);
//! ```
//! # Source
//! Documentation/process/coding-style.rst, "Spaces".

use std::ops::Range;

use super::shared::on_statement;
use crate::context::Cx;
use crate::diagnostic::Level;
use crate::operators::{Operator, operators};
use crate::re::{Re, re};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "spacing.rs" SPACING, [Error, Warning, Check], Likely,
    { Code: cast, Added: added, Late: late },
    fires: [
        Case::C("\ta=b;"),
        Case::C("\tif(a)"),
        Case::C("\tf(a,b);"),
        Case::C("\tf (a);"),
        Case::C("\ta = (int) b;"),
        Case::C("\ta = b+c;"),
        Case::C("\ta = - b;"),
        Case::C("\tif (a){"),
        Case::C("\ta[ 1] = 2;"),
        Case::C("\ta -> b = c;"),
        Case::C("struct a{"),
        Case::C("\tint (* a)(int b);"),
        Case::C("#ifdef  A"),
    ],
    silent: [
        Case::C("\tif (a == b)\n\t\tf(&a, -b, *c, !d, (int)e);\n\tx = y ? 1 : 2;\n\tfor (;;)\n\t\tx++;"),
        Case::C("\tint (*a)(int b);\n#ifdef A\nstruct a {\n\tcase 1:\nout:"),
    ],
}

fn cast(cx: &mut Cx<'_>) {
    let line = cx.line;
    let found = re!(r"^\+(.*)\(\s*$Type\s*\)([ \t]++)((?![={]|\\$|$Attribute|__attribute__))")
        .caps(&cx.lang, line);
    if let Some(caps) = found
        && !re!(r"\b(?:sizeof|__alignof__)\s*$").is(&cx.lang, caps.s(1))
    {
        cx.at(caps.start(2)..caps.end(2))
            .check("no blank after a cast");
    }
}

fn added(cx: &mut Cx<'_>) {
    let line = cx.line;
    let structure = re!(r"^.\s*(?:typedef\s+)?(enum|union|struct)(?:\s+$Ident){1,2}[=\{]");
    if let Some(caps) = structure.caps(&cx.lang, line) {
        let end = caps.end(0) - 1;
        cx.at(end..end);
        cx.warn("a blank is missing after the name of the structure");
    }
    function_pointer(cx);
    calls(cx);
    if !re!(r"\#\s*include").is(&cx.lang, line) {
        for found in around_operators(cx) {
            match found.level {
                Level::Error => cx.at(found.at.clone()).error(found.message),
                _ => cx.at(found.at.clone()).check(found.message),
            }
            let (before, after) = found.blanks;
            // A long line has thousands of operators.
            if (found.level == Level::Error || cx.strict)
                && cx.was_kept()
                && let Some(line) = text::respace(cx.raw.bytes, found.at, before, after)
            {
                cx.fix(line);
            }
        }
    }
    brackets(cx);
    returned(cx);
    if cx.may_branch
        && let Some(caps) = re!(r"\b(if|while|for|switch)\(").caps(&cx.lang, line)
    {
        cx.on(&caps, 0)
            .error("a blank is missing before the open parenthesis");
        let word = caps.start(1)..caps.end(1);
        if let Some(fixed) = text::respace(cx.raw.bytes, word, None, Some(true)) {
            cx.fix(fixed);
        }
    }
}

/// `type (*name)(arguments)`.
fn function_pointer(cx: &mut Cx<'_>) {
    let line = cx.line;
    let pointer = re!(r"^.\s*($Declare)\((\s*)\*(\s*)($Ident)(\s*)\)(\s*)\(");
    let Some(caps) = pointer.caps(&cx.lang, line) else {
        return;
    };
    let declared = caps.s(1);
    if !declared.ends_with(b"*") && text::trim_end(declared).len() == declared.len() {
        let end = caps.end(1);
        cx.at(end..end);
        cx.warn("a blank is missing after the type that is returned");
    }
    for (group, place) in [
        (2, "after the open parenthesis"),
        (3, "before the name"),
        (5, "after the name"),
        (6, "before the arguments"),
    ] {
        if !caps.s(group).is_empty() {
            cx.at(caps.start(group)..caps.end(group))
                .warn(format!("no blank {place} of a function pointer"));
        }
    }
}

/// Blanks between a function and its arguments.
fn calls(cx: &mut Cx<'_>) {
    let line = cx.line;
    let lang = &cx.lang;
    let apart = memchr::memchr_iter(b'(', line.bytes).any(|at| {
        let before = text::trim_end(&line.bytes[..at]);
        before.len() < at
            && matches!(before.last(), Some(byte) if byte.is_ascii_alphanumeric() || *byte == b'_')
    });
    if !apart {
        return;
    }
    let odd = re!(r"($Ident)\s+\(").all(lang, line);
    let odd = odd.iter().filter(|caps| {
        let before = &line.bytes[..caps.start(1)];
        let with = &line.bytes[..caps.end(1)];
        !re!(
            r"^(?:if|for|while|switch|return|case|volatile|__volatile__|__attribute__|format|__extension__|asm|__asm__|scoped_guard)$"
        )
        .is(lang, caps.s(1))
            && !re!(r"^.\s*\#\s*define\s*$").is(lang, before)
            && !re!(r"^.\s*\#\s*elif\s*$").is(lang, with)
            // The type of a function.
            && !re!(r"$Type$").is(lang, with)
    });
    let odd: Vec<usize> = odd.map(|caps| caps.end(1)).collect();
    for end in odd {
        let blanks = line.bytes[end..].len() - text::trim_start(&line.bytes[end..]).len();
        cx.at(end..end + blanks)
            .warn("no blank between a function and its open parenthesis");
    }
}

/// What is wrong beside an operator, and whether blanks are wanted before and
/// after it.
struct Beside {
    level: Level,
    at: Range<usize>,
    message: String,
    blanks: (Option<bool>, Option<bool>),
}

fn around_operators(cx: &Cx<'_>) -> Vec<Beside> {
    let mut line = cx.line.bytes.to_vec();
    if let Some(first) = line.first_mut() {
        *first = b' ';
    }
    operators(&line)
        .iter()
        .flat_map(|operator| around(cx, &line, operator))
        .collect()
}

/// What to say, and whether blanks are wanted before and after.
type Words = (&'static str, Option<bool>, Option<bool>);

const WANTED: Words = ("blanks are missing around", Some(true), Some(true));
const NONE: Words = ("no blanks around", Some(false), Some(false));
const ONE_SIDE: Words = ("a blank on one side only of", Some(true), Some(true));
const MISSING_BEFORE: Words = ("a blank is missing before", Some(true), None);
const MISSING_AFTER: Words = ("a blank is missing after", None, Some(true));
const MISSING: Words = ("a blank is missing on one side of", None, None);
const NONE_BEFORE: Words = ("no blank before", Some(false), None);
const NONE_AFTER: Words = ("no blank after", None, Some(false));

fn around(cx: &Cx<'_>, line: &[u8], operator: &Operator<'_>) -> Vec<Beside> {
    let end = operator.at + operator.text.len();
    let (before, after) = (&line[..operator.at], &line[end..]);
    let (left, right) = (operator.before, operator.after);
    let is = |byte: u8, set: &[u8]| set.contains(&byte);
    let value = cx.values.get(operator.at + 1).copied().unwrap_or(b'_');
    let mark = cx.marks.get(operator.at).copied().unwrap_or(b'_');
    let mut found = Vec::new();
    let mut say = |level, (words, before, after): Words| {
        found.push(Beside {
            level,
            at: operator.at..end,
            message: format!("{words} `{}`", text::show(operator.text)),
            blanks: (before, after),
        });
    };
    let blank_before = before.last().is_some_and(|byte| text::is_blank(&[*byte]));
    let rest = text::trim_start(after);
    // An operator that is itself an argument.
    if value != b'V' && blank_before && matches!(rest.first(), Some(b',' | b')')) {
        return found;
    }
    match (operator.text, mark) {
        (b";", _) => {
            if !is(right, b"WEBC") && !after.starts_with(b"\\") && !after.starts_with(b";") {
                say(Level::Error, MISSING_AFTER);
            }
        }
        (b":", b'B') | (b"*", b'_') => {}
        (b"->", _) => {
            if left == b'W' || right == b'W' {
                say(Level::Error, NONE);
            }
        }
        (b",", _) => {
            if left == b'W' {
                say(Level::Error, NONE_BEFORE);
            }
            if !is(right, b"WEC") && !after.starts_with(b"}") {
                say(Level::Error, MISSING_AFTER);
            }
        }
        (b"!" | b"~", _) | (b"*" | b"-" | b"&" | b"&&", b'U') => {
            let joins = matches!(
                before.last(),
                Some(b')' | b'!' | b'~' | b'*' | b'-' | b'&' | b'|' | b'{')
            ) || before.ends_with(b"++");
            if !is(left, b"WEBC") && !joins {
                say(Level::Error, MISSING_BEFORE);
            }
            let qualified = operator.text == b"*" && re!(r"\s*$Modifier\b").is(&cx.lang, after);
            if right == b'W' && !qualified {
                say(Level::Error, NONE_AFTER);
            }
        }
        (b"++" | b"--", _) => {
            let prefix = is(left, b"WEOBC") && right != b'W';
            let postfix = left != b'W' && is(right, b"WOBEC");
            if !prefix && !postfix {
                say(Level::Error, MISSING);
            }
            if left == b'W' && (is(right, b"BE") || after.starts_with(b";")) {
                say(Level::Error, NONE_BEFORE);
            }
            if left == b'E' && right == b'W' {
                say(Level::Error, NONE_AFTER);
            }
        }
        (b"<<" | b">>" | b"&" | b"^" | b"|" | b"+" | b"-" | b"*" | b"/" | b"%", _) => {
            if cx.strict {
                let apart = is(left, b"EW") && is(right, b"EW");
                if operator.is_last && left != b'W' {
                    say(Level::Check, MISSING_BEFORE);
                } else if !operator.is_last && !apart {
                    say(Level::Check, WANTED);
                }
            } else if (left == b'W' && !is(right, b"WCE")) || (right == b'W' && !is(left, b"WCE")) {
                say(Level::Error, ONE_SIDE);
            }
        }
        (b":", b'C' | b'L') => {
            if left == b'W' && !cx.file.ends_with(".lds.h") {
                say(Level::Error, NONE_BEFORE);
            }
        }
        _ if is(left, b"EWC") && is(right, b"EWC") => {}
        (b"<", _) if re!(r"^\S+\@\S+>").is(&cx.lang, after) => {}
        (b">", _) if re!(r"<\S+\@\S+$").is(&cx.lang, before) => {}
        (b":", _) if before.ends_with(b":") || after.starts_with(b":") => {}
        (b"?:" | b"?" | b":", _) if left == b'V' && right == b'V' => say(Level::Check, WANTED),
        _ => say(Level::Error, WANTED),
    }
    found
}

fn brackets(cx: &mut Cx<'_>) {
    let line = cx.line;
    let lang = &cx.lang;
    let is = |re: &Re| re.is(lang, line);
    let place = |re: &Re| re.caps(lang, line).map(|caps| caps.start(1)..caps.end(1));
    let mut errors = Vec::new();
    let statement = text::trim_end(line.bytes).strip_suffix(b";");
    let semicolon = statement.and_then(|before| {
        let code = text::trim_end(before);
        (code.len() > 1 && code.len() < before.len() && code.starts_with(b"+"))
            .then_some(code.len()..before.len())
    });
    let opens = place(re!(r"\(.*\)(\{)")).filter(|_| !is(re!(r"\($Type\)\{")));
    if let Some(at) = opens.or_else(|| place(re!(r"\b(?:else|do)(\{)"))) {
        errors.push((at, "a blank is missing before the open brace"));
    }
    if let Some(at) = place(re!(r"(})(?!(?:,|;|\)|\}))\S")) {
        errors.push((at, "a blank is missing after the closing brace"));
    }
    if let Some(at) = place(re!(r"\[(\s)"))
        && !is(re!(r"\[\s*$"))
    {
        errors.push((at, "no blank after an open square bracket"));
    }
    if let Some(at) = place(re!(r"(\s)\]")) {
        errors.push((at, "no blank before a closing square bracket"));
    }
    if let Some(at) = place(re!(r"\((\s)"))
        && !is(re!(r"\(\s*(?:\\)?$"))
        && !is(re!(r"for\s*\(\s+;"))
    {
        errors.push((at, "no blank after an open parenthesis"));
    }
    if let Some(at) = place(re!(r"(\s+)\)"))
        && !is(re!(r"^.\s*\)"))
        && !is(re!(r"for\s*\(.*;\s+\)"))
        && !is(re!(r":\s+\)"))
    {
        errors.push((at, "no blank before a closing parenthesis"));
    }
    if let Some(at) = semicolon {
        cx.at(at).warn("no blank before a semicolon");
    }
    for (at, error) in errors {
        cx.at(at).error(error);
    }
}

/// `return(a) + b`.
fn returned(cx: &mut Cx<'_>) {
    let Some(found) = cx.statement.clone() else {
        return;
    };
    let lang = &cx.lang;
    if let Some(caps) = re!(r"^.\s*return(\s*)\(", "s").caps(lang, found.scan())
        && caps.s(1).is_empty()
        && !re!(r"^.\s*return\s*($BalancedParens)\s*;\s*$").is(lang, found.scan())
    {
        let end = caps.start(1);
        on_statement(cx, end..end + 1);
        cx.error("a blank is missing before the open parenthesis");
    }
}

fn late(cx: &mut Cx<'_>) {
    if let Some(caps) = re!(r"^.\s*\#\s*(ifdef|ifndef|elif)\s\s+").caps(&cx.lang, cx.line) {
        cx.at(caps.end(1)..caps.end(0));
        cx.error("one blank after a directive");
    }
}
