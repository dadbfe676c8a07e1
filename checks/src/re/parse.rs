// SPDX-License-Identifier: GPL-2.0-only
//! A pattern's text becomes a tree.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock};

use super::class::Set;
use super::heads::Heads;
use super::need::Mask;
use super::pieces;

/// A piece of a pattern.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// Nothing.
    Empty,
    /// One byte of a set.
    Set(Set),
    /// One after the other.
    Cat(Vec<Node>),
    /// One of several, in this order.
    Alt(Arc<Alt>),
    /// Several times.
    Repeat {
        node: Box<Node>,
        min: u32,
        max: u32,
        kind: Kind,
    },
    /// A numbered group; `true` if it is called from within.
    Group(usize, Box<Node>),
    /// What holds between two bytes.
    Assert(Assert),
    /// What follows or precedes, or does not.
    Look {
        node: Box<Node>,
        behind: bool,
        negative: bool,
    },
    /// Gives nothing back.
    Atomic(Box<Node>),
    /// What a group matched, again.
    Backref(usize),
    /// A group's pattern, again, from within that group.
    Recurse(usize),
    /// A type that was learnt from the file, a whole word.
    LearntType,
    /// A modifier that was learnt, as a prefix.
    LearntModifier,
    /// A text given with the match.
    Arg(usize),
    /// A shared piece without groups.
    Piece(Arc<Node>),
    /// The piece for identifiers, which is in nearly all patterns.
    Ident(Arc<Node>),
    /// Fails where a type cannot begin, see [`super::words`].
    TypeStart,
    /// Fails where the word is none that ends as names of types do.
    TypeName,
}

/// Alternatives with a table from the next byte to those that can start with it.
#[derive(Debug)]
pub(crate) struct Alt {
    pub(crate) branches: Vec<Node>,
    /// Index into `lists` by byte; the last entry is for the end of the text.
    pub(crate) table: Vec<u8>,
    pub(crate) lists: Vec<Vec<u8>>,
    /// What each branch begins with.
    pub(crate) heads: Vec<Heads>,
    /// See [`first`].
    first: (Set, bool),
    /// What it needs, see [`super::need`].
    pub(crate) masks: OnceLock<Option<Arc<Vec<Mask>>>>,
}

/// How a loop takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Greedy,
    Lazy,
    Possessive,
}

/// What holds between two bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Assert {
    Start,
    End,
    Word,
    NotWord,
}

/// A pattern and how many groups it has, with the whole as group 0.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) node: Node,
    pub(crate) groups: usize,
    pub(crate) recursed: Vec<usize>,
}

/// Parses a pattern.
pub(crate) fn parse(pattern: &str, flags: &str) -> Result<Parsed, String> {
    let mut parser = Parser {
        text: pattern.as_bytes().to_vec(),
        at: 0,
        groups: 1,
        open: Vec::new(),
        recursed: Vec::new(),
    };
    let node = parser.alternation(Flags::of(flags))?;
    if parser.at != parser.text.len() {
        return Err(format!("unexpected text at {}", parser.at));
    }
    Ok(Parsed {
        node,
        groups: parser.groups,
        recursed: parser.recursed,
    })
}

/// The first bytes a node can take, and whether it can take none.
pub(crate) fn first(node: &Node) -> (Set, bool) {
    match node {
        Node::Set(set) => (*set, false),
        Node::Cat(nodes) => first_of(nodes),
        Node::Alt(alt) => alt.first,
        Node::Repeat { node, min, .. } => {
            let (set, empty) = first(node);
            (set, empty || *min == 0)
        }
        Node::Group(_, node) | Node::Atomic(node) => first(node),
        Node::Piece(node) | Node::Ident(node) => first(node),
        Node::LearntType | Node::LearntModifier => (Set::word(), false),
        Node::Recurse(_) => (Set::ALL, false),
        Node::Backref(_) | Node::Arg(_) => (Set::ALL, true),
        Node::Empty | Node::Assert(_) | Node::Look { .. } | Node::TypeStart | Node::TypeName => {
            (Set::default(), true)
        }
    }
}

/// The same for a sequence.
pub(crate) fn first_of(nodes: &[Node]) -> (Set, bool) {
    let mut all = Set::default();
    for node in nodes {
        let (set, empty) = first(node);
        all.add_set(&set);
        if !empty {
            return (all, false);
        }
    }
    (all, true)
}

#[derive(Clone, Copy, Default)]
struct Flags {
    case: bool,
    dot: bool,
    blanks: bool,
}

impl Flags {
    fn of(letters: &str) -> Self {
        Self {
            case: letters.contains('i'),
            dot: letters.contains('s'),
            blanks: letters.contains('x'),
        }
    }
}

