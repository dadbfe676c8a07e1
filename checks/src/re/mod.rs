// SPDX-License-Identifier: GPL-2.0-only
//! A backtracking matcher over bytes: a pattern and a text enter, where it
//! matched leaves.
//!
//! The rules need what the `regex` crate leaves out on purpose: look-around,
//! recursion, atomic groups, a back reference, and above all pieces such as
//! `$Type` whose meaning grows while a file is read. What keeps it fast is that
//! nearly every pattern is refuted by the letters it needs ([`need`]) before
//! anything is run; what keeps it safe is a budget of steps.
//!
//! Patterns have Perl's syntax. `$Name` is a shared piece ([`pieces`]), `$;` the
//! byte that stands for a comment, `$Arg0`.. a text given with the match.

mod class;
mod compile;
mod heads;
mod need;
mod parse;
mod pieces;
mod plain;
mod vm;
pub(crate) mod words;

use std::sync::OnceLock;

use crate::lang::Lang;
use need::{All, Plain};
pub(crate) use need::{Summary, Text};
use vm::Prog;

/// How many groups a pattern may have.
const GROUPS: usize = 24;
/// The position of what did not match.
const UNSET: u32 = u32::MAX;

/// A pattern, compiled when it is first needed.
///
/// Hundreds are asked about each line, and nearly all say no: what decides that
/// is in one line of the cache.
#[repr(C, align(64))]
pub(crate) struct Re {
    compiled: OnceLock<Compiled>,
    plain: Plain,
    pattern: &'static str,
    flags: &'static str,
}

/// A compiled pattern; it is never dropped, as the patterns are static.
struct Compiled {
    all: All,
    prog: &'static Prog,
}

/// A pattern of this place in the source, compiled once.
macro_rules! re {
    ($pattern:expr) => {
        re!($pattern, "")
    };
    ($pattern:expr, $flags:expr) => {{
        static RE: $crate::re::Re = $crate::re::Re::new($pattern, $flags);
        &RE
    }};
}
pub(crate) use re;

impl Re {
    /// A pattern with flags: `i` no case, `s` the dot matches a newline, `x`
    /// blanks and comments in the pattern do not count.
    pub(crate) const fn new(pattern: &'static str, flags: &'static str) -> Self {
        Self {
            compiled: OnceLock::new(),
            plain: Plain::of(pattern, flags),
            pattern,
            flags,
        }
    }

    #[inline]
    fn compiled(&self) -> &Compiled {
        self.compiled.get_or_init(|| self.compile())
    }

    #[cold]
    fn compile(&self) -> Compiled {
        let parsed = parse::parse(self.pattern, self.flags)
            .unwrap_or_else(|error| panic!("{}: {error}", self.pattern));
        let prog = Box::leak(Box::new(compile::compile(&parsed)));
        debug_assert!(
            prog.need.all.has(&self.plain),
            "{} was refuted by what it does not need",
            self.pattern
        );
        Compiled {
            all: prog.need.all,
            prog,
        }
    }

    /// Whether a text has what the pattern needs. What is refuted by the text of
    /// the pattern is not even compiled; tests do it all the same, to see that
    /// it needs that.
    #[inline]
    fn may_match(&self, text: &Text<'_>) -> bool {
        match self.compiled.get() {
            Some(compiled) => compiled.all.met(text),
            None => (cfg!(test) || self.plain.met(text)) && self.compiled().all.met(text),
        }
    }

