// SPDX-License-Identifier: GPL-2.0-only
//! # What it does
//! Finds mails with recipients that do not go to a maintainer whom MAINTAINERS
//! names for the patch.
//! # Why
//! Who has to take a patch has to see it.
//! # Example
//! ```text
//! To: linux-kernel@vger.kernel.org
//! ```
//! # Instead
//! ```text
//! The addresses that scripts/get_maintainer.pl prints for the patch.
//! ```
//! # Source
//! Documentation/process/submitting-patches.rst, "Select the recipients for
//! your patch".

use std::collections::HashSet;

use super::letter::{Letter, addresses};
use super::{Check, Cx};
use crate::rule::{Case, rule};
use crate::text;

rule! {
    "series_no_recipient.rs" SERIES_NO_RECIPIENT, [Warning], Sure,
    series Check::Whole(check),
    fires: [Case::Series(&["[PATCH] misc: Add\nTo: some@list.example.org\n\nx\n---\n%drivers/misc/a.c\n+int a;"])],
    silent: [
        Case::Series(&["[PATCH] misc: Add\nTo: some@list.example.org\nCc: \"M. Isc\" <Misc@example.org>\n\nx\n---\n%drivers/misc/a.c\n+int a;"]),
        // No mail yet.
        Case::Series(&["[PATCH] misc: Add\n\nx\n---\n%drivers/misc/a.c\n+int a;"]),
        Case::Series(&["[PATCH] misc: Add\nTo: some@list.example.org\n\nx\n---\n%mm/a.c\n+int a;"]),
    ],
}

/// So many are named.
const SHOWN: usize = 4;

fn check(cx: &mut Cx<'_>) {
    let mut found = Vec::new();
    for (index, letter) in cx.patches() {
        let told = recipients(letter);
        if told.is_empty() {
            continue;
        }
        let patch: Vec<String> = letter.lines.iter().map(|line| text::show(line)).collect();
        let Some(wanted) = cx.world.maintainers(&(patch.join("\n") + "\n")) else {
            return;
        };
        let missing: Vec<String> = wanted
            .into_iter()
            .filter(|person| !addresses(person).iter().any(|it| told.contains(it)))
            .collect();
        if !missing.is_empty() {
            found.push((index, missing));
        }
    }
    for (index, missing) in found {
        let more = match missing.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let first = missing
            .into_iter()
            .take(SHOWN)
            .collect::<Vec<_>>()
            .join(", ");
        cx.warn(cx.subject(index), format!("does not go to {first}{more}"));
    }
}

/// Who gets the mail, or sent it.
fn recipients(letter: &Letter<'_>) -> HashSet<String> {
    let named = |names: &[&str]| -> HashSet<String> {
        names
            .iter()
            .flat_map(|name| letter.headers(name))
            .flat_map(addresses)
            .collect()
    };
    let mut found = named(&["To", "Cc"]);
    if !found.is_empty() {
        found.extend(named(&["From", "Sender", "Reply-To"]));
    }
    found
}
