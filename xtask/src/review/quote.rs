// SPDX-License-Identifier: GPL-2.0-only
//! What somebody says in a mail, and about which lines. In: the text of a mail
//! and its author. Out: remarks, each with the lines that it quotes, and the
//! trailers given. Pure.
//!
//! A remark is what stands below quoted lines, up to the next quoted one.
//! Rather one remark too many than one lost: only what certainly is none
//! (who wrote what, greetings, signatures) is left out.

use std::sync::LazyLock;

use regex::Regex;

use super::hunk::{Spot, Tracker};
use super::letter::{Person, words};

/// Levels of quotation that are told apart.
const MAX_DEPTH: usize = 16;
/// Remarks of one mail; the rest of a longer one is one remark.
const MAX_REMARKS: usize = 500;
/// Quoted lines that are kept for a remark: those just above it.
pub const MAX_QUOTED: usize = 60;
/// Lines of a signature; more are something else.
const MAX_SIGNATURE: usize = 10;
/// Trailers of one mail.
const MAX_TRAILERS: usize = 50;

/// A quoted line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// How often it was quoted, from 1.
    pub depth: usize,
    /// Without the marks.
    pub text: String,
    /// Where it is, as the quoted diff has it.
    pub spot: Option<Spot>,
}

/// Something that was said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Remark {
    /// What it is about; empty above all quotes.
    pub quoted: Vec<Quoted>,
    /// Without empty lines around it.
    pub text: String,
}

/// `Reviewed-by: Name <address>`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// As the kernel spells it.
    pub key: String,
    /// As it was given.
    pub value: String,
}

/// What a mail has to say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// In order.
    pub remarks: Vec<Remark>,
    /// In order.
    pub trailers: Vec<Given>,
}

/// Reads the text of a mail.
pub fn read(body: &str, author: &Person) -> Reading {
    let mut reading = Reading::default();
    let mut trackers: Vec<Tracker> = Vec::new();
    trackers.resize_with(MAX_DEPTH + 1, Tracker::default);
    let mut quoted: Vec<Quoted> = Vec::new();
    let mut said: Vec<&str> = Vec::new();
    for line in content(body) {
        let (depth, text) = line;
        if depth == 0 {
            said.push(text);
            continue;
        }
        if !reading.is_full() {
            reading.take(&mut quoted, &mut said, author, true);
        }
        let spot = trackers[depth.min(MAX_DEPTH)].feed(text);
        if quoted.len() >= 2 * MAX_QUOTED {
            quoted.drain(..MAX_QUOTED);
        }
        quoted.push(Quoted {
            depth,
            text: text.to_owned(),
            spot,
        });
    }
    reading.take(&mut quoted, &mut said, author, false);
    reading
}

impl Reading {
    fn is_full(&self) -> bool {
        self.remarks.len() >= MAX_REMARKS
    }

    /// Makes a remark of what was said below `quoted`, if it is one.
    fn take(
        &mut self,
        quoted: &mut Vec<Quoted>,
        said: &mut Vec<&str>,
        author: &Person,
        before_quote: bool,
    ) {
        let mut lines = std::mem::take(said);
        if before_quote {
            without_attribution(&mut lines);
        }
        let trailers = self.trailers.len();
        let lines = self.without_trailers(&lines);
        let text = without_courtesy(&lines, author).join("\n");
        let text = text.trim_matches('\n').trim_end();
        if text.trim().is_empty() || (self.trailers.len() > trailers && is_praise(text)) {
            // Nobody said anything yet: the quote goes on.
            return;
        }
        let mut quoted = std::mem::take(quoted);
        let surplus = quoted.len().saturating_sub(MAX_QUOTED);
        quoted.drain(..surplus);
        self.remarks.push(Remark {
            quoted,
            text: text.to_owned(),
        });
    }

    /// Takes the trailers out. Those of a patch that somebody proposes in
    /// passing are not theirs to give.
    fn without_trailers<'a>(&mut self, lines: &[&'a str]) -> Vec<&'a str> {
        static TRAILER: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r"(?i)^\s*((?:reviewed|acked|tested)(?:-and-(?:reviewed|acked|tested))?-by):\s*(\S.*)$")
                .expect("the pattern is a constant")
        });
        let mut rest = Vec::new();
        let mut at = 0;
        let mut in_diff = false;
        while let Some(line) = lines.get(at) {
            at += 1;
            in_diff |= line.starts_with("diff --git ") || line.trim_start().starts_with("-- >8");
            let found = TRAILER.captures(line).filter(|_| !in_diff);
            let Some(found) = found.filter(|_| self.trailers.len() < MAX_TRAILERS) else {
                rest.push(*line);
                continue;
            };
            let mut value = found[2].to_owned();
            if let Some(next) = lines.get(at)
                && !value.contains('@')
                && next.trim_start().starts_with('<')
            {
                value = format!("{value} {next}");
                at += 1;
            }
            self.trailers.push(Given {
                key: spelled(&found[1]),
                value: words(&value),
            });
        }
        rest
    }
}

