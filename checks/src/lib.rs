// SPDX-License-Identifier: GPL-2.0-only
//! Judges kernel patches and sources as a reviewer would, before one has to.
//!
//! Text and a small context enter, diagnostics leave; there is no input, no
//! output and no unsafe code here. A rule is a file below `rules/`: what it
//! does, why, its check and its cases. What the rules look at (sanitised views,
//! statements, the values of operators, learnt types) is built once per file.
//!
//! The kernel's checkpatch.pl is the reference for what a type means; where the
//! two differ stands in `DEVIATIONS.md`.
#![forbid(unsafe_code)]

mod camelcase;
mod context;
mod diagnostic;
mod kernel_doc;
mod lang;
mod learn;
mod lines;
mod lists;
mod macros;
mod mail;
mod operators;
mod options;
mod permissions;
mod process;
mod re;
mod rule;
mod rules;
mod sanitise;
mod series;
mod statement;
mod text;
mod values;
mod world;

pub use camelcase::words as camelcase_words;
pub use diagnostic::{Certainty, Diagnostic, Level};
pub use kernel_doc::{Fault as KernelDocFault, Kind as KernelDocKind, faults as kernel_doc_faults};
pub use lists::{const_structs, misspellings, obsolete};
pub use options::{Input, Kind, Options};
pub use process::check;
pub use rule::Rule;
pub use rules::ALL as RULES;
pub use series::{check_series, group_series};
pub use world::{Commit, Nowhere, World};

/// The lines of an input in the views that rules have: raw, sanitised, and
/// sanitised with comments as blanks.
#[must_use]
pub fn views(input: &Input<'_>) -> Vec<[Vec<u8>; 3]> {
    let store = lines::Store::new(input, true);
    let lines = store.lines();
    (1..=lines.len())
        .filter_map(|number| {
            let views = [
                lines.raw(number)?,
                lines.clean(number)?,
                lines.plain(number)?,
            ];
            Some(views.map(|view| view.bytes.to_vec()))
        })
        .collect()
}

/// The rule of a name, in any case.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.name.eq_ignore_ascii_case(name))
}

/// All rules as a page: `RULES.md`.
#[must_use]
pub fn rules_page() -> String {
    let mut page = String::from(
        "# The rules\n\n\
         Made by `cargo xtask check --list --markdown`. `cargo xtask check --explain TYPE`\n\
         says more of each.\n\n\
         | type | level | certainty | what it does |\n|---|---|---|---|\n",
    );
    for rule in RULES {
        let levels: Vec<String> = rule.levels.iter().map(Level::to_string).collect();
        page.push_str(&format!(
            "| {} | {} | {} | {} |\n",
            rule.name,
            levels.join("/").to_lowercase(),
            rule.certainty,
            rule.section("What it does").replace('|', "\\|"),
        ));
    }
    page
}
