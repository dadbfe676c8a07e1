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
mod lang;
mod learn;
mod lines;
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
mod statement;
mod text;
mod values;
mod world;

pub use camelcase::words as camelcase_words;
pub use diagnostic::{Certainty, Diagnostic, Level};
pub use options::{Input, Kind, Options};
pub use process::check;
pub use rule::Rule;
pub use rules::ALL as RULES;
pub use world::{Commit, Nowhere, World};

/// The rule of a name, in any case.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .copied()
        .find(|rule| rule.name.eq_ignore_ascii_case(name))
}
