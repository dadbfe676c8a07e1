// SPDX-License-Identifier: GPL-2.0-only
//! What the boots say becomes cells with a median and a spread. Pure. A guest
//! is not trusted: it can only give what it was asked for, once a boot.

use std::collections::BTreeMap;

use guest::protocol::{Cell, Clock, Event, Op, Workload};
use serde::{Deserialize, Serialize};

use super::interval;
use super::profile::{self, Profile};

/// How far the count of the calibration loop may be off: reading the counter
/// costs some instructions.
const TOLERANCE: f64 = 0.01;

/// Symbols that are kept, in bytes: several times what a kernel has.
const MAX_SYMBOLS: usize = 16 << 20;

/// A cell of the report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Of the kernel.
    pub variant: String,
    /// What the mappings are made with.
    pub api: String,
    /// What is done with the memory.
    #[serde(default = "whole")]
    pub workload: String,
    /// What backs the memory.
    pub backing: String,
    /// Bytes.
    pub size_bytes: u64,
    /// What was done.
    pub op: String,
    /// One for each boot, in the order of the rounds.
    pub samples: Vec<u64>,
    /// Over the boots; of an even number the upper one.
    pub median: u64,
    /// Least.
    pub min: u64,
    /// Most.
    pub max: u64,
    /// The median for each page of 4 KiB.
    pub per_page: f64,
    /// Where a clock is read: the median is within these in 95 of 100 cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[u64; 2]>,
}

/// The workload of reports from before there were others.
pub(super) fn whole() -> String {
    Workload::Whole.name().to_owned()
}

impl Measured {
    /// A cell that nothing is known of yet.
    pub fn new(variant: &str, cell: &Cell, op: Op) -> Self {
        Self {
            variant: variant.to_owned(),
            api: cell.api.name().to_owned(),
            workload: cell.workload.name().to_owned(),
            backing: cell.backing.clone(),
            size_bytes: cell.size_bytes,
            op: op.name().to_owned(),
            samples: Vec::new(),
            median: 0,
            min: 0,
            max: 0,
            per_page: 0.0,
            interval: None,
        }
    }

    /// Whether both are the same cell, be it of different variants.
    pub fn same_work(&self, other: &Self) -> bool {
        self.size_bytes == other.size_bytes && self.same_series(other)
    }

    /// Whether both are the same but for their sizes and variants.
    pub fn same_series(&self, other: &Self) -> bool {
        self.series() == other.series()
    }

    fn series(&self) -> [&str; 4] {
        [&self.op, &self.api, &self.workload, &self.backing]
    }

    /// Its name without size and variant.
    pub fn series_name(&self) -> String {
        series_name(self.series())
    }

    /// Its name without the variant's.
    pub fn work(&self) -> String {
        format!("{} {}", self.series_name(), size(self.size_bytes))
    }
}

/// `map type1 partial hugetlb_2m`; mapping all of it goes without saying.
pub fn series_name([op, api, workload, backing]: [&str; 4]) -> String {
    let quiet = [Workload::Whole.name(), backing, op].contains(&workload);
    let words = [op, api, if quiet { "" } else { workload }, backing];
    words
        .into_iter()
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// A cell without a number in some boot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Of the kernel.
    pub variant: String,
    /// Which.
    pub cell: String,
    /// Why.
    pub reason: String,
}

/// A size for people.
pub fn size(bytes: u64) -> String {
    if bytes.is_multiple_of(1 << 30) {
        format!("{} GiB", bytes >> 30)
    } else if bytes.is_multiple_of(1 << 20) {
        format!("{} MiB", bytes >> 20)
    } else {
        format!("{} KiB", bytes >> 10)
    }
}

/// What one boot has told.
#[derive(Debug, Default)]
pub struct Record {
    calibration: Option<(u64, u64)>,
    compiler: Option<String>,
    symbols: String,
    blocks: String,
    functions: BTreeMap<(Cell, Op), Vec<(String, u64)>>,
    values: BTreeMap<(Cell, Op), u64>,
    refusals: BTreeMap<Cell, String>,
}

