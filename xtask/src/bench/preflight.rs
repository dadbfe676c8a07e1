// SPDX-License-Identifier: GPL-2.0-only
//! Before a clock is read: what on this machine makes it lie. It is said, not
//! forbidden; whoever reads the numbers has to know.

use std::path::Path;
use std::time::Duration;

use crate::boot::qemu::Accel;

/// Over which time steal is looked at.
const WATCH: Duration = Duration::from_millis(500);

/// Work that waits, for each CPU, from which on a machine is loaded.
const LOADED: f64 = 0.25;

/// Share of the time that other guests take, from which on it is said.
const STOLEN: f64 = 0.01;

/// What speaks against the numbers of this machine, now.
pub fn notes(accel: Accel) -> Vec<String> {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let before = read("/proc/stat");
    std::thread::sleep(WATCH);
    Machine {
        emulated: accel == Accel::Tcg,
        cpus: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        loadavg: read("/proc/loadavg"),
        stat: [before, read("/proc/stat")],
        governors: governors(),
        boost: read("/sys/devices/system/cpu/cpufreq/boost"),
        no_turbo: read("/sys/devices/system/cpu/intel_pstate/no_turbo"),
    }
    .notes()
}

fn governors() -> Vec<String> {
    let cpus = std::fs::read_dir(Path::new("/sys/devices/system/cpu"));
    cpus.into_iter()
        .flatten()
        .flatten()
        .filter_map(|cpu| std::fs::read_to_string(cpu.path().join("cpufreq/scaling_governor")).ok())
        .map(|governor| governor.trim().to_owned())
        .collect()
}

/// Files of the kernel, as they were read.
#[derive(Default)]
struct Machine {
    emulated: bool,
    cpus: usize,
    loadavg: String,
    stat: [String; 2],
    governors: Vec<String>,
    boost: String,
    no_turbo: String,
}

impl Machine {
    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.emulated {
            notes.push("not comparable: the time of an emulated guest, not of a CPU".into());
        }
        let load = self.loadavg.split(' ').next();
        if let Some(load) = load.and_then(|load| load.parse::<f64>().ok())
            && load > LOADED * self.cpus as f64
        {
            notes.push(format!("a load of {load} on {} CPUs", self.cpus));
        }
        let stolen = stolen(&self.stat);
        if stolen > STOLEN {
            notes.push(format!("{:.0} % of the time is stolen", stolen * 100.0));
        }
        if let Some(governor) = self
            .governors
            .iter()
            .find(|&governor| governor != "performance")
        {
            notes.push(format!("the clock frequency is governed by {governor}"));
        }
        if self.boost.trim() == "1" || self.no_turbo.trim() == "0" {
            notes.push("the CPU speeds up as long as it is cool".into());
        }
        notes
    }
}

/// The share of the time between two readings of `/proc/stat` in which a CPU of
/// this machine, which is a guest itself, was not there.
fn stolen([before, after]: &[String; 2]) -> f64 {
    let read = |text: &str| -> Vec<u64> {
        text.lines()
            .find_map(|line| line.strip_prefix("cpu "))
            .map(|line| {
                line.split_whitespace()
                    .filter_map(|word| word.parse().ok())
                    .collect()
            })
            .unwrap_or_default()
    };
    let (before, after) = (read(before), read(after));
    // user nice system idle iowait irq softirq steal; guest time is in user.
    let spent: Vec<u64> = after
        .iter()
        .zip(&before)
        .take(8)
        .map(|(after, before)| after.saturating_sub(*before))
        .collect();
    let all: u64 = spent.iter().sum();
    spent.get(7).copied().unwrap_or(0) as f64 / all.max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_machine_has_nothing_to_say() {
        let quiet = Machine {
            cpus: 8,
            loadavg: "0.10 0.20 0.30 1/100 1234\n".into(),
            stat: [
                "cpu 1 0 1 10 0 0 0 0 0 0\n".into(),
                "cpu 2 0 2 90 0 0 0 0 0 0\n".into(),
            ],
            governors: vec!["performance".into()],
            boost: "0\n".into(),
            ..Machine::default()
        };
        assert!(quiet.notes().is_empty());
        assert!(Machine::default().notes().is_empty());
    }

    #[test]
    fn each_noise_is_named() {
        let noisy = Machine {
            emulated: true,
            cpus: 2,
            loadavg: "18.5 0.20 0.30 1/100 1234\n".into(),
            stat: [
                "cpu 10 0 0 10 0 0 0 0 5 0\n".into(),
                "cpu 50 0 0 20 0 0 0 50 9 0\n".into(),
            ],
            governors: vec!["performance".into(), "powersave".into()],
            no_turbo: "0\n".into(),
            ..Machine::default()
        };
        let notes = noisy.notes().join("\n");
        for word in ["not comparable", "18.5", "50 %", "powersave", "cool"] {
            assert!(notes.contains(word), "{word}: {notes}");
        }
    }
}
