// SPDX-License-Identifier: GPL-2.0-only
//! Series → Checked. In: patches, mails or sources. Out: what the rules of
//! `checks/` have to say, one list per input, in the order of the inputs.

pub mod format;
pub mod input;
pub mod parity;
pub mod world;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::Result;
use checks::{Diagnostic, Input, Options, World};

use crate::interrupt;
use input::Text;

/// What one input got.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Name of the input, as the user gave it.
    pub name: String,
    /// The findings, in the order of the lines.
    pub diagnostics: Vec<Diagnostic>,
}

/// Checks all inputs on all processors and hands over the results in order.
///
/// # Errors
/// An input that cannot be read.
pub fn check<W: World + Sync>(
    inputs: &[input::Source],
    options: &Options,
    world: &W,
    mut each: impl FnMut(Checked),
) -> Result<()> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(inputs.len()) {
            let sender = sender.clone();
            let next = &next;
            scope.spawn(move || {
                while !interrupt::requested() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(source) = inputs.get(index) else {
                        break;
                    };
                    let result = source.read().map(|text| one(source, &text, options, world));
                    // Nobody listens after a failure.
                    if sender.send((index, result)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut due = 0;
        for (index, result) in receiver {
            early.insert(index, result?);
            while let Some(checked) = early.remove(&due) {
                each(checked);
                due += 1;
            }
        }
        Ok(interrupt::check()?)
    })
}

fn one(source: &input::Source, text: &Text, options: &Options, world: &dyn World) -> Checked {
    let mut diagnostics = Vec::new();
    for part in &text.parts {
        let input = Input {
            name: &source.path_in_tree,
            text: &text.bytes[part.range.clone()],
            kind: source.kind,
        };
        let found = checks::check(&input, options, world);
        diagnostics.extend(found.into_iter().map(|mut diagnostic| {
            diagnostic.line += part.lines_before;
            diagnostic
        }));
    }
    Checked {
        name: source.name.clone(),
        diagnostics,
    }
}