    /// Whether it matches anywhere.
    #[inline]
    pub(crate) fn is<'t>(&self, lang: &Lang, text: impl Into<Text<'t>>) -> bool {
        self.is_with(lang, text, &[])
    }

    /// Whether it matches anywhere, with the texts of `$Arg0`...
    #[inline]
    pub(crate) fn is_with<'t>(
        &self,
        lang: &Lang,
        text: impl Into<Text<'t>>,
        args: &[&[u8]],
    ) -> bool {
        let text = text.into();
        self.may_match(&text) && self.matches(lang, &text, args)
    }

    fn matches(&self, lang: &Lang, text: &Text<'_>, args: &[&[u8]]) -> bool {
        let prog = self.compiled().prog;
        prog.need.met(text) && vm::search(prog, lang, text.bytes, 0, args, None).is_some()
    }

    /// The first match.
    #[inline]
    pub(crate) fn caps<'t>(&self, lang: &Lang, text: impl Into<Text<'t>>) -> Option<Caps<'t>> {
        self.caps_with(lang, text, 0, &[])
    }

    /// The first match that starts at or after an offset.
    #[inline]
    pub(crate) fn caps_with<'t>(
        &self,
        lang: &Lang,
        text: impl Into<Text<'t>>,
        from: usize,
        args: &[&[u8]],
    ) -> Option<Caps<'t>> {
        let text = text.into();
        if !self.may_match(&text) {
            return None;
        }
        self.find(lang, &text, from, args)
    }

    fn find<'t>(
        &self,
        lang: &Lang,
        text: &Text<'t>,
        from: usize,
        args: &[&[u8]],
    ) -> Option<Caps<'t>> {
        let prog = self.compiled().prog;
        if from > text.bytes.len() || !prog.need.met(text) {
            return None;
        }
        let mut slots = [UNSET; GROUPS * 2];
        vm::search(prog, lang, text.bytes, from, args, Some(&mut slots))?;
        Some(Caps {
            text: text.bytes,
            slots,
        })
    }

    /// All matches, one after the other.
    pub(crate) fn all<'t>(&self, lang: &Lang, text: impl Into<Text<'t>>) -> Vec<Caps<'t>> {
        let text = text.into();
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(caps) = self.caps_with(lang, text, from, &[]) {
            from = if caps.end(0) == caps.start(0) {
                caps.end(0) + 1
            } else {
                caps.end(0)
            };
            found.push(caps);
        }
        found
    }

    /// Replaces the first match in place; whether there was one.
    pub(crate) fn sub(&self, lang: &Lang, text: &mut Vec<u8>, with: &[u8]) -> bool {
        self.sub_by(lang, text, |_, out| out.extend_from_slice(with))
    }

    /// Replaces the first match in place by what a function makes of it.
    pub(crate) fn sub_by(
        &self,
        lang: &Lang,
        text: &mut Vec<u8>,
        make: impl FnOnce(&Caps<'_>, &mut Vec<u8>),
    ) -> bool {
        let Some(caps) = self.caps(lang, &text[..]) else {
            return false;
        };
        let mut out = text[..caps.start(0)].to_vec();
        make(&caps, &mut out);
        out.extend_from_slice(&text[caps.end(0)..]);
        *text = out;
        true
    }

    /// Replaces all matches.
    pub(crate) fn sub_all(&self, lang: &Lang, text: &[u8], with: &[u8]) -> Vec<u8> {
        self.sub_all_with(lang, text, with, &[])
    }

    /// Replaces all matches of a pattern with arguments.
    pub(crate) fn sub_all_with(
        &self,
        lang: &Lang,
        text: &[u8],
        with: &[u8],
        args: &[&[u8]],
    ) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len());
        let mut from = 0;
        let mut copied = 0;
        while let Some(caps) = self.caps_with(lang, text, from, args) {
            out.extend_from_slice(&text[copied..caps.start(0)]);
            out.extend_from_slice(with);
            copied = caps.end(0);
            from = if caps.end(0) == caps.start(0) {
                caps.end(0) + 1
            } else {
                caps.end(0)
            };
        }
        out.extend_from_slice(&text[copied..]);
        out
    }
}

/// Where a pattern and its groups matched.
#[derive(Clone)]
pub(crate) struct Caps<'t> {
    text: &'t [u8],
    slots: vm::Slots,
}

