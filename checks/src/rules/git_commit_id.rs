// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds commits in the message that are not given as `commit <12 digits or
//! more> ("subject")`.
//! # Why
//! A short id becomes ambiguous, and an id alone says nothing to somebody
//! without git at hand.
//! # Example
//! ```text
//! This broke in commit 1234567.
//! ```
//! # Instead
//! ```text
//! This broke in commit 123456789012 ("misc: add a").
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Describe your changes".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;
use crate::world::Commit;

rule! {
    "git_commit_id.rs" GIT_COMMIT_ID, [Error], Likely,
    { Log: check },
    fires: [Case::Message("This broke in commit 1234567.\n"), Case::Message("This broke in 123456789012345 again.\n")],
    silent: [Case::Message("This broke in commit 123456789012 (\"misc: add a\").\n")],
}

fn check(cx: &mut Cx<'_>) {
    if !is_candidate(cx) {
        return;
    }
    let lang = &cx.lang;
    let named = re!(r"(?:\bcommit\s+[0-9a-f]{5,}|\bcommit\s*$)", "i").is(lang, cx.line);
    let mut input = cx.line.bytes.to_vec();
    let mut title = None;
    if named {
        for count in 0..2 {
            let described = re!(r"\bcommit\s+[0-9a-f]{5,}\s*($BalancedParens)", "i");
            if let Some(caps) = described.caps(lang, &input) {
                let text = caps.s(1);
                title = Some(text[1..text.len() - 1].to_vec());
                break;
            }
            let Some(next) = cx.lines.raw(cx.n + 1 + count) else {
                break;
            };
            input.push(b' ');
            input.extend_from_slice(text::trim(next.bytes));
        }
    }
    let quoted = title
        .as_ref()
        .is_some_and(|title| re!("^\".*\"$").is(lang, title) && title.len() >= 2);
    let mut title = title.unwrap_or_else(|| b"commit description".to_vec());
    if quoted {
        title = title[1..title.len() - 1].to_vec();
    }
    let mut fine = quoted;
    let id;
    if let Some(caps) = re!(r"\b(c)ommit\s+([0-9a-f]{5,})\b", "i").caps(lang, &input) {
        id = caps.s(2).to_ascii_lowercase();
        fine &= re!(r"\bcommit\s+[0-9a-f]{12,40}", "i").is(lang, &input)
            && !re!(r"\bcommit\s+[0-9a-f]{41,}", "i").is(lang, &input)
            && re!(r"\bcommit [0-9a-f]", "i").is(lang, &input)
            && re!(r"\b[Cc]ommit\s+[0-9a-f]{5,40}[^A-F]").is(lang, &input);
    } else {
        let caps = re!(r"\b([0-9a-f]{12,40})\b", "i").caps(lang, &input);
        id = caps.map_or_else(Vec::new, |caps| caps.s(1).to_ascii_lowercase());
        fine = false;
    }
    let known = match cx.world.commit(&text::show(&id)) {
        Commit::Unknown => false,
        Commit::Known(_, subject) => {
            fine &= subject.as_bytes() == title;
            true
        }
        Commit::Unasked | Commit::Ambiguous => true,
    };
    if known && !fine && cx.head.last_commit_id != cx.n - 1 {
        on_id(cx);
        cx.error("a commit is given as: commit <12 digits or more> (\"<its subject>\")");
    }
    if re!(r"\bcommit\s*$", "i").is(&cx.lang, cx.line) {
        cx.head.last_commit_id = cx.n;
    }
}

/// What is reported next is at what looks like a commit.
fn on_id(cx: &mut Cx<'_>) {
    let _ = cx.sees(re!(r"\bcommit\s+[0-9a-f]{5,}\b", "i"), cx.line, 0)
        || cx.sees(re!(r"\bcommit\s*$", "i"), cx.line, 0)
        || cx.sees(
            re!(r#"(?:\s|^)([0-9a-f]{12,40})(?:[\s"'\(\[]|$)"#, "i"),
            cx.line,
            1,
        );
}

/// Whether the line seems to name a commit.
fn is_candidate(cx: &Cx<'_>) -> bool {
    let lang = &cx.lang;
    if !cx.head.in_log
        || cx.head.stack_dump
        || re!(
            r"^\s*(?:Link|Patchwork|http|https|BugLink|base-commit):",
            "i"
        )
        .is(lang, cx.line)
        || re!(r"^This reverts commit [0-9a-f]{7,40}").is(lang, cx.line)
    {
        return false;
    }
    let next = cx.lines.raw(cx.n + 1);
    re!(r"\bcommit\s+[0-9a-f]{5,}\b", "i").is(lang, cx.line)
        || (re!(r"\bcommit\s*$", "i").is(lang, cx.line)
            && next.is_some_and(|line| re!(r"^\s*[0-9a-f]{5,}\b", "i").is(lang, line)))
        || (re!(r#"(?:\s|^)[0-9a-f]{12,40}(?:[\s"'\(\[]|$)"#, "i").is(lang, cx.line)
            && !re!(r"[\<\[][0-9a-f]{12,40}[\>\]]", "i").is(lang, cx.line)
            && !re!(r"\bfixes:\s*[0-9a-f]{12,40}", "i").is(lang, cx.line))
}
