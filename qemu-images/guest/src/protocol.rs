// SPDX-License-Identifier: GPL-2.0-only
//! What host and guest say to each other.
//!
//! In: [`Job`], as `/job.json` in the initramfs. Out: one [`Event`] a line, as
//! JSON, on the second serial port. The kernel's console is the first port, so
//! neither can garble the other.
//!
//! A guest is not trusted: the host reads lines of at most [`MAX_LINE`] bytes
//! and treats anything it cannot parse as a fault of the guest.

use serde::{Deserialize, Serialize};

/// Longest event line in bytes, newline included. The guest cuts `detail`
/// texts so that it stays below; the host drops a guest that exceeds it.
pub const MAX_LINE: usize = 64 * 1024;

/// Longest `detail` in bytes.
pub const MAX_DETAIL: usize = 8 * 1024;

/// Printed by init on a line of its own on the console before it starts
/// [`Job::command`], and [`COMMAND_ENDS`] after it, so that the command's
/// output can be told from the kernel's.
pub const COMMAND_BEGINS: &str = "--- command begins ---";

/// See [`COMMAND_BEGINS`].
pub const COMMAND_ENDS: &str = "--- command ends ---";

/// What one boot is to do. `/job.json` in the initramfs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// Kernel modules to load, in this order: absolute paths in the initramfs.
    pub modules: Vec<String>,
    /// Scenario names, run in this order.
    pub scenarios: Vec<String>,
    /// Stop after the first scenario that fails.
    pub fail_fast: bool,
    /// Period of [`Event::Alive`] in milliseconds; 0 turns it off (a
    /// benchmark that counts instructions wants no timer of ours).
    pub heartbeat_ms: u64,
    /// How long each case goes on that waits for something rare, in seconds.
    pub soak_s: u32,
    /// What to measure instead of running scenarios.
    #[serde(default)]
    pub bench: Option<Bench>,
    /// A command to run on the console instead of scenarios (argv; the first
    /// word is an absolute path in the initramfs). Its exit status is sent as
    /// [`Event::Exited`].
    pub command: Option<Vec<String>>,
}

/// What to measure, and with what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bench {
    /// What counts.
    pub clock: Clock,
    /// Seed of where memory lies and how full the allocators are.
    pub luck: u32,
    /// Who looks where the instructions go.
    pub profiler: Option<Profiler>,
    /// The workloads.
    pub cells: Vec<Cell>,
}

/// What tells where instructions go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Profiler {
    /// A plugin of QEMU, which has to be told the kernel's functions.
    Plugin,
    /// The kernel's function profiler.
    Ftrace,
}

/// What a cost is counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Clock {
    /// Instructions, by a time stamp counter that QEMU advances by one for each.
    #[default]
    Instructions,
    /// Nanoseconds.
    Wall,
}

impl Clock {
    /// As in reports.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Instructions => "instructions",
            Self::Wall => "ns",
        }
    }
}

/// What the mappings are made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchApi {
    /// VFIO type1.
    Type1,
    /// iommufd in the guise of type1.
    IommufdCompat,
    /// iommufd: `IOMMU_IOAS_MAP`.
    Iommufd,
    /// iommufd: `IOMMU_IOAS_MAP_FILE`.
    IommufdFile,
}

impl BenchApi {
    /// As in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Type1 => "type1",
            Self::IommufdCompat => "iommufd_compat",
            Self::Iommufd => "iommufd",
            Self::IommufdFile => "iommufd_file",
        }
    }
}

/// What is done with the memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Workload {
    /// One mapping of all of it.
    Whole,
    /// A process ends with all of it mapped.
    Exit,
    /// One mapping of all but the first and the last 4 KiB.
    Partial,
    /// One mapping, at an IOVA that no huge page fits.
    Misaligned,
    /// A mapping for each 4 KiB, made and undone one by one.
    Many,
    /// A mapping for each 4 KiB, undone by one call.
    Entries,
    /// A mapping that fails half-way at the limit of locked memory.
    Limit,
    /// One mapping of huge pages of which no two are neighbours.
    Fragmented,
    /// One mapping over pages of all sizes.
    Mixed,
    /// The same, with a mapping for each size.
    Parts,
}