impl<'t> Caps<'t> {
    /// What a group matched, if it took part.
    pub(crate) fn get(&self, group: usize) -> Option<&'t [u8]> {
        let (start, end) = (self.slots[group * 2], self.slots[group * 2 + 1]);
        (start != UNSET && end != UNSET).then(|| &self.text[start as usize..end as usize])
    }

    /// What a group matched, or nothing.
    pub(crate) fn s(&self, group: usize) -> &'t [u8] {
        self.get(group).unwrap_or_default()
    }

    /// Where a group starts; groups that took no part start at 0.
    pub(crate) fn start(&self, group: usize) -> usize {
        self.get(group)
            .map_or(0, |_| self.slots[group * 2] as usize)
    }

    /// Where a group ends.
    pub(crate) fn end(&self, group: usize) -> usize {
        self.get(group)
            .map_or(0, |_| self.slots[group * 2 + 1] as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(re: &Re, text: &str) -> Option<(usize, usize)> {
        let caps = re.caps(&Lang::default(), text.as_bytes())?;
        Some((caps.start(0), caps.end(0)))
    }

    #[test]
    fn a_text_pays_for_what_is_passed_over() {
        let lang = Lang::for_text(0);
        let mut text = vec![b'-'; 1 << 20];
        text.extend(b"zx");
        for _ in 0..100 {
            assert!(!re!("[xy]z").is(&lang, &text[..]));
        }
        assert_eq!(lang.take_steps(1), 0);
        assert!(!re!("-").is(&lang, &text[..]), "nothing is left");
    }

    #[test]
    fn alternatives_are_tried_in_order_and_loops_are_greedy() {
        assert_eq!(find(re!("a|ab"), "ab"), Some((0, 1)));
        assert_eq!(find(re!("(?:a|ab)c"), "abc"), Some((0, 3)));
        assert_eq!(find(re!("a.*c"), "abcbcd"), Some((0, 5)));
        assert_eq!(find(re!("a.*?c"), "abcbcd"), Some((0, 3)));
        assert_eq!(find(re!("(?:ab){2,3}"), "xababababx"), Some((1, 7)));
        assert_eq!(find(re!(r"^\+\t{3}x"), "+\t\t\tx"), Some((0, 5)));
    }

    #[test]
    fn possessive_and_atomic_give_nothing_back() {
        assert_eq!(find(re!("a++ab"), "aaab"), None);
        assert_eq!(find(re!("(?>a+)b"), "aaab"), Some((0, 4)));
        assert_eq!(find(re!("(?>a|ab)c"), "abc"), None);
    }

    #[test]
    fn looking_around_takes_nothing() {
        assert_eq!(find(re!(r"\bfoo(?!bar)"), "foobar foox"), Some((7, 10)));
        assert_eq!(find(re!(r"(?<!-)>"), "->x>"), Some((3, 4)));
        assert_eq!(find(re!(r"(?<=a)b"), "bab"), Some((2, 3)));
        assert_eq!(find(re!(r"a(?=(b))"), "ab"), Some((0, 1)));
    }

    #[test]
    fn parentheses_balance_by_recursion() {
        let re = re!(r"f\s*$BalancedParens;");
        assert_eq!(find(re, "f (a(b)(c(d)));"), Some((0, 15)));
        assert_eq!(find(re, "f (a(b);"), None);
    }

    #[test]
    fn a_back_reference_and_an_argument() {
        assert_eq!(find(re!(r"(\w+) \1"), "an apple apple"), Some((3, 14)));
        let lang = Lang::default();
        assert!(!re!(r"\b$Arg0\b").is_with(&lang, &b"a b+ c"[..], &[b"b+"]));
        assert!(re!(r"\b$Arg0\s").is_with(&lang, &b"a b c"[..], &[b"b"]));
    }

    #[test]
    fn the_end_is_also_before_a_last_newline() {
        assert_eq!(find(re!("a$"), "a\n"), Some((0, 1)));
        assert_eq!(find(re!("a$"), "a\n\n"), None);
        assert_eq!(find(re!("^.$"), "\n"), None);
        assert_eq!(find(re!("^.", "s"), "\n"), Some((0, 1)));
    }

    #[test]
    fn types_are_those_of_the_language_and_those_learnt() {
        let ty = re!(r"^($Type)x$");
        for text in ["int x", "unsigned long *x", "struct foo **x", "u32 x"] {
            assert!(find(ty, text).is_some(), "{text}");
        }
        assert!(find(ty, "foo x").is_none());
        let mut lang = Lang::default();
        lang.learn_type(b"foo");
        assert!(ty.is(&lang, &b"foo x"[..]));
        assert!(!ty.is(&lang, &b"foobar x"[..]));
        assert!(!ty.is(&lang, &b"bar x"[..]));
        lang.learn_modifier(b"__odd");
        assert!(ty.is(&lang, &b"int __odd x"[..]));
    }

    #[test]
    fn groups_that_took_no_part_are_unset_again() {
        let lang = Lang::default();
        let caps = re!("(?:(a)b|ac)").caps(&lang, &b"ac"[..]).unwrap();
        assert!(caps.get(1).is_none());
    }

    #[test]
    fn what_takes_any_bytes_is_tried_once_a_line() {
        assert_eq!(find(re!("(.*)a(?=b)"), "xa\nxab"), Some((3, 5)));
        assert_eq!(find(re!(".*?(?<=y)a"), "ya"), Some((0, 2)));
        assert_eq!(find(re!(".+a"), "a\n\nxa"), Some((3, 5)));
        assert_eq!(find(re!("(.*)$"), "a\n"), Some((0, 1)));
        let long = "if ".repeat(20_000);
        assert_eq!(find(re!(r"(.*)\bfor\s*\("), &long), None);
    }

    #[test]
    fn words_are_tried_where_they_start() {
        assert_eq!(find(re!(r"\b(?:ab|c)"), "xab c"), Some((4, 5)));
        assert_eq!(find(re!(r"\bx?b"), "ab b"), Some((3, 4)));
        assert_eq!(find(re!(r"(\b[a-z]+|\b\()\d"), "aa(1"), Some((2, 4)));
        let lang = Lang::default();
        let second = re!(r"\ba").caps_with(&lang, &b"aa a"[..], 1, &[]);
        assert_eq!(second.unwrap().start(0), 3);
    }

    #[test]
    fn a_hostile_text_ends() {
        let text = "a".repeat(4000);
        assert_eq!(find(re!("(?:a|aa)*(?:a|aa)*b?c"), &text), None);
        let open = "(".repeat(100_000);
        assert_eq!(find(re!("$BalancedParens"), &open), None);
        // Found by fuzzing: a pointer's stars and blanks can be parted in many ways.
        let stars = format!(
            "+int f(int a) {{\n{}*{}t f(in\n",
            "\n".repeat(8),
            "\n".repeat(18)
        );
        let lang = Lang::for_text(stars.len());
        for line in 0..stars.len() {
            crate::rules::function().is(&lang, &stars.as_bytes()[line..]);
        }
    }

    #[test]
    fn letters_that_are_missing_refute_without_running() {
        let text = Text::scan(b"static int a;");
        let may = |re: &Re| re.may_match(&text) && re.compiled().prog.need.met(&text);
        assert!(may(re!(r"\bstatic\s")));
        assert!(!may(re!(r"\bextern\s")));
        assert!(may(re!(r"\b(?:extern|static)\s")));
        assert!(!may(re!(r"\b(?:extern|inline)\s")));
    }
}