/// As the kernel spells it: only the first letter is a capital.
fn spelled(key: &str) -> String {
    let mut key = key.to_lowercase();
    key[..1].make_ascii_uppercase();
    key
}

/// The quoted lines that [`Quoted::text_of`] wrote.
pub fn quoted_lines(text: &str) -> Vec<Quoted> {
    let mut tracker = Tracker::default();
    let lines = text.lines().map(split_marks);
    lines
        .map(|(depth, text)| Quoted {
            depth,
            text: text.to_owned(),
            spot: tracker.feed(text),
        })
        .collect()
}

impl Quoted {
    /// Lines with their marks.
    pub fn text_of(lines: &[Self]) -> String {
        let mut out = String::new();
        for line in lines {
            let marks = ">".repeat(line.depth);
            out += format!("{marks} {}", line.text).trim_end();
            out.push('\n');
        }
        out
    }
}

/// Splits the marks of quotation from a line.
pub fn split_marks(line: &str) -> (usize, &str) {
    let mut depth = 0;
    let mut rest = line;
    loop {
        // One blank may stand between two marks, and one belongs to the last.
        let inner = rest.strip_prefix(' ').filter(|_| depth > 0).unwrap_or(rest);
        match inner.strip_prefix('>') {
            Some(after) if depth < MAX_DEPTH => {
                depth += 1;
                rest = after;
            }
            _ if depth == 0 => return (0, line),
            _ => return (depth, inner),
        }
    }
}

/// The lines of a mail with their depth, without signature and footers. What
/// stands below the line with which some programs begin a copy of the mail
/// that they answer is quoted, if not marked so.
fn content(body: &str) -> Vec<(usize, &str)> {
    let mut lines: Vec<(usize, &str)> = Vec::new();
    let mut is_copy = false;
    let mut before = "";
    for line in body.lines() {
        let (depth, text) = split_marks(line);
        if depth == 0 && is_rule(before) && text.starts_with("From: ") {
            is_copy = true;
            lines.pop();
        }
        is_copy |= depth == 0 && is_copy_mark(text);
        before = line;
        let depth = if is_copy { depth + 1 } else { depth };
        lines.push((depth, text));
    }
    let mut from = lines.len().saturating_sub(MAX_SIGNATURE + 1);
    if let Some(quote) = lines.iter().rposition(|(depth, _)| *depth > 0) {
        from = from.max(quote + 1);
    }
    let ends = |text: &str| text == "-- " || text == "--" || is_rule(text);
    if let Some(at) = lines[from..].iter().position(|(_, text)| ends(text)) {
        lines.truncate(from + at);
    }
    lines
}

/// What separates the footer of a list, or the copy of a mail.
fn is_rule(text: &str) -> bool {
    text.len() >= 30 && text.chars().all(|c| c == '_')
}

fn is_copy_mark(text: &str) -> bool {
    let bare = text.trim().trim_matches('-').trim();
    text.trim_start().starts_with("---")
        && ["original message", "original mail", "forwarded message"]
            .contains(&bare.to_lowercase().as_str())
}

/// `On Friday, somebody wrote:`, over up to three lines.
fn without_attribution(lines: &mut Vec<&str>) {
    let Some(last) = lines.iter().rposition(|line| !line.trim().is_empty()) else {
        return;
    };
    let line = lines[last].trim_end();
    let ends = [
        "wrote:",
        "writes:",
        "said:",
        "schrieb:",
        "écrit :",
        "写道:",
        "写道：",
    ];
    if !ends.iter().any(|end| line.ends_with(end)) {
        return;
    }
    // Over several lines, it begins with a date.
    let begins = |line: &str| {
        line.contains(|c: char| c.is_ascii_digit())
            && ["On ", "Am ", "Le ", "在"]
                .iter()
                .any(|word| line.trim_start().starts_with(word))
    };
    let first = (last.saturating_sub(2)..=last)
        .rev()
        .take_while(|at| !lines[*at].trim().is_empty())
        .find(|at| begins(lines[*at]));
    lines.truncate(first.unwrap_or(last));
}

