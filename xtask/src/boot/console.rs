// SPDX-License-Identifier: GPL-2.0-only
//! What a kernel's console says about its health. Pure: a line in, an event
//! out. The texts are those of `kernel/panic.c`, `lib/bug.c`,
//! `mm/kasan/report.c`, `kernel/locking/lockdep.c`, `kernel/rcu/tree_stall.h`,
//! `kernel/watchdog.c`, `kernel/hung_task.c` and `mm/oom_kill.c`.

use serde::{Deserialize, Serialize};

/// What went wrong in a kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `Kernel panic`.
    Panic,
    /// A fault in kernel mode.
    Oops,
    /// `BUG()` or a check that reports as one.
    Bug,
    /// `WARN()`.
    Warn,
    /// A memory error found by KASAN, KFENCE or UBSAN.
    Kasan,
    /// A locking rule broken, found by lockdep.
    Lockdep,
    /// A CPU that does not pass through a quiescent state.
    RcuStall,
    /// A CPU that does not schedule.
    SoftLockup,
    /// A task that does not wake.
    HungTask,
    /// The memory is gone.
    OutOfMemory,
    /// Memory that nobody points to any more.
    Leak,
}

impl Kind {
    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Panic => "kernel panic",
            Self::Oops => "oops",
            Self::Bug => "BUG",
            Self::Warn => "WARN",
            Self::Kasan => "KASAN report",
            Self::Lockdep => "lockdep report",
            Self::RcuStall => "RCU stall",
            Self::SoftLockup => "soft lockup",
            Self::HungTask => "hung task",
            Self::OutOfMemory => "out of memory",
            Self::Leak => "memory leak",
        }
    }
}

/// Where in a line its marker stands.
enum At {
    Start,
    Anywhere,
}

/// The markers, most specific first: a KASAN report also begins with `BUG:`,
/// a lockdep report with `WARNING:`.
const MARKERS: &[(At, &str, Kind)] = &[
    (At::Start, "Kernel panic - not syncing", Kind::Panic),
    (At::Start, "BUG: KASAN:", Kind::Kasan),
    (At::Start, "BUG: KFENCE:", Kind::Kasan),
    (At::Start, "UBSAN:", Kind::Kasan),
    (At::Start, "watchdog: BUG: soft lockup", Kind::SoftLockup),
    (At::Start, "watchdog: CPU", Kind::SoftLockup),
    (At::Start, "BUG: workqueue lockup", Kind::SoftLockup),
    (At::Start, "BUG: unable to handle", Kind::Oops),
    (At::Start, "BUG: kernel NULL pointer", Kind::Oops),
    (At::Start, "Oops:", Kind::Oops),
    (At::Start, "general protection fault", Kind::Oops),
    (At::Start, "kernel BUG at", Kind::Bug),
    (At::Start, "BUG: Invalid wait context", Kind::Lockdep),
    (At::Start, "[ BUG: Invalid wait context ]", Kind::Lockdep),
    (At::Start, "[ BUG:", Kind::Lockdep),
    (At::Start, "BUG: MAX_LOCK", Kind::Lockdep),
    (At::Start, "BUG:", Kind::Bug),
    (
        At::Start,
        "WARNING: possible circular locking",
        Kind::Lockdep,
    ),
    (
        At::Start,
        "WARNING: possible recursive locking",
        Kind::Lockdep,
    ),
    (
        At::Start,
        "WARNING: possible irq lock inversion",
        Kind::Lockdep,
    ),
    (At::Start, "WARNING: inconsistent lock state", Kind::Lockdep),
    (At::Start, "WARNING: suspicious RCU usage", Kind::Lockdep),
    (At::Start, "WARNING: bad unlock balance", Kind::Lockdep),
    (At::Start, "WARNING: held lock freed", Kind::Lockdep),
    (
        At::Start,
        "WARNING: lock held when returning",
        Kind::Lockdep,
    ),
    (
        At::Start,
        "WARNING: Nested lock was not taken",
        Kind::Lockdep,
    ),
    (
        At::Start,
        "WARNING: HARDIRQ-safe -> HARDIRQ-unsafe",
        Kind::Lockdep,
    ),
    (
        At::Start,
        "WARNING: SOFTIRQ-safe -> SOFTIRQ-unsafe",
        Kind::Lockdep,
    ),
    (
        At::Start,
        "INFO: trying to register non-static key",
        Kind::Lockdep,
    ),
    (At::Start, "DEBUG_LOCKS_WARN_ON", Kind::Lockdep),
    (At::Start, "WARNING:", Kind::Warn),
    (
        At::Anywhere,
        "detected stalls on CPUs/tasks",
        Kind::RcuStall,
    ),
    (At::Anywhere, "self-detected stall on CPU", Kind::RcuStall),
    (At::Anywhere, "detected expedited stalls", Kind::RcuStall),
    (At::Anywhere, "invoked oom-killer", Kind::OutOfMemory),
    (At::Start, "Out of memory:", Kind::OutOfMemory),
    (At::Anywhere, "new suspected memory leaks", Kind::Leak),
    (At::Anywhere, "refcount_t: ", Kind::Warn),
];

