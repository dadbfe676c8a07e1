// SPDX-License-Identifier: GPL-2.0-only
//! Where the instructions of a cell go. In: what the plugin for QEMU
//! (`qemu-images/profiler`) wrote, and the functions that the guest's kernel
//! names; or what ftrace told. Out: the functions that cost most. Pure.

use std::collections::BTreeMap;

use guest::bench::marker;
use guest::protocol::{Cell, Op};
use serde::{Deserialize, Serialize};

use super::samples::{Measured, series_name, size};

/// Functions of a cell that are reported.
const TOP: usize = 20;

/// The least address of the kernel on x86-64.
const KERNEL: u64 = 1 << 63;

/// An operation of a cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// Of the kernel.
    pub variant: String,
    /// What the mappings are made with.
    pub api: String,
    /// What is done with the memory.
    pub workload: String,
    /// What backs the memory.
    pub backing: String,
    /// Bytes.
    pub size_bytes: u64,
    /// What was done.
    pub op: String,
    /// All instructions that were seen.
    pub instructions: u64,
    /// Whether ftrace saw them: its own are among them, and each function's are
    /// with those of what it calls.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub traced: bool,
    /// The dearest functions, the dearest first.
    pub functions: Vec<Function>,
}

/// A function: without what it calls, unless ftrace saw it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Function {
    /// As the kernel names it, with its module.
    pub name: String,
    /// Instructions of one operation.
    pub instructions: u64,
}

impl Profile {
    fn new(variant: &str, cell: &Cell, op: Op) -> Self {
        let Measured {
            variant,
            api,
            workload,
            backing,
            size_bytes,
            op,
            ..
        } = Measured::new(variant, cell, op);
        Self {
            variant,
            api,
            workload,
            backing,
            size_bytes,
            op,
            instructions: 0,
            traced: false,
            functions: Vec::new(),
        }
    }

    /// Its name without the variant's.
    pub fn work(&self) -> String {
        let series = [&*self.op, &self.api, &self.workload, &self.backing];
        format!("{} {}", series_name(series), size(self.size_bytes))
    }
}

/// The profiles of one boot. `symbols` are lines of `/proc/kallsyms`, `blocks`
/// lines `NUMBER ADDRESS INSTRUCTIONS`, where the number is the marker's.
pub fn profiles(variant: &str, cells: &[Cell], symbols: &str, blocks: &str) -> Vec<Profile> {
    let symbols = Symbols::parse(symbols);
    let mut sums: BTreeMap<u32, BTreeMap<&str, u64>> = BTreeMap::new();
    for (number, address, instructions) in blocks.lines().filter_map(block) {
        let functions = sums.entry(number).or_default();
        *functions.entry(symbols.at(address)).or_default() += instructions;
    }
    let mut profiles = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        for &op in cell.workload.ops() {
            let Some(sums) = sums.get(&marker::number(index, op)) else {
                continue;
            };
            profiles.push(Profile {
                instructions: sums.values().sum(),
                functions: dearest(sums),
                ..Profile::new(variant, cell, op)
            });
        }
    }
    profiles
}

/// The profiles of one boot that ftrace watched: the dearest function, which
/// comes first, is the system call, and has all the others in it.
pub fn traced(variant: &str, seen: &BTreeMap<(Cell, Op), Vec<(String, u64)>>) -> Vec<Profile> {
    seen.iter()
        .map(|((cell, op), dearest)| Profile {
            instructions: dearest.first().map_or(0, |(_, instructions)| *instructions),
            traced: true,
            functions: dearest
                .iter()
                .take(TOP)
                .map(|(name, instructions)| Function {
                    name: name.clone(),
                    instructions: *instructions,
                })
                .collect(),
            ..Profile::new(variant, cell, *op)
        })
        .collect()
}

fn dearest(sums: &BTreeMap<&str, u64>) -> Vec<Function> {
    let mut functions: Vec<Function> = sums
        .iter()
        .map(|(&name, &instructions)| Function {
            name: name.to_owned(),
            instructions,
        })
        .collect();
    functions.sort_by_key(|function| std::cmp::Reverse(function.instructions));
    functions.truncate(TOP);
    functions
}

fn block(line: &str) -> Option<(u32, u64, u64)> {
    let mut words = line.split(' ');
    let number = words.next()?.parse().ok()?;
    let address = u64::from_str_radix(words.next()?.strip_prefix("0x")?, 16).ok()?;
    Some((number, address, words.next()?.parse().ok()?))
}

/// Functions in the order of their addresses.
struct Symbols<'a>(Vec<(u64, &'a str)>);

impl<'a> Symbols<'a> {
    fn parse(text: &'a str) -> Self {
        let mut symbols: Vec<(u64, &str)> = text
            .lines()
            .filter_map(|line| {
                let (address, rest) = line.split_once(' ')?;
                let (_kind, name) = rest.split_once(' ')?;
                Some((u64::from_str_radix(address, 16).ok()?, name))
            })
            .collect();
        symbols.sort_unstable();
        Self(symbols)
    }

    fn at(&self, address: u64) -> &'a str {
        if address < KERNEL {
            return "(user space)";
        }
        match self.0.partition_point(|&(start, _)| start <= address) {
            0 => "(no symbol)",
            after => self.0[after - 1].1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use guest::protocol::{BenchApi, Workload};

    #[test]
    fn blocks_add_up_to_functions_of_the_cell_they_ran_in() {
        let cells = ["4k", "thp"].map(|backing| Cell {
            api: BenchApi::Type1,
            workload: Workload::Whole,
            backing: backing.into(),
            size_bytes: 1 << 20,
        });
        let symbols = "ffffffff81000100 T walk\nffffffff81000000 T pin\nffffffffc0000000 t map\t[vfio]\nbad\n";
        let map = marker::number(1, Op::Map);
        let other = marker::number(0, Op::Unmap);
        let blocks = format!(
            "{map} 0xffffffff81000000 10\n{map} 0xffffffff810000ff 5\n{map} 0xffffffff81000100 99\n\
             {map} 0x400000 1\n{map} 0xffffffff80000000 2\n{other} 0xffffffffc0000010 7\nnot a line\n1 2\n"
        );
        let profiles = profiles("stock", &cells, symbols, &blocks);
        assert_eq!(profiles.len(), 2);
        assert_eq!(profiles[0].work(), "unmap type1 4k 1 MiB");
        assert_eq!(profiles[0].functions[0].name, "map\t[vfio]");
        let named: Vec<_> = profiles[1]
            .functions
            .iter()
            .map(|function| (function.name.as_str(), function.instructions))
            .collect();
        assert_eq!(
            named,
            [
                ("walk", 99),
                ("pin", 15),
                ("(no symbol)", 2),
                ("(user space)", 1)
            ]
        );
        assert_eq!(profiles[1].instructions, 117);
    }

    #[test]
    fn what_ftrace_saw_is_measured_by_the_system_call() {
        let cell = Cell {
            api: BenchApi::Type1,
            workload: Workload::Whole,
            backing: "4k".into(),
            size_bytes: 1 << 20,
        };
        let names = (0..TOP as u64 + 1).map(|number| (format!("f{number}"), 1000 - number));
        let seen = BTreeMap::from([((cell, Op::Unmap), names.collect())]);
        let profiles = traced("stock", &seen);
        assert_eq!(profiles[0].work(), "unmap type1 4k 1 MiB");
        assert!(profiles[0].traced);
        assert_eq!(profiles[0].instructions, 1000);
        assert_eq!(profiles[0].functions.len(), TOP);
        assert_eq!(profiles[0].functions[1].name, "f1");
    }
}
