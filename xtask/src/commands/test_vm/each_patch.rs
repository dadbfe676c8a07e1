// SPDX-License-Identifier: GPL-2.0-only
//! `test-vm --each-patch`: every patch of the series has to build without
//! warnings and to pass the suite with only those before it.

use std::time::Instant;

use anyhow::Result;

use crate::context::Cx;
use crate::deep;
use crate::report::trial::{Trial, Trials};
use crate::stop::{Exit, Stop};
use crate::suite::Suite;
use crate::tree::Tree;
use crate::tree::step::{self, Step};

use super::{evidence, fine};

/// Tries each patch in turn, from the `first` on, which counts from 1; the first
/// bad one is the last one tried.
///
/// # Errors
/// A series that is shorter, a guest that does not come up, git.
pub(super) fn run(cx: &Cx, suite: &Suite, tree: &Tree, first: u32) -> Result<(Exit, Vec<Trial>)> {
    let commits = step::commits(tree)?;
    let before = first as usize - 1;
    if before >= commits.len() {
        return Err(Stop::environment(format!(
            "there is no patch {first}: the series has {}",
            commits.len()
        ))
        .into());
    }
    let step = Step::of(cx, tree)?;
    let out = |line: &str| cx.ui.result(line);
    let mut trials = Trials::new(commits.len() - before, &out);
    for (index, commit) in commits.iter().enumerate().skip(before) {
        let name = format!("{:04} {}", index + 1, commit.subject);
        cx.ui.stage("patch", &name);
        let at = step.at(&commit.id)?;
        let start = Instant::now();
        let warnings = deep::warnings(cx, &at, &commit.id, suite.toolchain()?)?;
        let built = if warnings.is_empty() {
            suite.build(&at).map_err(|error| format!("{error:#}"))
        } else {
            Err(warnings.join("\n"))
        };
        let build_s = start.elapsed().as_secs_f64();
        let trial = match built {
            Err(detail) => Trial {
                name,
                ok: false,
                verdict: "does not build without warnings".into(),
                detail,
                build_s,
                run_s: 0.0,
            },
            Ok(built) => {
                let start = Instant::now();
                let units = suite.units(&format!("patch-{:04}", index + 1), &built, |_| true)?;
                let runs = suite.execute(units, |_| {})?;
                let ok = runs.iter().all(fine);
                Trial {
                    name,
                    ok,
                    verdict: if ok { "passes" } else { "FAILS" }.into(),
                    detail: evidence(&runs),
                    build_s,
                    run_s: start.elapsed().as_secs_f64(),
                }
            }
        };
        let ok = trial.ok;
        trials.push(trial);
        if !ok {
            break;
        }
    }
    cx.ui.note(&trials.table("patch"));
    if let Some(bad) = trials.list.iter().find(|trial| !trial.ok) {
        cx.ui.note(&format!("the first bad patch: {}", bad.name));
    }
    let exit = if trials.all_ok() {
        Exit::Passed
    } else {
        Exit::Failed
    };
    Ok((exit, trials.list))
}