/// A line that says that something went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What.
    pub kind: Kind,
    /// The line, without its time stamp.
    pub line: String,
}

/// Judges one line of a console.
pub fn judge(line: &str) -> Option<Trouble> {
    let line = message(line);
    let hung = line.starts_with("INFO: task ") && line.contains(" blocked for more than ");
    let kind = if hung {
        Kind::HungTask
    } else {
        MARKERS
            .iter()
            .find(|(at, marker, _)| match at {
                At::Start => line.starts_with(marker),
                At::Anywhere => line.contains(marker),
            })
            .map(|(_, _, kind)| *kind)?
    };
    Some(Trouble {
        kind,
        line: line.to_owned(),
    })
}

/// Whether a line ends a report, so that nothing more is to be waited for.
pub fn ends_report(line: &str) -> bool {
    let line = message(line);
    line.starts_with("---[ end ")
}

/// A line without what `printk` puts before the message: `<4>`, `[    1.234567]`
/// with or without the caller (`T12`, `C0`).
fn message(line: &str) -> &str {
    let mut line = line.trim_end();
    if let Some((level, rest)) = line.strip_prefix('<').and_then(|rest| rest.split_once('>'))
        && level.bytes().all(|byte| byte.is_ascii_digit())
    {
        line = rest;
    }
    let mut brackets = 0;
    while let Some((inner, rest)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let stamp = inner.trim_start();
        let is_time = stamp.starts_with(|c: char| c.is_ascii_digit())
            && stamp
                .bytes()
                .all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_caller = brackets == 1
            && stamp
                .strip_prefix(['T', 'C'])
                .is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()));
        if !is_time && !is_caller {
            break;
        }
        brackets += 1;
        line = rest.trim_start();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_stamp_is_not_the_message() {
        for line in [
            "WARNING: mm/gup.c:1 at f",
            "[    1.234567] WARNING: mm/gup.c:1 at f\r",
            "<4>[   12.000001] WARNING: mm/gup.c:1 at f",
            "[    1.234567][   T12] WARNING: mm/gup.c:1 at f",
            "[    1.234567] [C0] WARNING: mm/gup.c:1 at f",
        ] {
            assert_eq!(message(line), "WARNING: mm/gup.c:1 at f", "{line}");
        }
        assert_eq!(message("[drm] hello"), "[drm] hello");
    }

    #[test]
    fn ordinary_lines_are_no_trouble() {
        for line in [
            "DMAR: DRHD: handling fault status reg 2",
            "DMAR: [DMA Write NO_PASID] Request device [00:05.0] fault addr 0x1000 [fault reason 0x05] PTE Write access is not set",
            "pci 0000:00:05.0: Adding to iommu group 1",
            "vfio_iommu_type1: vfio_pin_pages_remote: RLIMIT_MEMLOCK (65536) exceeded",
            "rcu: Hierarchical RCU implementation.",
            "Speculative Store Bypass: Vulnerable",
            "debug: this kernel can WARNING: not at the start",
            "reboot: Power down",
        ] {
            assert_eq!(judge(line), None, "{line}");
        }
    }
}
