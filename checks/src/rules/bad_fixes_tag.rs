// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds a Fixes: tag that is not of the form `Fixes: <12 digits or more>
//! ("subject")`, or whose subject is not the commit's.
//! # Why
//! Scripts follow the tag to decide where a fix has to go.
//! # Example
//! ```text
//! Fixes: commit 1234567 (misc: add a)
//! ```
//! # Instead
//! ```text
//! Fixes: 123456789012 ("misc: add a")
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Describe your changes".

use crate::context::Cx;
use crate::re::re;
use crate::rule::{Case, rule};
use crate::text;
use crate::world::Commit;

rule! {
    "bad_fixes_tag.rs" BAD_FIXES_TAG, [Warning], Sure,
    { Log: check },
    fires: [Case::Message("x\n\nFixes: 1234567 (\"misc: add a\")\n"), Case::Message("x\n\nfixes: 123456789012 (\"misc: add a\")\n")],
    silent: [Case::Message("x\n\nFixes: 123456789012 (\"misc: add a\")\n")],
}

fn check(cx: &mut Cx<'_>) {
    if cx.head.in_header {
        return;
    }
    let tag = re!(
        r"^\s*(fixes:?)\s*(?:commit\s*)?([0-9a-f]{5,40})(?:\s*($BalancedParens))?",
        "i"
    );
    let Some(caps) = tag.caps(&cx.lang, cx.line) else {
        return;
    };
    cx.head.fixes = true;
    let mut title: &[u8] = b"commit title";
    let mut quoted = false;
    if let Some(text) = caps.get(3) {
        title = &text[1..text.len() - 1];
        if title.len() >= 2 && title.starts_with(b"\"") && title.ends_with(b"\"") {
            title = &title[1..title.len() - 1];
            quoted = true;
        }
    }
    let id = caps.s(2);
    let known = match cx.world.commit(&text::show(id)) {
        Commit::Unknown => return,
        Commit::Known(_, subject) => subject.as_bytes() == title,
        Commit::Unasked | Commit::Ambiguous => true,
    };
    let form = re!(r"^fixes:? [0-9a-f]{5,40} ($BalancedParens)", "i").is(&cx.lang, cx.line);
    let fine = known
        && caps.s(1) == b"Fixes:"
        && form
        && id.len() >= 12
        && !id.iter().any(u8::is_ascii_uppercase)
        && quoted;
    if !fine {
        cx.on(&caps, 0);
        cx.warn("the form is: Fixes: <12 digits or more> (\"<subject of that commit>\")");
    }
}
