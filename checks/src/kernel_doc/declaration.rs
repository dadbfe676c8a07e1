// SPDX-License-Identifier: GPL-2.0-only
//! A declaration that a kernel-doc comment is about. In: its code. Out: its
//! name, and the names of its parameters, members or values.

use super::comment::Subject;
use super::token::{Token, closing, split, tokens};

/// A declaration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Declaration {
    pub(super) name: String,
    /// Members of members have a dot in their names.
    pub(super) parts: Vec<String>,
    pub(super) is_variadic: bool,
    /// Whether there is a value to describe.
    pub(super) returns: bool,
    /// Whether there may be parts that are not known.
    pub(super) is_open: bool,
    /// A tracepoint, whose function has another name.
    pub(super) is_event: bool,
}

/// Brackets within each other; nobody nests deeper by hand.
const DEEP: usize = 32;

/// Names of members of members; what has more was not written by hand.
const MANY: usize = 10_000;

impl Declaration {
    pub(super) fn parse(subject: Subject, code: &[u8], wanted: &str) -> Option<Self> {
        let all = tokens(code);
        match subject {
            Subject::Function => function(&all),
            Subject::Struct => structure(&all),
            Subject::Enum => enumeration(&all),
            Subject::Typedef => typedef(&all),
            Subject::Variable => Some(Self {
                name: wanted.to_owned(),
                is_open: true,
                ..Self::default()
            }),
        }
    }
}

fn show(text: &[u8]) -> String {
    String::from_utf8_lossy(text).into_owned()
}

/// Words of a head that say nothing of what is returned.
const MARKS: [&str; 27] = [
    "static",
    "extern",
    "asmlinkage",
    "inline",
    "__inline__",
    "__inline",
    "__always_inline",
    "noinline",
    "__FORTIFY_INLINE",
    "__init",
    "__init_or_module",
    "__exit",
    "__deprecated",
    "__flatten",
    "__meminit",
    "__must_check",
    "__weak",
    "__sched",
    "__always_unused",
    "__maybe_unused",
    "__attribute_const__",
    "STATIC_IFN_KUNIT",
    "INLINE_IFN_KUNIT",
    "__no_context_analysis",
    "noinline_for_stack",
    "__printf",
    "__attribute__",
];

/// The same with arguments.
const CALLS: [&str; 16] = [
    "__printf",
    "__alloc_size",
    "__realloc_size",
    "__diagnose_as",
    "__cond_acquires",
    "__cond_releases",
    "__acquires",
    "__releases",
    "__must_hold",
    "__must_not_hold",
    "__must_hold_shared",
    "__cond_acquires_shared",
    "__acquires_shared",
    "__releases_shared",
    "__attribute__",
    "__scanf",
];

fn is_any(token: &Token<'_>, words: &[&str]) -> bool {
    words.iter().any(|word| token.is(word))
}

/// Without attributes and their arguments.
fn without<'t>(all: &[Token<'t>], words: &[&str], calls: &[&str]) -> Vec<Token<'t>> {
    let mut left = Vec::with_capacity(all.len());
    let mut at = 0;
    while at < all.len() {
        let has_arguments = all.get(at + 1).is_some_and(|next| next.is("("));
        if is_any(&all[at], calls) && has_arguments {
            at = closing(all, at + 1) + 1;
        } else if is_any(&all[at], words) {
            at += 1;
        } else {
            left.push(all[at]);
            at += 1;
        }
    }
    left
}

