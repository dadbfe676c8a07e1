// SPDX-License-Identifier: GPL-2.0-only
//! Where the instructions of a measurement go, as the kernel's own function
//! profiler sees it (Documentation/trace/ftrace.rst, `function_profile_enabled`):
//! for a QEMU that cannot load a plugin. It reads the clock whenever a function
//! is entered or left, and a clock that counts instructions ticks once a
//! nanosecond. What a function calls is a part of it, and so is the profiler's own
//! cost: the option that should leave out the former (`graph-time`) was seen to
//! have no effect in Linux 7.3.

use std::fs::File;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use nix::mount::{MsFlags, mount};

use crate::kernel;

const DIR: &str = "/sys/kernel/tracing";
const SWITCH: &str = "/sys/kernel/tracing/function_profile_enabled";
/// Of the first CPU, which is the only one where instructions are counted.
const STATISTICS: &str = "/sys/kernel/tracing/trace_stat/function0";

/// Functions that are told of.
const MOST: usize = 40;

/// Bytes of a name in the statistics; longer ones are cut (`%-30.30s`).
const NAME: usize = 30;

/// The profiler, switched off: its switch, open, so that opening it is not a
/// part of what is seen.
pub(super) struct Ftrace(File);

/// The functions that cost most, the dearest first, with what they call: name,
/// and nanoseconds.
pub(super) type Functions = Vec<(String, u64)>;

impl Ftrace {
    /// # Errors
    /// A kernel without it.
    pub(super) fn new() -> Result<Self> {
        if !Path::new(SWITCH).exists() {
            mount(
                None::<&str>,
                DIR,
                Some("tracefs"),
                MsFlags::empty(),
                None::<&str>,
            )
            .context("the kernel has no ftrace")?;
        }
        ensure!(
            Path::new(SWITCH).exists(),
            "the kernel has no function profiler"
        );
        let switch = File::options().write(true).open(SWITCH);
        Ok(Self(
            switch.with_context(|| format!("cannot open {SWITCH}"))?,
        ))
    }

    /// Forgets what it has seen and watches from now on.
    pub(super) fn start(&self) -> Result<()> {
        self.turn(b"1")
    }

    fn turn(&self, state: &[u8]) -> Result<()> {
        (&self.0)
            .write_all(state)
            .with_context(|| format!("cannot write to {SWITCH}"))
    }

    /// Watches no longer; what it has seen.
    pub(super) fn stop(&self) -> Result<Functions> {
        self.turn(b"0")?;
        let symbols = kernel::read("/proc/kallsyms")?;
        Ok(parse(&kernel::read(STATISTICS)?, &symbols))
    }
}

/// Lines are `name hits time us average us variance us`, sorted by time, after
/// two lines of headings.
fn parse(statistics: &str, symbols: &str) -> Functions {
    let mut functions = Functions::new();
    for line in statistics.lines() {
        let mut words = line.split_whitespace();
        let (Some(name), Some(_hits), Some(time), Some("us")) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let Some(time) = nanoseconds(time) else {
            continue;
        };
        if functions.len() < MOST {
            functions.push((whole(name, symbols), time));
        }
    }
    functions
}

/// `12.345` microseconds; from ten million on the fraction is left out.
fn nanoseconds(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let fraction: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    whole
        .parse::<u64>()
        .ok()?
        .checked_mul(1000)?
        .checked_add(fraction)
}

/// The name as /proc/kallsyms has it, module included; as it is where that
/// leaves a choice.
fn whole(name: &str, symbols: &str) -> String {
    let mut known = symbols
        .lines()
        .filter_map(|line| line.splitn(3, ' ').nth(2))
        .filter(|symbol| {
            symbol
                .strip_prefix(name)
                .is_some_and(|rest| name.len() == NAME || rest.is_empty() || rest.starts_with('\t'))
        });
    match (known.next(), known.next()) {
        (Some(one), None) => one.to_owned(),
        _ => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_read_and_cut_names_completed() {
        let statistics = "  Function                               Hit    Time            Avg             s^2\n\
            \u{20} --------                               ---    ----            ---             ---\n\
            \u{20} unpin_user_page_range_dirty_lo           2    1234.567 us     617.283 us      0.000 us    \n\
            \u{20} map                                      1    12345678 us     12345678 us     0.000 us    \n\
            \u{20} walk                                     1    0.07 us     0.070 us     0.000 us    \n";
        let symbols = "0 T unpin_user_page_range_dirty_lock\n0 t map\t[vfio]\n0 t walk\n0 t walk\n0 t mapping\n";
        let functions = parse(statistics, symbols);
        let named: Vec<_> = functions
            .iter()
            .map(|(name, time)| (name.as_str(), *time))
            .collect();
        assert_eq!(
            named,
            [
                ("unpin_user_page_range_dirty_lock", 1_234_567),
                ("map\t[vfio]", 12_345_678_000),
                ("walk", 70)
            ]
        );
    }
}
