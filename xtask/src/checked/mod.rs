// SPDX-License-Identifier: GPL-2.0-only
//! Series → Checked. In: patches, mails or sources. Out: what the rules of
//! `checks/` have to say, one list per input, in the order of the inputs.

pub mod caret;
pub mod codespell;
pub mod fix;
pub mod format;
pub mod guard;
pub mod input;
pub mod judge;
mod mail;
pub mod parity;
pub mod revision;
pub mod sarif;
mod seed;
pub mod whole;
pub mod world;

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use anyhow::Result;
use checks::{Diagnostic, Input, Kind, Options, World};

use crate::context::Cx;
use crate::interrupt;
use crate::series::Series;
use crate::source::Source as Base;
use input::Text;
use judge::{Allowed, Judge};
use whole::Mail;
use world::Kernel;

/// What one input got.
#[derive(Clone, Debug)]
pub struct Checked {
    /// Name of the input, as the user gave it.
    pub name: String,
    /// The findings, in the order of the lines.
    pub diagnostics: Vec<Diagnostic>,
    /// Findings that somebody allowed.
    pub allowed: Vec<Allowed>,
}

/// Checks all inputs on all processors and hands over the results in order,
/// until whoever takes them has enough.
///
/// # Errors
/// An input that cannot be read.
pub fn check<W: World + Sync>(
    inputs: &[input::Source],
    options: &Options,
    world: &W,
    judge: &Judge,
    mut each: impl FnMut(Checked) -> ControlFlow<()>,
) -> Result<()> {
    run(inputs, options, world, judge, |checked, _| each(checked))
}

/// The same, and then what there is to say of the patches as a series.
///
/// # Errors
/// An input that cannot be read.
pub fn check_whole<W: World + Sync>(
    inputs: &[input::Source],
    cover: Option<Mail>,
    options: &Options,
    world: &W,
    judge: &Judge,
    mut each: impl FnMut(Checked) -> ControlFlow<()>,
) -> Result<()> {
    let mut mails = Vec::from_iter(cover);
    let mut flow = ControlFlow::Continue(());
    run(inputs, options, world, judge, |checked, text| {
        if let Some(text) = text {
            mails.extend(whole::mails(&checked.name, &text));
        }
        flow = each(checked);
        flow
    })?;
    if flow.is_break() {
        return Ok(());
    }
    for checked in whole::check(&mails, options, world, judge) {
        if each(checked).is_break() {
            break;
        }
    }
    Ok(())
}

/// Hands over what one input got, and the text if it is a patch.
fn run<W: World + Sync>(
    inputs: &[input::Source],
    options: &Options,
    world: &W,
    judge: &Judge,
    mut each: impl FnMut(Checked, Option<Text>) -> ControlFlow<()>,
) -> Result<()> {
    let look = |source: &input::Source| {
        source.read().map(|text| {
            let checked = one(source, &text, options, world, judge);
            (checked, (source.kind == Kind::Patch).then_some(text))
        })
    };
    // A thread takes longer to start than most patches to check.
    if let [source] = inputs {
        let (checked, text) = look(source)?;
        let _ = each(checked, text);
        return Ok(interrupt::check()?);
    }
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let (sender, receiver) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..threads.min(inputs.len()) {
            let sender = sender.clone();
            let (next, look) = (&next, &look);
            scope.spawn(move || {
                while !interrupt::requested() {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(source) = inputs.get(index) else {
                        break;
                    };
                    // Nobody listens after a failure.
                    if sender.send((index, look(source))).is_err() {
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
            while let Some((checked, text)) = early.remove(&due) {
                // The others find out when they have something to send.
                if each(checked, text).is_break() {
                    return Ok(());
                }
                due += 1;
            }
        }
        Ok(interrupt::check()?)
    })
}

/// What the rules find in the patch files of a series, before somebody signs
/// them off.
///
/// # Errors
/// A patch file or `checks.toml` that cannot be read.
pub fn series(cx: &Cx, series: &Series, base: &Base) -> Result<Vec<(String, Diagnostic)>> {
    let inputs: Vec<input::Source> = series
        .patches
        .iter()
        .map(|path| input::Source::patch(path))
        .collect();
    let judge = Judge::read(&cx.paths.patches().join("checks.toml"))?;
    let options = Options {
        sign_off: false,
        ..Options::default()
    };
    let mut found = Vec::new();
    check_whole(
        &inputs,
        whole::cover(series)?,
        &options,
        &Kernel::commit(base)?,
        &judge,
        |checked| {
            let name = Path::new(&checked.name).file_name().unwrap_or_default();
            let name = name.to_string_lossy();
            let list = checked.diagnostics.into_iter();
            found
                .extend(list.map(|diagnostic| (format!("{name}:{}", diagnostic.line), diagnostic)));
            ControlFlow::Continue(())
        },
    )?;
    Ok(found)
}

fn one(
    source: &input::Source,
    text: &Text,
    options: &Options,
    world: &dyn World,
    judge: &Judge,
) -> Checked {
    let mut checked = Checked {
        name: source.name.clone(),
        diagnostics: Vec::new(),
        allowed: Vec::new(),
    };
    for part in &text.parts {
        let input = Input {
            name: &source.path_in_tree,
            text: &text.bytes[part.range.clone()],
            kind: source.kind,
        };
        let found = checks::check(&input, options, world);
        let (mut found, mut allowed) = judge.judge(source.kind, input.text, found, options.strict);
        for diagnostic in &mut found {
            diagnostic.line += part.lines_before;
        }
        for allowed in &mut allowed {
            allowed.diagnostic.line += part.lines_before;
        }
        checked.diagnostics.extend(found);
        checked.allowed.extend(allowed);
    }
    checked
}