/// Without a greeting at the beginning and a farewell at the end.
fn without_courtesy<'a>(lines: &[&'a str], author: &Person) -> Vec<&'a str> {
    let mut lines: &[&str] = lines;
    loop {
        let before = lines.len();
        if let Some(first) = lines.first()
            && (first.trim().is_empty() || is_greeting(first))
        {
            lines = &lines[1..];
        }
        if let Some(last) = lines.last()
            && (last.trim().is_empty() || is_farewell(last) || is_name(last, author))
        {
            lines = &lines[..lines.len() - 1];
        }
        if lines.len() == before {
            return lines.to_vec();
        }
    }
}

fn is_greeting(line: &str) -> bool {
    let line = line.trim();
    let mut parts = line.split_whitespace();
    let first = parts
        .next()
        .unwrap_or_default()
        .trim_end_matches([',', '!']);
    ["hi", "hello", "hey", "dear"].contains(&first.to_lowercase().as_str())
        && parts.count() <= 3
        && (line.ends_with([',', '!', ':']) || !line.contains(' '))
}

fn is_farewell(line: &str) -> bool {
    let bare = line.trim().trim_end_matches([',', '.', '!']).to_lowercase();
    [
        "thanks",
        "thanks a lot",
        "many thanks",
        "thank you",
        "thx",
        "cheers",
        "regards",
        "best regards",
        "kind regards",
        "best",
        "br",
    ]
    .contains(&bare.as_str())
}

/// Whether the line is the name of the author, or one of their names.
fn is_name(line: &str, author: &Person) -> bool {
    let line = line
        .trim()
        .trim_start_matches(['-', '~', '/'])
        .trim()
        .to_lowercase();
    let name = author.name.to_lowercase();
    !line.is_empty()
        && line.len() <= 60
        && line
            .split_whitespace()
            .all(|word| name.split([' ', ',']).any(|part| part == word))
}