fn function(all: &[Token<'_>]) -> Option<Declaration> {
    if all.first()?.is("#") {
        return macro_(all.get(2..)?);
    }
    let first = show(all.first()?.text);
    if first.starts_with("SYSCALL_DEFINE") {
        return syscall(all);
    }
    if ["TRACE_EVENT", "DEFINE_EVENT", "DEFINE_SINGLE_EVENT"].contains(&&*first) {
        return event(all);
    }
    let all = without(all, &MARKS, &CALLS);
    let open = all.iter().position(|token| token.is("("))?;
    let close = closing(&all, open);
    let inner = &all[open + 1..close];
    // A name that a macro completes: int PREFIX(name)(arguments).
    if let [name] = inner
        && name.is_word()
        && all.get(close + 1).is_some_and(|next| next.is("("))
    {
        let end = closing(&all, close + 1);
        return Some(named(
            name.text,
            &all[..open.saturating_sub(1)],
            &all[close + 2..end],
        ));
    }
    // A pointer to a function that is a member: type (*name)(arguments).
    if inner.first()?.is("*") && all.get(close + 1).is_some_and(|next| next.is("(")) {
        let end = closing(&all, close + 1);
        let name = inner.iter().find(|token| token.is_word())?;
        return Some(named(name.text, &all[..open], &all[close + 2..end]));
    }
    let name = all
        .get(open.checked_sub(1)?)
        .filter(|token| token.is_word())?;
    Some(named(name.text, &all[..open - 1], inner))
}

fn named(name: &[u8], head: &[Token<'_>], arguments: &[Token<'_>]) -> Declaration {
    let name = show(name);
    let mut code = Declaration {
        name: name
            .strip_suffix("_noprof")
            .map_or(name.clone(), str::to_owned),
        returns: returns(head),
        ..Declaration::default()
    };
    parameters(arguments, &mut code);
    code
}

/// Whether the type in front of a name is one to describe: not none, and not
/// void, with perhaps a word after it.
fn returns(head: &[Token<'_>]) -> bool {
    let mut last = head.iter().rev();
    match last.next() {
        None => false,
        Some(token) if token.is("void") => false,
        Some(token) if token.is_word() => !last.next().is_some_and(|token| token.is("void")),
        Some(_) => true,
    }
}

fn parameters(arguments: &[Token<'_>], code: &mut Declaration) {
    let pieces = split(arguments, ",");
    for piece in &pieces {
        match piece {
            [] if pieces.len() == 1 => code.parts.push("void".to_owned()),
            [] => {}
            [dots] if dots.is("...") => code.parts.push("...".to_owned()),
            [name, dots] if dots.is("...") && !dots.spaced => {
                code.is_variadic = true;
                code.parts.push(show(name.text));
            }
            piece => code.parts.extend(declarator(piece)),
        }
    }
}

/// `#define name(a, b) text`: only arguments that touch the name are some.
fn macro_(all: &[Token<'_>]) -> Option<Declaration> {
    let name = show(all.first()?.text);
    let mut code = Declaration {
        name,
        ..Declaration::default()
    };
    match all.get(1) {
        Some(open) if open.is("(") && !open.spaced => {
            parameters(&all[2..closing(all, 1)], &mut code);
        }
        _ => {}
    }
    Some(code)
}

/// `SYSCALL_DEFINE2(name, type, argument, type, argument)`.
fn syscall(all: &[Token<'_>]) -> Option<Declaration> {
    let open = all.iter().position(|token| token.is("("))?;
    let pieces = split(&all[open + 1..closing(all, open)], ",");
    let name = show(pieces.first()?.first()?.text);
    let mut code = Declaration {
        name: format!("sys_{name}"),
        returns: true,
        ..Declaration::default()
    };
    for piece in pieces.iter().skip(2).step_by(2) {
        code.parts.extend(declarator(piece));
    }
    Some(code)
}

fn event(all: &[Token<'_>]) -> Option<Declaration> {
    let open = all.iter().position(|token| token.is("("))?;
    let pieces = split(&all[open + 1..closing(all, open)], ",");
    let name = match all.first()?.is("DEFINE_EVENT") {
        true => pieces.get(1)?,
        false => pieces.first()?,
    };
    let mut code = Declaration {
        name: format!("trace_{}", show(name.first()?.text)),
        is_event: true,
        ..Declaration::default()
    };
    let proto = pieces
        .iter()
        .find(|piece| piece.first().is_some_and(|it| it.is("TP_PROTO")))?;
    parameters(proto.get(2..proto.len().checked_sub(1)?)?, &mut code);
    Some(code)
}

fn structure(all: &[Token<'_>]) -> Option<Declaration> {
    let open = all.iter().position(|token| token.is("{"))?;
    let close = closing(all, open);
    let head = &all[..open];
    let at = head
        .iter()
        .rposition(|token| token.is("struct") || token.is("union"))?;
    let name = match head.get(at + 1) {
        Some(name) => name,
        None if head.first()?.is("typedef") => {
            let after = without(all.get(close + 1..)?, &MEMBER_MARKS, &MEMBER_CALLS);
            return Some(Declaration {
                name: show(after.first()?.text),
                parts: members(&all[open + 1..close], 0),
                ..Declaration::default()
            });
        }
        None => return None,
    };
    Some(Declaration {
        name: show(name.text),
        parts: members(&all[open + 1..close], 0),
        ..Declaration::default()
    })
}

const MEMBER_MARKS: [&str; 6] = [
    "__packed",
    "CRYPTO_MINALIGN_ATTR",
    "__private",
    "__rcu",
    "____cacheline_aligned_in_smp",
    "____cacheline_aligned",
];

const MEMBER_CALLS: [&str; 11] = [
    "__attribute__",
    "__aligned",
    "__counted_by",
    "__counted_by_le",
    "__counted_by_be",
    "__counted_by_ptr",
    "__guarded_by",
    "__pt_guarded_by",
    "__cacheline_group_begin",
    "__cacheline_group_end",
    "__private",
];

/// The names of members; of those within a member that has a name, too.
fn members(all: &[Token<'_>], depth: usize) -> Vec<String> {
    let mut names = Vec::new();
    if depth > DEEP {
        return names;
    }
    let all = without(all, &MEMBER_MARKS, &MEMBER_CALLS);
    for declaration in split(&all, ";") {
        if let Some(found) = known_macro(declaration, depth) {
            names.extend(found);
            continue;
        }
        let Some(open) = declaration.iter().position(|token| token.is("{")) else {
            for (index, piece) in split(declaration, ",").into_iter().enumerate() {
                names.extend(declarator_of(piece, index > 0));
            }
            continue;
        };
        let close = closing(declaration, open);
        let is_enum = declaration[..open].iter().any(|token| token.is("enum"));
        let inner = match is_enum {
            true => Vec::new(),
            false => members(&declaration[open + 1..close], depth + 1),
        };
        let after = declaration.get(close + 1..).unwrap_or_default();
        if after.is_empty() {
            names.extend(inner);
            continue;
        }
        for piece in split(after, ",") {
            let Some(name) = declarator_of(piece, true) else {
                continue;
            };
            let room = MANY.saturating_sub(names.len());
            names.extend(
                inner
                    .iter()
                    .take(room)
                    .map(|inner| format!("{name}.{inner}")),
            );
            names.push(name);
        }
    }
    names
}

/// Macros that declare members.
fn known_macro(declaration: &[Token<'_>], depth: usize) -> Option<Vec<String>> {
    let (name, open) = (declaration.first()?, declaration.get(1)?);
    if !open.is("(") {
        return None;
    }
    let inner = &declaration[2..closing(declaration, 1)];
    let pieces = split(inner, ",");
    let word = |index: usize| -> Option<String> { Some(show(pieces.get(index)?.last()?.text)) };
    let rest = |skipped: usize| -> Vec<String> {
        let length: usize = pieces
            .iter()
            .take(skipped)
            .map(|piece| piece.len() + 1)
            .sum();
        members(inner.get(length..).unwrap_or_default(), depth + 1)
    };
    Some(match &*show(name.text) {
        "DECLARE_BITMAP"
        | "DECLARE_HASHTABLE"
        | "DECLARE_KFIFO"
        | "DECLARE_KFIFO_PTR"
        | "DEFINE_DMA_UNMAP_ADDR"
        | "DEFINE_DMA_UNMAP_LEN"
        | "DECLARE_PHY_INTERFACE_MASK"
        | "__ETHTOOL_DECLARE_LINK_MODE_MASK" => vec![word(0)?],
        "DECLARE_FLEX_ARRAY" | "__DECLARE_FLEX_ARRAY" => vec![word(1)?],
        "VIRTIO_DECLARE_FEATURES" => vec![word(0)?, format!("{}_array", word(0)?)],
        "__SYSFS_FUNCTION_ALTERNATIVE" => rest(0),
        "struct_group" => rest(1),
        "struct_group_attr" | "struct_group_tagged" => rest(2),
        "__struct_group" => rest(3),
        _ => return None,
    })
}

fn enumeration(all: &[Token<'_>]) -> Option<Declaration> {
    let open = all.iter().position(|token| token.is("{"))?;
    let close = closing(all, open);
    let head = &all[..open];
    let is_typedef = head.first()?.is("typedef");
    let name = match is_typedef && head.last()?.is("enum") {
        true => all.get(close + 1).map_or(&b""[..], |name| name.text),
        false => {
            let at = head.iter().position(|token| token.is("enum"))?;
            head.get(at + 1).map_or(&b""[..], |name| name.text)
        }
    };
    let values = split(&all[open + 1..close], ",");
    let values = values.iter().filter_map(|value| value.first());
    Some(Declaration {
        name: show(name),
        parts: values.map(|value| show(value.text)).collect(),
        ..Declaration::default()
    })
}

/// Of a type of function, the parameters are looked at; what is said beyond
/// them is not.
fn typedef(all: &[Token<'_>]) -> Option<Declaration> {
    if !all.first()?.is("typedef") {
        return None;
    }
    let last = all.last()?;
    if !last.is(")") {
        return Some(Declaration {
            name: show(last.text),
            is_open: true,
            ..Declaration::default()
        });
    }
    let open = all.iter().position(|token| token.is("("))?;
    let close = closing(all, open);
    let (name, arguments) = match all.get(close + 1) {
        Some(next) if next.is("(") => {
            let name = all[open + 1..close].iter().rfind(|token| token.is_word())?;
            (name, &all[close + 2..closing(all, close + 1)])
        }
        _ => (all.get(open.checked_sub(1)?)?, &all[open + 1..close]),
    };
    let mut code = Declaration {
        name: show(name.text),
        is_open: true,
        ..Declaration::default()
    };
    parameters(arguments, &mut code);
    Some(code)
}

/// The name that a piece of a declaration declares.
fn declarator(piece: &[Token<'_>]) -> Option<String> {
    declarator_of(piece, false)
}

/// With `bare`, the type was before: a single word is a name.
fn declarator_of(piece: &[Token<'_>], bare: bool) -> Option<String> {
    if let Some(open) = piece.iter().position(|token| token.is("(")) {
        let close = closing(piece, open);
        let inner = &piece[open + 1..close];
        let next = piece.get(close + 1);
        // (*name)(...) and (*name)[...]
        if open > 0 && next.is_some_and(|next| next.is("(") || next.is("[")) {
            return inner
                .iter()
                .find(|token| token.is_word())
                .map(|it| show(it.text));
        }
        // A macro that nobody knows: what the script makes of it.
        let end = piece
            .iter()
            .position(|token| token.is(")") || token.is("["))?;
        let start = piece[..end]
            .iter()
            .rposition(|token| token.spaced)
            .unwrap_or(0);
        let words: Vec<String> = piece[start..end].iter().map(|it| show(it.text)).collect();
        let name = words.concat();
        return Some(name.trim_start_matches('*').to_owned());
    }
    let end = piece
        .iter()
        .position(|token| token.is("[") || token.is(":"));
    let is_bits = end.is_some_and(|end| piece[end].is(":"));
    let piece = &piece[..end.unwrap_or(piece.len())];
    // A field of bits without a name.
    if is_bits && piece.iter().filter(|token| token.is_word()).count() < 2 && !bare {
        return None;
    }
    let name = piece.iter().rfind(|token| token.is_word())?;
    let name = show(name.text);
    (!["struct", "union"].contains(&&*name)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(subject: Subject, code: &str) -> String {
        let code = Declaration::parse(subject, code.as_bytes(), "").unwrap();
        format!("{} {}", code.name, code.parts.join(" "))
    }

    #[test]
    fn functions() {
        let of = |code| parts(Subject::Function, code);
        assert_eq!(
            of("static int f(int a, struct b *b[2], void (*c)(int, int))"),
            "f a b c"
        );
        assert_eq!(
            of("void __printf(1, 2) f_noprof(const char *a, ...)"),
            "f a ..."
        );
        assert_eq!(of("int (*f)(void)"), "f void");
        assert_eq!(of("int DOMAIN_NS(f)(int a)"), "f a");
        assert_eq!(of("#define f(a, b...) ((a) + 1)"), "f a b");
        assert_eq!(of("#define F (1)"), "F ");
        assert_eq!(
            of("SYSCALL_DEFINE2(f, int, a, char __user *, b)"),
            "sys_f a b"
        );
        assert_eq!(
            of("TRACE_EVENT(f, TP_PROTO(int a, int b), TP_ARGS(a, b))"),
            "trace_f a b"
        );
    }

    #[test]
    fn what_is_returned_is_asked_for_where_there_is_a_type() {
        let of = |code: &str| function(&tokens(code.as_bytes())).unwrap().returns;
        assert!(of("int f(void)") && of("void *f(void)") && of("static struct a f(void)"));
        assert!(!of("void f(void)") && !of("static void __cold f(void)") && !of("#define f(a) 1"));
    }

    #[test]
    fn structures() {
        let of = |code| parts(Subject::Struct, code);
        assert_eq!(
            of(
                "struct s { int a:1, :3, h:2, *b; struct { int c; } d[2]; union { int e; struct { int f; } g; }; }"
            ),
            "s a h b d.c d e g.f g"
        );
        assert_eq!(
            of(
                "struct s { int (*a)(int b, int c); int (*d)[2]; enum { X, Y } e; DECLARE_BITMAP(f, 9); struct_group(g, int h; int i;); } __packed"
            ),
            "s a d e f h i"
        );
        assert_eq!(of("typedef struct { int a __counted_by(b); } s"), "s a");
    }

    #[test]
    fn enumerations_and_types() {
        assert_eq!(parts(Subject::Enum, "enum e { A = F(1, 2), B, }"), "e A B");
        assert_eq!(parts(Subject::Enum, "typedef enum { A } e"), "e A");
        assert_eq!(
            parts(Subject::Typedef, "typedef int (*f)(int a, void *b)"),
            "f a b"
        );
        assert_eq!(parts(Subject::Typedef, "typedef unsigned long f"), "f ");
    }
}