struct Parser {
    text: Vec<u8>,
    at: usize,
    groups: usize,
    open: Vec<usize>,
    recursed: Vec<usize>,
}

impl Parser {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.text[self.at..].starts_with(text.as_bytes());
        if found {
            self.at += text.len();
        }
        found
    }

    fn alternation(&mut self, mut flags: Flags) -> Result<Node, String> {
        let mut branches = vec![self.sequence(&mut flags)?];
        while self.eat("|") {
            branches.push(self.sequence(&mut flags)?);
        }
        Ok(alternatives(branches))
    }

    fn sequence(&mut self, flags: &mut Flags) -> Result<Node, String> {
        let mut nodes = Vec::new();
        loop {
            if flags.blanks {
                self.skip_blanks();
            }
            match self.peek() {
                None | Some(b'|' | b')') => break,
                _ => {}
            }
            if let Some(atom) = self.atom(flags)? {
                nodes.push(self.quantified(atom, flags)?);
            }
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.remove(0),
            _ => Node::Cat(nodes),
        })
    }

    fn skip_blanks(&mut self) {
        while let Some(byte) = self.peek() {
            if byte.is_ascii_whitespace() {
                self.at += 1;
            } else if byte == b'#' {
                while self.peek().is_some_and(|byte| byte != b'\n') {
                    self.at += 1;
                }
            } else {
                return;
            }
        }
    }

    fn atom(&mut self, flags: &mut Flags) -> Result<Option<Node>, String> {
        let byte = self.text[self.at];
        self.at += 1;
        Ok(Some(match byte {
            b'.' => {
                let mut set = Set::ALL;
                if !flags.dot {
                    set = Set::of(b'\n').inverse();
                }
                Node::Set(set)
            }
            b'^' => Node::Assert(Assert::Start),
            b'$' => self.dollar()?,
            b'[' => Node::Set(self.class(flags)?),
            b'(' => return self.group(flags),
            b'\\' => self.escape(flags)?,
            _ => literal(byte, flags),
        }))
    }

    fn dollar(&mut self) -> Result<Node, String> {
        if self.eat(";") {
            return Ok(Node::Set(Set::of(crate::sanitise::COMMENT)));
        }
        let rest = &self.text[self.at..];
        if !rest.first().is_some_and(u8::is_ascii_uppercase) {
            return Ok(Node::Assert(Assert::End));
        }
        // An argument's name ends with its digit, whatever follows.
        if rest.starts_with(b"Arg") && rest.get(3).is_some_and(u8::is_ascii_digit) {
            let number = usize::from(rest[3] - b'0');
            self.at += 4;
            return Ok(Node::Arg(number));
        }
        let len = rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric())
            .count();
        let name = String::from_utf8_lossy(&rest[..len]).into_owned();
        self.at += len;
        match name.as_str() {
            "LearntType" => return Ok(Node::LearntType),
            "LearntModifier" => return Ok(Node::LearntModifier),
            "TypeStart" => return Ok(Node::TypeStart),
            "TypeName" => return Ok(Node::TypeName),
            _ => {}
        }
        self.piece(&name)
    }

    /// A shared piece: parsed once if it has no groups, else numbered anew.
    fn piece(&mut self, name: &str) -> Result<Node, String> {
        static KNOWN: Mutex<Option<HashMap<String, Arc<Node>>>> = Mutex::new(None);
        let known = |name: &str| {
            KNOWN
                .lock()
                .ok()?
                .get_or_insert_with(HashMap::new)
                .get(name)
                .cloned()
        };
        let shared = if name == "Ident" {
            Node::Ident
        } else {
            Node::Piece
        };
        if let Some(node) = known(name) {
            return Ok(shared(node));
        }
        let (pattern, flags) =
            pieces::piece(name).ok_or_else(|| format!("there is no piece ${name}"))?;
        let before = self.groups;
        let text = std::mem::replace(&mut self.text, pattern.as_bytes().to_vec());
        let at = std::mem::replace(&mut self.at, 0);
        let node = self.alternation(Flags::of(flags));
        let done = self.at == self.text.len();
        self.text = text;
        self.at = at;
        let node = node?;
        if !done {
            return Err(format!("unexpected text in ${name}"));
        }
        if self.groups > before {
            return Ok(node);
        }
        let node = Arc::new(node);
        if let Ok(mut known) = KNOWN.lock() {
            known
                .get_or_insert_with(HashMap::new)
                .insert(name.to_owned(), node.clone());
        }
        Ok(shared(node))
    }

    fn group(&mut self, flags: &mut Flags) -> Result<Option<Node>, String> {
        if !self.eat("?") {
            let number = self.groups;
            self.groups += 1;
            self.open.push(number);
            let node = self.alternation(*flags)?;
            self.open.pop();
            self.close()?;
            return Ok(Some(Node::Group(number, Box::new(node))));
        }
        let look = [("=", false, false), ("!", false, true)]
            .into_iter()
            .chain([("<=", true, false), ("<!", true, true)])
            .find(|(mark, ..)| self.eat(mark));
        if let Some((_, behind, negative)) = look {
            let node = Box::new(self.alternation(*flags)?);
            self.close()?;
            return Ok(Some(Node::Look {
                node,
                behind,
                negative,
            }));
        }
        if self.eat(">") {
            let node = self.alternation(*flags)?;
            self.close()?;
            return Ok(Some(Node::Atomic(Box::new(node))));
        }
        if self.eat("-1)") {
            let group = *self.open.last().ok_or("recursion outside a group")?;
            self.recursed.push(group);
            return Ok(Some(Node::Recurse(group)));
        }
        let mut inner = *flags;
        while let Some(letter) = self.peek().filter(u8::is_ascii_lowercase) {
            match letter {
                b'i' => inner.case = true,
                b's' => inner.dot = true,
                b'x' => inner.blanks = true,
                _ => return Err(format!("unknown flag {}", letter as char)),
            }
            self.at += 1;
        }
        if self.eat(")") {
            *flags = inner;
            return Ok(None);
        }
        if !self.eat(":") {
            return Err(format!("unknown group at {}", self.at));
        }
        let node = self.alternation(inner)?;
        self.close()?;
        Ok(Some(node))
    }

    fn close(&mut self) -> Result<(), String> {
        if self.eat(")") {
            Ok(())
        } else {
            Err("missing )".to_owned())
        }
    }

    fn escape(&mut self, flags: &Flags) -> Result<Node, String> {
        let byte = self.peek().ok_or("a backslash at the end")?;
        self.at += 1;
        Ok(match byte {
            b'b' => Node::Assert(Assert::Word),
            b'B' => Node::Assert(Assert::NotWord),
            b'1'..=b'9' => Node::Backref(usize::from(byte - b'0')),
            _ => match shorthand(byte) {
                Some(set) => Node::Set(set),
                None => literal(self.control(byte)?, flags),
            },
        })
    }

    /// The byte of an escape such as `\t`, `\x1c` or `\015`.
    fn control(&mut self, byte: u8) -> Result<u8, String> {
        let (digits, radix) = match byte {
            b't' => return Ok(b'\t'),
            b'n' => return Ok(b'\n'),
            b'r' => return Ok(b'\r'),
            b'x' => (2, 16),
            b'0' => (2, 8),
            _ if byte.is_ascii_alphanumeric() => {
                return Err(format!("unknown escape \\{}", byte as char));
            }
            _ => return Ok(byte),
        };
        let text = self
            .text
            .get(self.at..self.at + digits)
            .ok_or("a short escape")?;
        self.at += digits;
        u8::from_str_radix(&String::from_utf8_lossy(text), radix).map_err(|error| error.to_string())
    }

    fn class(&mut self, flags: &Flags) -> Result<Set, String> {
        let negative = self.eat("^");
        let mut set = Set::default();
        let mut begun = false;
        loop {
            let byte = self.peek().ok_or("missing ]")?;
            self.at += 1;
            if byte == b']' && begun {
                break;
            }
            begun = true;
            let from = match byte {
                b'\\' => {
                    let byte = self.peek().ok_or("a backslash at the end")?;
                    self.at += 1;
                    match shorthand(byte) {
                        Some(other) => {
                            set.add_set(&other);
                            continue;
                        }
                        None => self.control(byte)?,
                    }
                }
                b'$' if self.eat(";") => crate::sanitise::COMMENT,
                _ => byte,
            };
            let ranged = self.peek() == Some(b'-')
                && self.text.get(self.at + 1).is_some_and(|byte| *byte != b']');
            if !ranged {
                set.add(from);
                continue;
            }
            self.at += 1;
            let mut to = self.text[self.at];
            self.at += 1;
            if to == b'\\' {
                let byte = self.peek().ok_or("a backslash at the end")?;
                self.at += 1;
                to = self.control(byte)?;
            }
            set.add_range(from, to);
        }
        if flags.case {
            set = set.both_cases();
        }
        Ok(if negative { set.inverse() } else { set })
    }

    fn quantified(&mut self, atom: Node, flags: &Flags) -> Result<Node, String> {
        if flags.blanks {
            self.skip_blanks();
        }
        let (min, max) = match self.peek() {
            Some(b'*') => (0, u32::MAX),
            Some(b'+') => (1, u32::MAX),
            Some(b'?') => (0, 1),
            Some(b'{') => match self.counted() {
                Some(counts) => counts,
                None => return Ok(atom),
            },
            _ => return Ok(atom),
        };
        self.at += 1;
        let kind = if self.eat("?") {
            Kind::Lazy
        } else if self.eat("+") {
            Kind::Possessive
        } else {
            Kind::Greedy
        };
        Ok(Node::Repeat {
            node: Box::new(atom),
            min,
            max,
            kind,
        })
    }

    /// `{n}`, `{n,}` or `{n,m}`: leaves the position on the brace that closes it.
    fn counted(&mut self) -> Option<(u32, u32)> {
        let rest = &self.text[self.at + 1..];
        let end = rest.iter().position(|byte| *byte == b'}')?;
        let inner = std::str::from_utf8(&rest[..end]).ok()?;
        let counts = match inner.split_once(',') {
            None => {
                let count = inner.parse().ok()?;
                (count, count)
            }
            Some((min, "")) => (min.parse().ok()?, u32::MAX),
            Some((min, max)) => (min.parse().ok()?, max.parse().ok()?),
        };
        self.at += 1 + end;
        Some(counts)
    }
}

