// SPDX-License-Identifier: GPL-2.0-only
//! A line with a caret under what a finding is about. In: the line and bytes of
//! it. Out: the line with tabs as blanks, so that the caret stands where it
//! should whatever is printed before both, no wider than one looks at, and
//! nothing in it that a terminal obeys.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Columns of a tab.
const TAB: usize = 8;

/// A longer line is cut, with what the finding is about in what is left.
/// Columns.
const WIDE: usize = 120;

/// What stands where something was cut.
const CUT: char = '\u{2026}';

/// A character as it is shown.
struct Cell {
    c: char,
    column: usize,
    width: usize,
}

/// The line, and the line of the carets.
pub fn show(source: &str, place: Option<&Range<usize>>) -> (String, Option<String>) {
    let (cells, columns, carets) = lay_out(source, place);
    let end = carets.as_ref().map_or(columns, |it| it.end.max(columns));
    let window = window(end, carets.as_ref());
    let mut line = String::new();
    let mut column = window.start;
    if window.start > 0 {
        line.push(CUT);
        column += 1;
    }
    let last = window.end - usize::from(window.end < end);
    for cell in &cells {
        if cell.column < column || cell.column + cell.width > last {
            continue;
        }
        // What is half within the window.
        line.extend(std::iter::repeat_n(' ', cell.column - column));
        column = cell.column + cell.width;
        match cell.c {
            '\t' => line.extend(std::iter::repeat_n(' ', cell.width)),
            c => line.push(c),
        }
    }
    if window.end < end {
        line.extend(std::iter::repeat_n(' ', last.saturating_sub(column)));
        line.push(CUT);
    }
    let carets = carets.map(|at| {
        let width = at.end.min(window.end) - at.start;
        format!(
            "{}{}",
            " ".repeat(at.start - window.start),
            "^".repeat(width)
        )
    });
    (line, carets)
}

/// The characters of a line, its columns, and those of the carets.
fn lay_out(source: &str, place: Option<&Range<usize>>) -> (Vec<Cell>, usize, Option<Range<usize>>) {
    let mut cells = Vec::new();
    let (mut column, mut start, mut end) = (0, None, None);
    for (at, c) in source.char_indices() {
        if let Some(place) = place {
            start = start.or((at >= place.start).then_some(column));
            end = end.or((at >= place.end).then_some(column));
        }
        let (c, width) = match harmless(c) {
            '\t' => ('\t', TAB - column % TAB),
            c => (c, c.width().unwrap_or(0)),
        };
        cells.push(Cell { c, column, width });
        column += width;
    }
    let carets = place.map(|_| {
        let start = start.unwrap_or(column);
        start..end.unwrap_or(column).max(start + 1)
    });
    (cells, column, carets)
}

/// The columns to show.
fn window(columns: usize, carets: Option<&Range<usize>>) -> Range<usize> {
    if columns <= WIDE {
        return 0..columns;
    }
    let at = carets.map_or(0, |it| it.start);
    // What comes before tells more than what follows.
    let start = match at < WIDE * 2 / 3 {
        true => 0,
        false => (at - WIDE / 2).min(columns - WIDE),
    };
    start..start + WIDE
}

/// What is shown for a character: for one that a terminal obeys, or that makes
/// a line look like another one, a mark.
pub fn harmless(c: char) -> char {
    let turns = matches!(c,
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{61c}'
        | '\u{feff}'
    );
    match c {
        '\t' => c,
        c if c.is_control() || turns => char::REPLACEMENT_CHARACTER,
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str, what: &str) -> String {
        let start = source.find(what).unwrap();
        let (line, carets) = show(source, Some(&(start..start + what.len())));
        format!("{line}|\n{}|", carets.unwrap())
    }

    #[test]
    fn a_caret_stands_under_what_it_is_about() {
        assert_eq!(shown("+a=b", "="), "+a=b|\n  ^|");
        assert_eq!(
            shown("+\tif(a)\tb", "if("),
            "+       if(a)   b|\n        ^^^|"
        );
        assert_eq!(shown("a \t", " \t"), "a       |\n ^^^^^^^|");
    }

    #[test]
    fn wide_letters_take_two_columns_and_marks_none() {
        assert_eq!(shown("\u{4e2d}e\u{301}x", "x"), "\u{4e2d}e\u{301}x|\n   ^|");
    }

    #[test]
    fn nothing_is_the_place_before_what_follows() {
        assert_eq!(show("ab", Some(&(1..1))).1.unwrap(), " ^");
        assert_eq!(show("ab", Some(&(2..2))).1.unwrap(), "  ^");
        assert_eq!(show("ab", None).1, None);
    }

    #[test]
    fn a_terminal_obeys_nothing() {
        assert_eq!(shown("\x1b[2Jx", "x"), "\u{fffd}[2Jx|\n    ^|");
        assert_eq!(
            shown("a\rb\u{9b}\u{202e}x", "x"),
            "a\u{fffd}b\u{fffd}\u{fffd}x|\n     ^|"
        );
    }

    #[test]
    fn a_long_line_is_cut_around_what_it_is_about() {
        let around = |before: usize, what: &str, after: usize| {
            let source = format!("{}{what}{}", "a".repeat(before), "b".repeat(after));
            let (line, carets) = show(&source, Some(&(before..before + what.len())));
            let carets = carets.unwrap();
            assert!(
                line.chars().count() <= WIDE && carets.len() <= WIDE,
                "{line}"
            );
            let under: String = line.chars().skip(carets.find('^').unwrap()).collect();
            assert!(
                under.starts_with(&what[..what.len().min(9)]),
                "{line}\n{carets}"
            );
            (line.starts_with(CUT), line.ends_with(CUT))
        };
        assert_eq!(around(10, "x", 20), (false, false));
        assert_eq!(around(10, "x", 400), (false, true));
        assert_eq!(around(400, "x", 400), (true, true));
        assert_eq!(around(400, "x", 3), (true, false));
        assert_eq!(around(400, &"x".repeat(300), 3), (true, true));
        assert_eq!(around(WIDE * 2 / 3 - 1, "x", WIDE), (false, true));
    }

    #[test]
    fn what_is_wide_is_not_cut_in_two() {
        let source = format!("\t{}x{}", "\u{4e2d}".repeat(200), "\t".repeat(200));
        let at = source.find('x').unwrap();
        let (line, carets) = show(&source, Some(&(at..at + 1)));
        let width = |text: &str| text.chars().filter_map(|c| c.width()).sum::<usize>();
        let before = &line[..line.find('x').unwrap()];
        assert_eq!(width(before), carets.unwrap().len() - 1);
        assert_eq!(width(&line), WIDE);
    }

    #[test]
    fn a_caret_may_stand_behind_a_line_that_is_cut() {
        let source = "a".repeat(500);
        let (line, carets) = show(&source, Some(&(500..500)));
        assert!(line.starts_with(CUT) && line.ends_with('a'), "{line}");
        assert_eq!(carets.unwrap().len(), line.chars().count() + 1);
        assert_eq!(show(&source, None).0.chars().count(), WIDE);
    }
}