impl Workload {
    /// As in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Exit => "exit",
            Self::Partial => "partial",
            Self::Misaligned => "misaligned",
            Self::Many => "many",
            Self::Entries => "entries",
            Self::Limit => "limit",
            Self::Fragmented => "fragmented",
            Self::Mixed => "mixed",
            Self::Parts => "parts",
        }
    }

    /// What is measured of it.
    pub fn ops(self) -> &'static [Op] {
        match self {
            Self::Exit => &[Op::Exit],
            Self::Limit => &[Op::Map],
            _ => &[Op::Map, Op::Unmap],
        }
    }
}

/// What is measured of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Op {
    /// To map it all.
    Map,
    /// To unmap it all.
    Unmap,
    /// To end the process that has it mapped.
    Exit,
}

impl Op {
    /// As in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Map => "map",
            Self::Unmap => "unmap",
            Self::Exit => "exit",
        }
    }
}

/// A workload at a size.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cell {
    /// What it is mapped with.
    pub api: BenchApi,
    /// What is done.
    pub workload: Workload,
    /// A name of [`crate::memory::Backing`], or [`MIXED`].
    pub backing: String,
    /// Bytes.
    pub size_bytes: u64,
}

/// The backing of [`Workload::Mixed`].
pub const MIXED: &str = "mixed";

/// How a scenario or a subtest ended, as the guest sees it. `crash` and
/// `timeout` are verdicts of the host, about guests that cannot speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// It did what it promises.
    Pass,
    /// It did not; `detail` says in what.
    Fail,
    /// It could not be tried here; `detail` says what is missing.
    Skip,
}

/// One line on the result channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", deny_unknown_fields)]
pub enum Event {
    /// Init runs and the modules are loaded.
    Hello {
        /// `uname -r`.
        release: String,
    },
    /// A scenario begins; its deadline runs from here.
    Start {
        /// Name from the registry.
        scenario: String,
    },
    /// One case of the running scenario, as it ends.
    Subtest {
        /// Name, unique within the scenario.
        name: String,
        /// How it ended.
        status: Status,
        /// What was seen, empty for a plain pass.
        detail: String,
    },
    /// The running scenario ended.
    End {
        /// Name from the registry.
        scenario: String,
        /// How it ended: `Fail` where any subtest failed.
        status: Status,
        /// The reason of a failure or a skip.
        detail: String,
        /// Guest time, in milliseconds.
        duration_ms: u64,
    },
    /// A benchmark begins.
    Kernel {
        /// `/proc/version`.
        version: String,
    },
    /// Functions of the kernel: a piece of `/proc/kallsyms`.
    Symbols {
        /// Whole lines.
        text: String,
    },
    /// A loop of known length was counted, before anything else is.
    Calibrated {
        /// Instructions that the loop has.
        expected: u64,
        /// What the counter says.
        counted: u64,
    },
    /// What one operation cost.
    Sample {
        /// Of which cell.
        cell: Cell,
        /// What was done.
        op: Op,
        /// The counter's difference.
        value: u64,
    },
    /// Where the cost of one operation went, as ftrace sees it.
    Functions {
        /// Of which cell.
        cell: Cell,
        /// What was done.
        op: Op,
        /// The dearest functions first: name, instructions with those of the
        /// functions that it calls.
        dearest: Vec<(String, u64)>,
    },
    /// A cell cannot be measured.
    NoSample {
        /// Which.
        cell: Cell,
        /// Why.
        reason: String,
    },
    /// The guest lives; sent every [`Job::heartbeat_ms`].
    Alive,
    /// The command of [`Job::command`] ended (128 + n for signal n).
    Exited {
        /// Exit status.
        code: i32,
    },
    /// Init itself cannot go on (a module that does not load, no device).
    Fatal {
        /// What and why.
        detail: String,
    },
    /// All done; the power goes off next.
    Bye,
}

impl Event {
    /// The line for this event, newline included.
    ///
    /// # Panics
    /// Never: every field is a plain value.
    pub fn to_line(&self) -> String {
        let mut line = serde_json::to_string(self).expect("events are plain values");
        line.push('\n');
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_line_whatever_its_text() {
        let event = Event::Subtest {
            name: "a\nb".into(),
            status: Status::Fail,
            detail: "two\nlines\u{1b}[31m".into(),
        };
        let line = event.to_line();
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
    }

    #[test]
    fn unknown_fields_are_refused() {
        assert!(serde_json::from_str::<Event>(r#"{"event":"alive"}"#).is_ok());
        assert!(serde_json::from_str::<Event>(r#"{"event":"end","scenario":"x"}"#).is_err());
    }
}