fn literal(byte: u8, flags: &Flags) -> Node {
    let set = Set::of(byte);
    Node::Set(if flags.case { set.both_cases() } else { set })
}

fn shorthand(byte: u8) -> Option<Set> {
    Some(match byte {
        b's' => Set::space(),
        b'S' => Set::space().inverse(),
        b'w' => Set::word(),
        b'W' => Set::word().inverse(),
        b'd' => Set::digit(),
        b'D' => Set::digit().inverse(),
        _ => return None,
    })
}

/// More branches than this are left as they are nested.
const BRANCHES: usize = 200;

fn alternatives(mut branches: Vec<Node>) -> Node {
    if branches.len() == 1 {
        return branches.remove(0);
    }
    let branches = flatten(branches);
    let firsts: Vec<(Set, bool)> = branches.iter().map(first).collect();
    let mut all = (Set::default(), false);
    for (set, empty) in &firsts {
        all.0.add_set(set);
        all.1 |= empty;
    }
    let (table, lists) = by_byte(&firsts);
    let heads = branches.iter().map(Heads::of).collect();
    Node::Alt(Arc::new(Alt {
        branches,
        table,
        lists,
        heads,
        first: all,
        masks: OnceLock::new(),
    }))
}

/// For each byte, and for the end of the text, which branches can start there:
/// an index into the lists.
fn by_byte(firsts: &[(Set, bool)]) -> (Vec<u8>, Vec<Vec<u8>>) {
    // The branches of each byte as bits.
    let mut bits = vec![[0_u64; 4]; 257];
    for (branch, (set, empty)) in firsts.iter().enumerate() {
        let (word, bit) = (branch / 64, 1 << (branch % 64));
        if *empty {
            bits.iter_mut().for_each(|bits| bits[word] |= bit);
        } else {
            for byte in set.bytes() {
                bits[usize::from(byte)][word] |= bit;
            }
        }
    }
    let mut known: Vec<[u64; 4]> = Vec::new();
    let mut table = Vec::with_capacity(bits.len());
    let mut last = None;
    for bits in bits {
        // Most bytes are as the one before.
        let index = match last {
            Some((before, index)) if before == bits => index,
            _ => {
                let index = known.iter().position(|known| *known == bits);
                index.unwrap_or_else(|| {
                    known.push(bits);
                    known.len() - 1
                })
            }
        };
        last = Some((bits, index));
        table.push(u8::try_from(index).unwrap_or(u8::MAX));
    }
    let list = |bits: &[u64; 4]| {
        (0..=u8::MAX)
            .take(firsts.len())
            .filter(|branch| bits[usize::from(branch / 64)] >> (branch % 64) & 1 != 0)
            .collect()
    };
    (table, known.iter().map(list).collect())
}

/// Alternatives of alternatives as one list: the order is the same.
fn flatten(branches: Vec<Node>) -> Vec<Node> {
    fn inner(node: &Node) -> Option<&[Node]> {
        match node {
            Node::Alt(alt) => Some(&alt.branches),
            Node::Piece(node) => inner(node),
            _ => None,
        }
    }
    let count = |node: &Node| inner(node).map_or(1, <[Node]>::len);
    if branches.iter().map(count).sum::<usize>() > BRANCHES {
        return branches;
    }
    let mut flat = Vec::new();
    for node in branches {
        match inner(&node) {
            Some(nodes) => flat.extend_from_slice(nodes),
            None => flat.push(node),
        }
    }
    flat
}
