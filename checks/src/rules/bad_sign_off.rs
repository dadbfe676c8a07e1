// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds tags such as Signed-off-by: with an unusual name, form or address,
//! twice, or without the sign-off that has to follow.
//! # Why
//! Tools collect these lines and mail the people in them.
//! # Example
//! ```text
//! signed-off-by: Jane Doe <jane@example.org>
//! ```
//! # Instead
//! ```text
//! Signed-off-by: Jane Doe <jane@example.org>
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Sign your work".

use crate::context::Cx;
use crate::context::Tag;
use crate::mail::{Address, same_address};
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "bad_sign_off.rs" BAD_SIGN_OFF, [Error, Warning], Sure,
    { Tag: check },
    fires: [Case::Message("x\n\nsigned-off-by: Jane Doe <jane@example.org>\n"), Case::Message("x\n\nReviewd-by: Jane Doe <jane@example.org>\n"), Case::Message("x\n\nAcked-by: Jane Doe\n"), Case::Message("x\n\nCo-developed-by: A B <a@example.org>\nAcked-by: C D <c@example.org>\n"), Case::Message("x\n\nAcked-by: A B <a@example.org>\nAcked-by: A B <a@example.org>\n")],
    silent: [Case::Message("x\n\nAcked-by: A B <a@example.org>\n"), Case::Message("x\n\nAssisted-by: some tool\n")],
}

fn check(cx: &mut Cx<'_>) {
    let Some(tag) = cx.tag else { return };
    name(cx, &tag);
    if tag.name.eq_ignore_ascii_case(b"assisted-by:") {
        if text::is_blank(tag.value) {
            cx.at(tag.on_name());
            cx.warn("Assisted-by: says nothing");
        }
        return;
    }
    address(cx, &tag);
    duplicate(cx);
    if tag.name.eq_ignore_ascii_case(b"co-developed-by:") {
        co_developer(cx, &tag);
    }
}

fn name(cx: &mut Cx<'_>, tag: &Tag<'_>) {
    let usual = usual(tag.name);
    let name = text::show(tag.name);
    if !re!("$SignatureTags").is(&cx.lang, tag.name) {
        cx.at(tag.on_name());
        match standard(tag.name) {
            Some(near) => cx.warn(format!("'{name}' is not a tag: perhaps '{near}'")),
            None => cx.warn(format!("'{name}' is not a tag")),
        }
    }
    if !tag.before.is_empty() {
        cx.at(0..tag.before.len());
        cx.warn(format!("no blanks before {usual}"));
    }
    if re!("-by:$", "i").is(&cx.lang, tag.name) && name != usual {
        cx.at(tag.on_name());
        cx.warn(format!("the usual form is '{usual}'"));
    }
    if tag.after != b" " {
        cx.at(tag.on_name().end..tag.on_value().start);
        cx.warn(format!("one blank after {usual}"));
    }
}

/// Small letters with a capital in front.
fn usual(name: &[u8]) -> String {
    let mut name = name.to_ascii_lowercase();
    if let Some(first) = name.first_mut() {
        first.make_ascii_uppercase();
    }
    text::show(&name)
}

fn address(cx: &mut Cx<'_>, tag: &Tag<'_>) {
    let value = text::show(tag.value);
    let address = Address::parse(tag.value);
    let better = address.format();
    if better.is_empty() {
        cx.at(tag.on_value());
        cx.error(format!("'{value}' is no mail address"));
        return;
    }
    if !same_address(tag.value, &better) {
        let better = text::show(&better);
        cx.at(tag.on_value());
        cx.warn(format!("'{value}' is usually written '{better}'"));
    }
    if re!(r"\([^\(\)]*\)").is(&cx.lang, &address.mail) {
        cx.at(tag.on_value());
        cx.warn("a comment within the mail address");
    }
    if re!(r"\([^\)]+\)")
        .all(&cx.lang, &address.name_comment)
        .len()
        > 1
    {
        cx.at(tag.on_value());
        cx.warn(format!("several comments in '{value}'"));
    }
    let stable = re!(r"^.*stable\@(?:vger\.)?kernel\.org", "i").is(&cx.lang, tag.value);
    if !stable
        && !address.comment.is_empty()
        && !re!(r"^(?:#.+|\(.+\))$").is(&cx.lang, &address.comment)
    {
        cx.at(tag.on_value());
        cx.warn(format!("unexpected text after the address in '{value}'"));
    }
}

fn duplicate(cx: &mut Cx<'_>) {
    let mut line = cx.line.bytes.to_ascii_lowercase();
    line.retain(|byte| !byte.is_ascii_whitespace() && *byte != 0x0b);
    if !cx.head.signatures.insert(line) {
        cx.on_line().warn("the same tag twice");
    }
}

fn co_developer(cx: &mut Cx<'_>, tag: &Tag<'_>) {
    if tag.value == cx.head.author {
        cx.at(tag.on_value());
        cx.warn("the author is no co-developer");
    }
    let next = cx.lines.raw(cx.n + 1);
    let caps = next.and_then(|line| re!(r"^signed-off-by:\s*(.*)", "i").caps(&cx.lang, line));
    match caps {
        None => cx
            .at(tag.on_name())
            .warn("Co-developed-by: needs a Signed-off-by: right after it"),
        Some(caps) if caps.s(1) != tag.value => {
            cx.at(tag.on_value());
            cx.warn("Co-developed-by: and the Signed-off-by: after it name different people");
        }
        Some(_) => {}
    }
}

/// The tag that a name is at most two letters away from.
fn standard(name: &[u8]) -> Option<&'static str> {
    [
        "Signed-off-by:",
        "Co-developed-by:",
        "Acked-by:",
        "Tested-by:",
        "Reviewed-by:",
        "Reported-by:",
        "Suggested-by:",
    ]
    .into_iter()
    .find(|known| distance(name, known.as_bytes()) <= 2)
}

fn distance(one: &[u8], other: &[u8]) -> usize {
    let letters = |text: &[u8]| -> Vec<u8> {
        let text = text.to_ascii_lowercase();
        text.into_iter().filter(|byte| *byte != b'-').collect()
    };
    let (one, other) = (letters(one), letters(other));
    if one.len().abs_diff(other.len()) > 2 {
        return 3;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, a) in one.iter().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, b) in other.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if a == b {
                corner
            } else {
                1 + above.min(row[j]).min(corner)
            };
            corner = above;
        }
    }
    row[other.len()]
}
