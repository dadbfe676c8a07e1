// SPDX-License-Identifier: GPL-2.0-only
//! Splits a line at its operators and semicolons, and says what each has on
//! its sides.

/// An operator of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Operator<'l> {
    /// As it is written.
    pub(crate) text: &'l [u8],
    /// Where it starts.
    pub(crate) at: usize,
    /// What is before it: E only blanks, V a value, W a blank, C a comment, B
    /// an open bracket, O another operator.
    pub(crate) before: u8,
    /// What is after it; here B is a closing bracket, E also a backslash.
    pub(crate) after: u8,
    /// Nothing follows it on the line.
    pub(crate) is_last: bool,
}

use crate::sanitise::COMMENT;
use crate::text;

/// The operators of a sanitised line whose diff marker is a blank.
pub(crate) fn operators(line: &[u8]) -> Vec<Operator<'_>> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < line.len() {
        let len = length(&line[at..]);
        if len > 0 {
            found.push((at, len));
        }
        at += len.max(1);
    }
    let first = line.len() - text::trim_start(line).len();
    let mut start = 0;
    let mut out = Vec::with_capacity(found.len());
    for (index, &(at, len)) in found.iter().enumerate() {
        let end = at + len;
        let next = found.get(index + 1).map_or(line.len(), |(at, _)| *at);
        let is_last = index + 1 == found.len() && end == line.len();
        out.push(Operator {
            text: &line[at..end],
            at,
            before: if first >= at {
                b'E'
            } else {
                before(&line[start..at])
            },
            after: if is_last {
                b'E'
            } else {
                after(&line[end..next])
            },
            is_last,
        });
        start = end;
    }
    out
}

fn before(element: &[u8]) -> u8 {
    match element.last() {
        None => b'O',
        Some(b'[' | b'(') => b'B',
        Some(&COMMENT) => b'C',
        Some(byte) if text::is_blank(&[*byte]) => b'W',
        Some(_) => b'V',
    }
}

fn after(element: &[u8]) -> u8 {
    if text::trim(element) == b"\\" {
        return b'E';
    }
    match element.first() {
        None => b'O',
        Some(b')' | b']') => b'B',
        Some(&COMMENT) => b'C',
        Some(byte) if text::is_blank(&[*byte]) => b'W',
        Some(_) => b'V',
    }
}

/// Length of the operator at the start of a text, 0 if there is none.
fn length(rest: &[u8]) -> usize {
    let pair = rest.get(..2).unwrap_or_default();
    match (rest[0], pair) {
        (_, b"<<" | b">>") if rest.get(2) == Some(&b'=') => 3,
        (
            _,
            b"<=" | b">=" | b"==" | b"!=" | b"+=" | b"-=" | b"*=" | b"/=" | b"%=" | b"^=" | b"|="
            | b"&=" | b"=>" | b"->" | b"<<" | b">>" | b"&&" | b"||" | b"++" | b"--" | b"?:",
        ) => 2,
        (
            b'<' | b'>' | b'=' | b'!' | b'~' | b',' | b'^' | b'&' | b'|' | b'+' | b'-' | b'*'
            | b'/' | b'%' | b'?' | b':' | b';',
            _,
        ) => 1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides(line: &str) -> Vec<String> {
        operators(line.as_bytes())
            .iter()
            .map(|found| {
                let text = String::from_utf8_lossy(found.text);
                let (before, after) = (char::from(found.before), char::from(found.after));
                format!("{before}{text}{after}")
            })
            .collect()
    }

    #[test]
    fn operators_are_as_long_as_they_can_be() {
        assert_eq!(sides(" a<<=b;"), ["V<<=V", "V;E"]);
        assert_eq!(sides(" a->b++ ;"), ["V->V", "V++W", "W;E"]);
    }

    #[test]
    fn their_sides_are_told_apart() {
        assert_eq!(sides(" f(-a)"), ["B-V"]);
        assert_eq!(sides(" -a * -b"), ["E-V", "W*W", "W-V"]);
        assert_eq!(sides(" a + \\"), ["W+E"]);
        assert_eq!(sides(" a = !-b;"), ["W=W", "W!O", "O-V", "V;E"]);
    }
}
