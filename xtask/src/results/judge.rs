// SPDX-License-Identifier: GPL-2.0-only
//! Whether results are good enough to send the patches that they are about.
//! Pure.

use super::{Benched, Checked, Entry, Found, Known, Tested};

/// The variant that the patches make.
const SERIES: &str = "series";

/// What it is compared with.
const STOCK: &str = "stock";

/// What is in the way, each with the command that mends it, and what is only
/// worth to know. `again` are the arguments that say which base and series.
pub fn judge(known: &Known, again: &str, blockers: &mut Vec<String>, notes: &mut Vec<String>) {
    tests(known, again, blockers, notes);
    let command = format!("cargo xtask bench{again}");
    match bench(known) {
        None => blockers.push(lacks(known, "bench", &command)),
        Some((_, benched)) => {
            if let Some(missing) = benched.report.missing.first() {
                blockers.push(format!(
                    "bench has no number for {} cells, the first is {} {} ({command})",
                    benched.report.missing.len(),
                    missing.variant,
                    missing.cell
                ));
            }
        }
    }
    let command = format!("cargo xtask check --deep{again}");
    match check(known) {
        None => blockers.push(lacks(known, "check", &command)),
        Some((_, checked)) => {
            for (tool, count) in checked.tools.iter().filter(|(_, count)| *count > 0) {
                blockers.push(format!("{tool}: {count} findings ({command})"));
            }
        }
    }
}

/// The last run of all scenarios.
pub fn test<'a>(known: &'a Known, profile: &str) -> Option<(&'a Entry, &'a Tested)> {
    let runs = known.entries.iter().rev();
    let mut runs = runs.filter_map(|entry| match &entry.found {
        Found::TestVm(tested) => Some((entry, tested)),
        _ => None,
    });
    runs.find(|(_, tested)| tested.full && has(tested, profile))
}

/// The last benchmark of everything, with and without the patches.
pub fn bench(known: &Known) -> Option<(&Entry, &Benched)> {
    known
        .entries
        .iter()
        .rev()
        .find_map(|entry| match &entry.found {
            Found::Bench(benched) if benched.full && compares(benched) => Some((entry, benched)),
            _ => None,
        })
}

/// The last check.
pub fn check(known: &Known) -> Option<(&Entry, &Checked)> {
    known
        .entries
        .iter()
        .rev()
        .find_map(|entry| match &entry.found {
            Found::Check(checked) => Some((entry, checked)),
            _ => None,
        })
}

fn compares(benched: &Benched) -> bool {
    let has = |variant| {
        let mut cells = benched.report.cells.iter();
        cells.any(|cell| cell.variant == variant)
    };
    has(SERIES) && has(STOCK)
}

fn has(tested: &Tested, profile: &str) -> bool {
    let mut runs = tested.runs.iter();
    runs.any(|run| run.variant == SERIES && run.profile == profile)
}

fn tests(known: &Known, again: &str, blockers: &mut Vec<String>, notes: &mut Vec<String>) {
    for (profile, option) in [("release", ""), ("debug", " --profile debug")] {
        let command = format!("cargo xtask test-vm{option}{again}");
        let full = test(known, profile).map(|(entry, _)| entry.time.as_str());
        match full {
            Some(_) => {}
            None if profile == "release" => blockers.push(lacks(known, "test-vm", &command)),
            None => notes.push(format!(
                "the debug kernel was not tested with exactly these patches ({command})"
            )),
        }
        // A failure counts until everything has passed again, also in a run
        // of some scenarios.
        let since = full.unwrap_or_default();
        let mut bad: Vec<String> = Vec::new();
        for entry in known.entries.iter().filter(|entry| *entry.time >= *since) {
            let Found::TestVm(tested) = &entry.found else {
                continue;
            };
            let runs = tested.runs.iter().filter(|run| run.profile == profile);
            // The stock kernel's failures are not of these patches.
            let scenes = runs
                .filter(|run| run.variant != STOCK)
                .flat_map(|run| run.scenarios.iter().map(move |scene| (run, scene)));
            for (run, scene) in scenes.filter(|(_, scene)| !scene.status.is_fine()) {
                let line = format!("{} {} {}", run.variant, scene.name, scene.status.name());
                if !bad.contains(&line) {
                    bad.push(line);
                }
            }
        }
        if let Some(first) = bad.first() {
            let others = match bad.len() - 1 {
                0 => String::new(),
                others => format!(" and {others} more"),
            };
            blockers.push(format!("test-vm: {first}{others} ({command})"));
        }
    }
}