impl Record {
    /// Takes an event in.
    pub fn hear(&mut self, event: &Event, cells: &[Cell]) {
        match event {
            Event::Calibrated { expected, counted } if self.calibration.is_none() => {
                self.calibration = Some((*expected, *counted));
            }
            Event::Kernel { version } if self.compiler.is_none() => {
                self.compiler = compiler(version);
            }
            Event::Symbols { text } if self.symbols.len() < MAX_SYMBOLS => {
                self.symbols.push_str(text);
            }
            Event::Sample { cell, op, value } if cells.contains(cell) => {
                self.values.entry((cell.clone(), *op)).or_insert(*value);
            }
            Event::Functions { cell, op, dearest } if cells.contains(cell) => {
                self.functions
                    .entry((cell.clone(), *op))
                    .or_insert_with(|| dearest.clone());
            }
            Event::NoSample { cell, reason } if cells.contains(cell) => {
                self.refusals
                    .entry(cell.clone())
                    .or_insert_with(|| reason.clone());
            }
            _ => {}
        }
    }

    /// Takes in what a profiler wrote when the guest was gone.
    pub fn profiled(&mut self, blocks: String) {
        self.blocks = blocks;
    }

    /// Number of values so far.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether there is no value yet.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// What the kernel was compiled with, if it said so.
    pub fn compiler(&self) -> Option<&str> {
        self.compiler.as_deref()
    }

    /// Where the instructions went; nothing where no profiler looked.
    pub fn profiles(&self, variant: &str, cells: &[Cell]) -> Vec<Profile> {
        if self.functions.is_empty() {
            profile::profiles(variant, cells, &self.symbols, &self.blocks)
        } else {
            profile::traced(variant, &self.functions)
        }
    }

    /// Why the unit of this boot is not what it should be.
    pub fn miscalibrated(&self) -> Option<String> {
        let Some((expected, counted)) = self.calibration else {
            return Some("it did not calibrate its counter".into());
        };
        let off = (counted as f64 - expected as f64).abs() / expected.max(1) as f64;
        (off > TOLERANCE || expected == 0).then(|| {
            format!("a loop of {expected} instructions counts as {counted}: this is no instruction counter")
        })
    }
}

/// The compiler in `/proc/version`, which is the second thing in parentheses.
fn compiler(version: &str) -> Option<String> {
    let (mut depth, mut groups, mut start) = (0_u32, 0, 0);
    for (at, byte) in version.bytes().enumerate() {
        match byte {
            b'(' => {
                if depth == 0 {
                    start = at + 1;
                }
                depth += 1;
            }
            b')' => {
                depth = depth.checked_sub(1)?;
                groups += u32::from(depth == 0);
                if depth == 0 && groups == 2 {
                    let text: String = version[start..at]
                        .chars()
                        .filter(|c| !c.is_control())
                        .collect();
                    return Some(text);
                }
            }
            _ => {}
        }
    }
    None
}

/// Collects the boots of all variants, in the order of the plan.
#[derive(Debug, Default)]
pub struct Collection {
    cells: Vec<Measured>,
    missing: Vec<Missing>,
}

impl Collection {
    /// Takes one boot in; `ending` says why it may have told less than asked.
    pub fn add(&mut self, variant: &str, asked: &[Cell], record: &Record, ending: &str) {
        for cell in asked {
            for &op in cell.workload.ops() {
                match record.values.get(&(cell.clone(), op)) {
                    Some(&value) => self.sample(variant, cell, op, value),
                    None => self.lack(variant, cell, op, record, ending),
                }
            }
        }
    }

    fn sample(&mut self, variant: &str, cell: &Cell, op: Op, value: u64) {
        let mut new = Measured::new(variant, cell, op);
        match self
            .cells
            .iter_mut()
            .find(|old| old.variant == variant && old.same_work(&new))
        {
            Some(old) => old.samples.push(value),
            None => {
                new.samples.push(value);
                self.cells.push(new);
            }
        }
    }

