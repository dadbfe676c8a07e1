// SPDX-License-Identifier: GPL-2.0-only
//! A line with a caret under what a finding is about. In: the line and bytes of
//! it. Out: the line with tabs as blanks, so that the caret stands where it
//! should whatever is printed before both, and nothing in it that a terminal
//! obeys.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// Columns of a tab.
const TAB: usize = 8;

/// Nobody looks for a caret further to the right. Columns.
const FAR: usize = 400;

/// The line, and the line of the carets.
pub fn show(source: &str, place: Option<&Range<usize>>) -> (String, Option<String>) {
    let mut line = String::with_capacity(source.len());
    let mut column = 0;
    let (mut start, mut end) = (None, None);
    for (at, c) in source.char_indices() {
        if let Some(place) = place {
            start = start.or((at >= place.start).then_some(column));
            end = end.or((at >= place.end).then_some(column));
        }
        column += match c {
            '\t' => {
                let blanks = TAB - column % TAB;
                line.extend(std::iter::repeat_n(' ', blanks));
                blanks
            }
            c if c.is_control() => {
                line.push(char::REPLACEMENT_CHARACTER);
                1
            }
            c => {
                line.push(c);
                c.width().unwrap_or(0)
            }
        };
    }
    let carets = place.and_then(|_| {
        let start = start.unwrap_or(column);
        let width = end.unwrap_or(column).saturating_sub(start).max(1);
        (start + width <= FAR).then(|| format!("{}{}", " ".repeat(start), "^".repeat(width)))
    });
    (line, carets)
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
    fn a_terminal_obeys_nothing_and_no_caret_is_a_page_away() {
        assert_eq!(shown("\x1b[2Jx", "x"), "\u{fffd}[2Jx|\n    ^|");
        let far = format!("{}x", "\t".repeat(100));
        assert_eq!(show(&far, Some(&(100..101))).1, None);
    }
}