fn lacks(known: &Known, kind: &str, command: &str) -> String {
    let then = match known.stale.get(kind) {
        Some((day, differs)) => format!("; that of {day} is of {differs}"),
        None => String::new(),
    };
    format!("no {kind} result for exactly these patches{then} ({command})")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::report::bench::tests::report;
    use crate::results::tests::entry;
    use crate::results::{Ran, Scene};
    use crate::scenario::Status;

    pub(crate) fn tested(full: bool, profile: &str, status: Status) -> Entry {
        let ran = |variant: &str, status| Ran {
            variant: variant.into(),
            profile: profile.into(),
            machine: "q35-vtd".into(),
            accel: "tcg".into(),
            scenarios: vec![Scene {
                name: "races".into(),
                status,
                passed: 6,
                skipped: 1,
                cases: 7,
            }],
        };
        entry(Found::TestVm(Tested {
            full,
            runs: vec![ran(STOCK, Status::Fail), ran(SERIES, status)],
        }))
    }

    pub(crate) fn benched(full: bool) -> Entry {
        entry(Found::Bench(Benched {
            full,
            report: Box::new(report()),
        }))
    }

    pub(crate) fn checked(count: usize) -> Entry {
        entry(Found::Check(Checked {
            tools: vec![("make W=1".into(), 0), ("make coccicheck".into(), count)],
        }))
    }

    pub(crate) fn known(entries: Vec<Entry>) -> Known {
        Known {
            entries,
            stale: BTreeMap::new(),
        }
    }

    fn blockers(entries: Vec<Entry>) -> Vec<String> {
        let mut blockers = Vec::new();
        judge(
            &known(entries),
            " --series s",
            &mut blockers,
            &mut Vec::new(),
        );
        blockers
    }

    #[test]
    fn each_kind_is_wanted_and_named_with_its_command() {
        let all = blockers(Vec::new());
        assert_eq!(all.len(), 3, "{all:?}");
        for (line, command) in all.iter().zip(["test-vm", "bench", "check --deep"]) {
            let command = format!("(cargo xtask {command} --series s)");
            assert!(
                line.contains("exactly these patches") && line.contains(&command),
                "{line}"
            );
        }
        let good = vec![
            tested(true, "release", Status::Pass),
            benched(true),
            checked(0),
        ];
        assert_eq!(blockers(good), Vec::<String>::new());
    }

    #[test]
    fn a_part_is_not_the_whole() {
        let part = vec![
            tested(false, "release", Status::Pass),
            tested(true, "debug", Status::Pass),
            benched(false),
            checked(0),
        ];
        let found = blockers(part);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("no test-vm result") && found[1].contains("no bench result"));
        // Without the stock kernel there is nothing to compare with.
        let mut alone = benched(true);
        let Found::Bench(benched) = &mut alone.found else {
            unreachable!()
        };
        benched.report.cells.retain(|cell| cell.variant == SERIES);
        assert!(bench(&known(vec![alone])).is_none());
    }

    #[test]
    fn a_failure_counts_until_everything_passes() {
        let rest = || vec![benched(true), checked(0)];
        for failing in [
            vec![tested(true, "release", Status::Crash)],
            vec![
                tested(true, "release", Status::Pass),
                tested(false, "release", Status::Fail),
            ],
            vec![
                tested(true, "release", Status::Pass),
                tested(false, "debug", Status::Timeout),
            ],
        ] {
            let found = blockers([failing, rest()].concat());
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains("series races"), "{found:?}");
        }
        let mended = vec![
            tested(false, "release", Status::Fail),
            tested(true, "release", Status::Pass),
        ];
        assert_eq!(blockers([mended, rest()].concat()), Vec::<String>::new());
    }

    #[test]
    fn findings_and_missing_numbers_are_in_the_way() {
        let mut bench = benched(true);
        let Found::Bench(benched) = &mut bench.found else {
            unreachable!()
        };
        benched.report.missing.push(crate::bench::samples::Missing {
            variant: "series".into(),
            cell: "type1 4k 1 MiB map".into(),
            reason: "x".into(),
        });
        let found = blockers(vec![
            tested(true, "release", Status::Pass),
            bench,
            checked(2),
        ]);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].contains("series type1 4k") && found[1].contains("coccicheck: 2"));
    }

    #[test]
    fn what_is_known_of_other_patches_is_said() {
        let mut known = known(Vec::new());
        known.stale.insert(
            "bench".into(),
            ("2026-01-01".into(), "patches before 3 was changed".into()),
        );
        let mut blockers = Vec::new();
        judge(&known, "", &mut blockers, &mut Vec::new());
        assert!(
            blockers[1].contains("that of 2026-01-01 is of patches before 3"),
            "{blockers:?}"
        );
    }
}
