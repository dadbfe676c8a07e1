// SPDX-License-Identifier: GPL-2.0-only
//! `test-vm --mutants`: the series, or kmod-rust on top of it, with a fault in it
//! has to fail the suite.

use std::time::Instant;

use anyhow::Result;

use crate::context::Cx;
use crate::report::Run;
use crate::report::trial::{Trial, Trials};
use crate::series::Series;
use crate::series::mutant::{self, Mutant};
use crate::stop::{Exit, Stop};
use crate::suite::Suite;
use crate::tree::step::{self, Step};
use crate::tree::{Tree, Variant};

use super::{evidence, fine};

/// Tries the mutants whose names match, after the series without a fault.
///
/// # Errors
/// A mutant that does not apply or build, a series that fails by itself, a
/// guest that does not come up.
pub(super) fn run(
    cx: &Cx,
    suite: &Suite,
    series: &Series,
    tree: &Tree,
    wanted: Option<&regex::Regex>,
) -> Result<(Exit, Vec<Trial>)> {
    let mutants = chosen(cx, series, tree.variant, wanted)?;
    let commits = step::commits(tree)?;
    let head = commits
        .last()
        .map_or(tree.base.as_str(), |commit| commit.id.as_str());
    let step = Step::of(cx, tree)?;
    sound(cx, suite, &step.at(head)?)?;
    let out = |line: &str| cx.ui.result(line);
    let mut trials = Trials::new(mutants.len(), &out);
    for mutant in &mutants {
        cx.ui
            .stage("mutant", &format!("{}: {}", mutant.name, mutant.about));
        step.at(head)?;
        let mutated = step.with(&mutant.path).map_err(|error| {
            Stop::infrastructure(format!(
                "{} does not apply to the variant {}: {error:#}",
                mutant.path.display(),
                tree.variant.name()
            ))
        })?;
        trials.push(try_one(suite, mutant, &mutated)?);
    }
    step.at(head)?;
    cx.ui.note(&trials.table("mutant"));
    let exit = if trials.all_ok() {
        Exit::Passed
    } else {
        Exit::Failed
    };
    Ok((exit, trials.list))
}

/// The mutants of a variant whose names match: the series' that are faults in
/// it, and kmod-rust's where that is switched on.
fn chosen(
    cx: &Cx,
    series: &Series,
    variant: Variant,
    wanted: Option<&regex::Regex>,
) -> Result<Vec<Mutant>> {
    let mut dirs = vec![series.dir.join("mutants")];
    if variant == Variant::Rust {
        dirs.push(cx.paths.kmod_rust().join("mutants"));
    }
    let mut mutants = Vec::new();
    for dir in &dirs {
        mutants.extend(mutant::of_folder(dir)?.into_iter().filter(|mutant| {
            mutant.only.is_none_or(|only| only == variant)
                && wanted.is_none_or(|wanted| wanted.is_match(&mutant.name))
        }));
    }
    if mutants.is_empty() {
        let dirs: Vec<_> = dirs.iter().map(|dir| dir.display().to_string()).collect();
        let name = variant.name();
        let fault = format!("no mutant of {name} to try in {}", dirs.join(" and "));
        return Err(Stop::environment(fault).into());
    }
    Ok(mutants)
}

/// Without a fault the suite has to pass: else the verdicts mean nothing.
fn sound(cx: &Cx, suite: &Suite, tree: &Tree) -> Result<()> {
    cx.ui.stage("mutant", "none: the tree as it is has to pass");
    let built = suite.build(tree)?;
    let runs = suite.execute(suite.units("sound", &built, |_| true)?, |_| {})?;
    if runs.iter().all(fine) {
        return Ok(());
    }
    Err(Stop::failed(format!(
        "the tree fails without any mutant:\n{}",
        evidence(&runs)
    ))
    .help(format!(
        "cargo xtask test-vm --variant {}",
        tree.variant.name()
    ))
    .into())
}

fn try_one(suite: &Suite, mutant: &Mutant, tree: &Tree) -> Result<Trial> {
    let start = Instant::now();
    let built = suite.build(tree)?;
    let build_s = start.elapsed().as_secs_f64();
    let start = Instant::now();
    // The scenario that should notice, and the others only if it does not.
    let mut killer = None;
    for expected in [true, false] {
        let label = format!(
            "{}-{}",
            mutant.name,
            if expected { "first" } else { "rest" }
        );
        let units = suite.units(&label, &built, |name| (name == mutant.expect) == expected)?;
        let runs = suite.execute(units, |_| {})?;
        killer = runs.iter().find_map(killed_by);
        if killer.is_some() {
            break;
        }
    }
    Ok(Trial {
        name: mutant.name.clone(),
        ok: killer.is_some(),
        detail: format!("[{}] {}", mutant.guards, mutant.about),
        verdict: killer.map_or("SURVIVED".to_owned(), |name| format!("killed by {name}")),
        build_s,
        run_s: start.elapsed().as_secs_f64(),
    })
}

/// The scenario, and the case in it, that noticed.
fn killed_by(run: &Run) -> Option<String> {
    let scenario = run
        .scenarios
        .iter()
        .find(|scenario| !scenario.status.is_fine())?;
    let case = scenario
        .subtests
        .iter()
        .find(|subtest| !subtest.status.is_fine());
    Some(match case {
        Some(case) => format!("{}/{}", scenario.name, case.name),
        None => format!("{} ({})", scenario.name, scenario.status.name()),
    })
}