/// What goes without saying beside a trailer.
fn is_praise(text: &str) -> bool {
    let bare = words(text).to_lowercase();
    let bare = bare.trim_matches(|c: char| !c.is_alphanumeric());
    [
        "looks good",
        "looks good to me",
        "lgtm",
        "looks great",
        "nice",
        "nice work",
        "great",
    ]
    .contains(&bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(body: &str) -> Reading {
        let author = Person {
            name: "Rev Iewer".to_owned(),
            address: None,
        };
        read(body, &author)
    }

    fn said(body: &str) -> Vec<(String, String)> {
        let remarks = reading(body).remarks;
        let last = |remark: &Remark| remark.quoted.last().map(|line| line.text.clone());
        remarks
            .iter()
            .map(|remark| (last(remark).unwrap_or_default(), remark.text.clone()))
            .collect()
    }

    #[test]
    fn each_remark_has_the_lines_above_it() {
        let found = said(
            "Hi Dev,\n\nin general fine.\n\nOn Fri, 14 Aug\nA <a@x.example> wrote:\n\n> +a\n>\n\n> +b\n\nWhy b?\n\nAnd why\nnot c?\n\n> +d\n\n\
             > +e\nThanks,\n\nRev\n",
        );
        assert_eq!(
            found,
            [
                (String::new(), "in general fine.".to_owned()),
                ("+b".to_owned(), "Why b?\n\nAnd why\nnot c?".to_owned()),
            ]
        );
    }

    #[test]
    fn places_follow_the_quoted_diff_at_any_depth() {
        let body = "> > +++ b/x.c\n> > @@ -1,2 +5,4 @@\n> >  a\n> > +b\n> No.\n> > +c\nYes.\n";
        let remarks = reading(body).remarks;
        assert_eq!(remarks.len(), 1);
        let lines: Vec<Option<u32>> = remarks[0]
            .quoted
            .iter()
            .map(|line| line.spot.as_ref().map(|spot| spot.line))
            .collect();
        assert_eq!(lines, [None, Some(5), Some(5), Some(6), None, Some(7)]);
    }

    #[test]
    fn marks_are_read_however_they_are_spaced() {
        for (line, wanted) in [
            ("> +\ta", (1, "+\ta")),
            (">+a", (1, "+a")),
            (">  \ta", (1, " \ta")),
            ("> > +a", (2, "+a")),
            (">>> a", (3, "a")),
            (">", (1, "")),
            (" > a", (0, " > a")),
        ] {
            assert_eq!(split_marks(line), wanted, "{line}");
        }
        assert_eq!(split_marks(&">".repeat(1000)).0, MAX_DEPTH);
    }

    #[test]
    fn a_trailer_is_given_only_by_who_writes_it() {
        let body = "> Reviewed-by: Q <q@x.example>\n\nreviewed-by: Rev Iewer\n <r@x.example>\n\
            Tested-by: Rev Iewer <r@x.example> # arm64\nreviewed-AND-tested-by: R <r@x.example>\nSigned-off-by: Rev Iewer <r@x.example>\n\
            I say Acked-by: nothing\n\ndiff --git a/x b/x\nAcked-by: Z <z@x.example>\n";
        let given: Vec<String> = reading(body)
            .trailers
            .iter()
            .map(|given| format!("{}: {}", given.key, given.value))
            .collect();
        assert_eq!(
            given,
            [
                "Reviewed-by: Rev Iewer <r@x.example>",
                "Tested-by: Rev Iewer <r@x.example> # arm64",
                "Reviewed-and-tested-by: R <r@x.example>",
            ]
        );
    }

    #[test]
    fn praise_beside_a_trailer_is_no_remark_and_a_condition_is_one() {
        let trailer = "\n\nAcked-by: R <r@x.example>\n";
        assert_eq!(said(&format!("Looks good to me!{trailer}")), []);
        assert_eq!(said(&format!("With a space there:{trailer}")).len(), 1);
        assert_eq!(said("Looks good to me!\n").len(), 1);
    }

    #[test]
    fn signatures_and_copies_below_are_no_remarks() {
        assert_eq!(said("> +a\n\nNo.\n-- \nRev\nCompany\n").len(), 1);
        assert_eq!(
            said("No.\n\n-----Original Message-----\nFrom: A\n\nlong text\n"),
            [(String::new(), "No.".to_owned())]
        );
        assert_eq!(
            said(&format!(
                "No.\n\n{}\nFrom: A\nSent: today\n\nlong\n",
                "_".repeat(32)
            )),
            [(String::new(), "No.".to_owned())]
        );
        // A line of dashes amid the text ends nothing.
        assert_eq!(
            said("> a\n\nNo.\n--\n> b\n\nYes.\n").last(),
            Some(&("b".to_owned(), "Yes.".to_owned()))
        );
    }

    #[test]
    fn lines_are_kept_with_their_marks() {
        let lines = &reading("> > +a\n>   b\n>\nx\n").remarks[0].quoted;
        let text = Quoted::text_of(lines);
        assert_eq!(text, ">> +a\n>   b\n>\n");
        assert_eq!(quoted_lines(&text), *lines);
    }

    proptest::proptest! {
        /// Whatever lines a mail is made of, what stands in it unquoted is in
        /// one remark.
        #[test]
        fn nothing_said_is_lost(lines in proptest::collection::vec(0_usize..OTHER.len() + 3, 0..60)) {
            let mut body = String::new();
            let mut said = Vec::new();
            for (at, kind) in lines.into_iter().enumerate() {
                match OTHER.get(kind) {
                    Some(line) => body += line,
                    None => {
                        said.push(format!("word {at}!"));
                        body += &said[said.len() - 1];
                    }
                }
                body.push('\n');
            }
            let remarks = reading(&body).remarks;
            let all: Vec<&str> = remarks.iter().flat_map(|remark| remark.text.lines()).collect();
            let found: Vec<&str> = all.into_iter().filter(|line| line.starts_with("word ")).collect();
            proptest::prop_assert_eq!(found, said);
        }
    }

    /// Lines between what is said; none that begins a signature or a copy.
    const OTHER: [&str; 16] = [
        "On it goes",
        "A wrote:",
        "",
        ">",
        "> a",
        "> > a",
        "> +++ b/x.c",
        "> @@ -1,9 +1,9 @@",
        "> -- ",
        "> On Monday, A wrote:",
        "Thanks,",
        "Hi Dev,",
        "On Monday, A wrote:",
        "A <a@x.example>",
        "Rev",
        "Acked-by: R <r@x.example>",
    ];

    #[test]
    fn a_mail_of_many_remarks_loses_none() {
        let body = "> a\nb\n".repeat(MAX_REMARKS + 10);
        let remarks = reading(&body).remarks;
        assert_eq!(remarks.len(), MAX_REMARKS + 1);
        let rest = remarks[MAX_REMARKS].text.lines().count();
        assert_eq!(rest, 10);
    }
}