    fn lack(&mut self, variant: &str, cell: &Cell, op: Op, record: &Record, ending: &str) {
        let missing = Missing {
            variant: variant.to_owned(),
            cell: Measured::new(variant, cell, op).work(),
            reason: record
                .refusals
                .get(cell)
                .map_or(ending, String::as_str)
                .to_owned(),
        };
        if !self.missing.contains(&missing) {
            self.missing.push(missing);
        }
    }

    /// The cells with their statistics, and those that lack a number.
    pub fn finish(mut self, clock: Clock) -> (Vec<Measured>, Vec<Missing>) {
        for cell in &mut self.cells {
            let mut sorted = cell.samples.clone();
            sorted.sort_unstable();
            cell.median = sorted[sorted.len() / 2];
            cell.min = sorted[0];
            cell.max = sorted[sorted.len() - 1];
            cell.per_page = cell.median as f64 / (cell.size_bytes as f64 / 4096.0);
            if clock == Clock::Wall {
                cell.interval = interval::of_median(&cell.samples);
            }
        }
        (self.cells, self.missing)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use guest::protocol::BenchApi;

    pub(crate) fn measured(variant: &str, size_mib: u64, samples: &[u64]) -> Measured {
        let mut collection = Collection::default();
        for &sample in samples {
            collection.sample(variant, &cell(size_mib), Op::Map, sample);
        }
        collection.finish(Clock::Instructions).0.remove(0)
    }

    fn cell(size_mib: u64) -> Cell {
        Cell {
            api: BenchApi::Type1,
            workload: Workload::Whole,
            backing: "4k".into(),
            size_bytes: size_mib << 20,
        }
    }

    #[test]
    fn a_boot_that_dies_loses_its_cells_and_no_others() {
        let asked = [cell(1), cell(2)];
        let mut record = Record::default();
        record.hear(
            &Event::Sample {
                cell: cell(1),
                op: Op::Map,
                value: 512,
            },
            &asked,
        );
        // Never asked for, and said twice.
        record.hear(
            &Event::Sample {
                cell: cell(9),
                op: Op::Map,
                value: 1,
            },
            &asked,
        );
        record.hear(
            &Event::Sample {
                cell: cell(1),
                op: Op::Map,
                value: 7,
            },
            &asked,
        );
        let mut collection = Collection::default();
        collection.add("stock", &asked, &record, "the guest went away");
        let (cells, missing) = collection.finish(Clock::Instructions);
        assert_eq!(cells.len(), 1);
        assert_eq!((cells[0].median, cells[0].per_page), (512, 2.0));
        assert_eq!(missing.len(), 3);
        assert!(
            missing
                .iter()
                .all(|lack| lack.reason == "the guest went away")
        );
    }

    #[test]
    fn the_compiler_is_in_the_version() {
        let version = "Linux version 7.3.4-stock (root@host) (gcc (Debian 12.2.0-14) 12.2.0, GNU ld 2.40) #1 SMP";
        let known = "gcc (Debian 12.2.0-14) 12.2.0, GNU ld 2.40";
        assert_eq!(compiler(version).as_deref(), Some(known));
        assert_eq!(compiler("(a) b)c("), None);
        assert_eq!(compiler("(ä) (ö\x1b)").as_deref(), Some("ö"));
        assert_eq!(compiler(""), None);
    }

    #[test]
    fn names_say_no_more_than_they_have_to() {
        assert_eq!(series_name(["map", "type1", "whole", "4k"]), "map type1 4k");
        assert_eq!(
            series_name(["exit", "type1", "exit", "4k"]),
            "exit type1 4k"
        );
        assert_eq!(
            series_name(["map", "iommufd", "many", "4k"]),
            "map iommufd many 4k"
        );
        assert_eq!(size(10_000 << 12), "40000 KiB");
    }

    #[test]
    fn a_counter_of_something_else_is_refused() {
        let calibrated = |expected, counted| {
            let mut record = Record::default();
            record.hear(&Event::Calibrated { expected, counted }, &[]);
            record.miscalibrated()
        };
        assert_eq!(calibrated(200_000, 200_010), None);
        assert!(calibrated(200_000, 150_000).is_some());
        assert!(calibrated(0, 0).is_some());
        assert!(Record::default().miscalibrated().is_some());
    }
}
