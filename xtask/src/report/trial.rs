// SPDX-License-Identifier: GPL-2.0-only
//! Verdicts about states of a series, one after the other: its patches, or its
//! mutants. A KTAP test each, live, and a table in the end.

use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use serde::Serialize;

use super::ktap;

/// The verdict about one state.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// Which state.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// In a word or two.
    pub verdict: String,
    /// The evidence, in lines.
    pub detail: String,
    /// Seconds for the build.
    pub build_s: f64,
    /// Seconds in VMs.
    pub run_s: f64,
}

/// Verdicts as they come in.
pub struct Trials<'a> {
    out: &'a dyn Fn(&str),
    /// Those so far.
    pub list: Vec<Trial>,
}

impl<'a> Trials<'a> {
    /// Announces `count` trials.
    pub fn new(count: usize, out: &'a dyn Fn(&str)) -> Self {
        out("KTAP version 1");
        out(&format!("1..{count}"));
        Self {
            out,
            list: Vec::new(),
        }
    }

    /// Reports a trial.
    pub fn push(&mut self, trial: Trial) {
        for line in trial.detail.lines() {
            (self.out)(&format!("# {}", ktap::clean(line)));
        }
        (self.out)(&format!(
            "{} {} {} # {}",
            if trial.ok { "ok" } else { "not ok" },
            self.list.len() + 1,
            ktap::clean(&trial.name),
            ktap::clean(&trial.verdict),
        ));
        self.list.push(trial);
    }

    /// Whether all are as they should be.
    pub fn all_ok(&self) -> bool {
        self.list.iter().all(|trial| trial.ok)
    }

    /// The table; `what` heads its first column.
    pub fn table(&self, what: &str) -> String {
        let mut table = Table::new();
        table.load_style(UTF8_HORIZONTAL_ONLY);
        table.set_header([what, "verdict", "build", "run"]);
        for trial in &self.list {
            table.add_row([
                ktap::clean(&trial.name),
                ktap::clean(&trial.verdict),
                format!("{:.1} s", trial.build_s),
                format!("{:.1} s", trial.run_s),
            ]);
        }
        table.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn trial(name: &str, ok: bool) -> Trial {
        Trial {
            name: name.into(),
            ok,
            verdict: if ok { "killed" } else { "SURVIVED" }.into(),
            detail: if ok {
                String::new()
            } else {
                "why\nelse".into()
            },
            build_s: 1.0,
            run_s: 2.5,
        }
    }

    #[test]
    fn a_trial_is_a_test_with_its_evidence_before_it() {
        let lines = RefCell::new(Vec::new());
        let out = |line: &str| lines.borrow_mut().push(line.to_owned());
        let mut trials = Trials::new(2, &out);
        trials.push(trial("a", true));
        assert!(trials.all_ok());
        trials.push(trial("b", false));
        assert!(!trials.all_ok());
        assert_eq!(
            *lines.borrow(),
            [
                "KTAP version 1",
                "1..2",
                "ok 1 a # killed",
                "# why",
                "# else",
                "not ok 2 b # SURVIVED"
            ]
        );
        assert!(trials.table("mutant").contains("2.5 s"));
    }
}
